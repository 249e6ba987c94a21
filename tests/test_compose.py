"""Compose starts on a laptop what a cluster runs, as locked down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def compose_file(service: Path) -> Path:
    """The Compose file of a default service."""
    return service / "deploy" / "compose.yaml"


@pytest.fixture
def container(compose_file: Path) -> dict[str, Any]:
    """What it says of the one container."""
    loaded = yaml.safe_load(compose_file.read_text(encoding="utf-8"))
    (only,) = loaded["services"].values()
    return dict(only)


def check(file: Path) -> subprocess.CompletedProcess[str]:
    """What the schema of Compose says to a file."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*checker, str(file)], capture_output=True, check=False, encoding="utf-8")


def test_the_file_fits_the_schema(compose_file: Path) -> None:
    checked = check(compose_file)

    assert checked.returncode == 0, checked.stdout


def test_a_misspelt_key_does_not_fit(compose_file: Path, tmp_path: Path) -> None:
    text = compose_file.read_text(encoding="utf-8")
    misspelt = tmp_path / "compose.yaml"
    misspelt.write_text(text.replace("read_only:", "readonly:"), encoding="utf-8")

    checked = check(misspelt)

    assert checked.returncode == 1
    assert "readonly" in checked.stdout


def test_the_container_is_locked_down(container: dict[str, Any]) -> None:
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in container, "the image names its user"
    assert {"mem_limit", "pids_limit", "stop_grace_period"} <= container.keys()


def test_only_the_laptop_itself_reaches_it(container: dict[str, Any]) -> None:
    assert container["ports"] == ["127.0.0.1:8080:8080"]


def test_it_is_built_from_the_file_beside_it(compose_file: Path, container: dict[str, Any]) -> None:
    build = container["build"]
    context = (compose_file.parent / build["context"]).resolve()

    assert (context / build["dockerfile"]).is_file()
    assert (context / "pyproject.toml").is_file()


def test_its_health_check_needs_no_shell_and_no_curl(container: dict[str, Any]) -> None:
    kind, command, *_, code = container["healthcheck"]["test"]

    assert (kind, command) == ("CMD", "python")
    assert "/health/ready" in code
    compile(code, "healthcheck", "exec")
