"""Whatever deploys the service sets only settings that exist, to values that they take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from receipts import settings
from receipts.domain.errors import BrokenConfiguration
from receipts.settings import environment_variable, load_settings, setting_keys

if TYPE_CHECKING:
    from tests.service import Service

DEPLOY = Path(__file__).parents[1] / "deploy"
# `NAME: value`, `NAME=value`, and name and value on two lines, as Kubernetes writes them.
ASSIGNED = re.compile(r"\b(?P<name>RECEIPTS_\w+)(?:: |=|\n +value: )(?P<value>[^\s\"']+)")
NAMED = re.compile(r"\bRECEIPTS_\w+")


def texts() -> dict[str, str]:
    """Every file that deploys the service, by name."""
    files = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]
    return {path.relative_to(DEPLOY).as_posix(): path.read_text("utf-8") for path in files}


def unknown(text: str) -> set[str]:
    """Variables of a text that set nothing."""
    return set(NAMED.findall(text)) - {environment_variable(key) for key, _ in setting_keys()}


def test_every_variable_sets_a_setting() -> None:
    assert {name: unknown(text) for name, text in texts().items() if unknown(text)} == {}


def test_a_variable_that_sets_nothing_is_seen() -> None:
    assert unknown("RECEIPTS_API__HOST: 0.0.0.0\nRECEIPTS_API__HOTS=0.0.0.0") == {
        "RECEIPTS_API__HOTS"
    }


@pytest.mark.usefixtures("service")
def test_every_value_is_one_that_its_setting_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in texts().items():
        with monkeypatch.context() as context:
            for variable, value in ASSIGNED.findall(text):
                context.setenv(variable, value)
            try:
                load_settings()
            except BrokenConfiguration as broken:
                pytest.fail(f"deploy/{name}: {broken}")


def test_a_secret_is_read_as_kubernetes_mounts_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is shown is a link to a link to a folder, so that a change comes at once.
    mounted = service.folder / "secrets"
    version = mounted / "..2026_11_27_06_00_00.123456789"
    version.mkdir(parents=True)
    (version / "RECEIPTS_STORE__URL").write_text("sqlite:from-a-secret\n", "utf-8")
    (mounted / "..data").symlink_to(version.name)
    (mounted / "RECEIPTS_STORE__URL").symlink_to("..data/RECEIPTS_STORE__URL")
    monkeypatch.setattr(settings, "SECRETS_FOLDER", mounted)

    assert load_settings().store.url == "sqlite:from-a-secret"
