"""Nobody has to trust the template before it has shown anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.template import ROOT, configuration


@pytest.mark.parametrize("key", ["_tasks", "_jinja_extensions", "_external_data"])
def test_nothing_that_needs_trust_is_configured(key: str) -> None:
    assert key not in configuration()


def test_a_service_is_generated_without_trust_and_without_a_question(tmp_path: Path) -> None:
    copier = [sys.executable, "-W", "ignore:Dirty template", "-m", "copier"]
    flags = ["copy", "--defaults", "--vcs-ref=HEAD"]

    done = subprocess.run(
        [*copier, *flags, str(ROOT), str(tmp_path / "service")],
        capture_output=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "service" / "pyproject.toml").exists()
    assert "nox -s demo" in done.stderr, "the closing message names the next command"
