"""A pipeline of a host does nothing but call the service's own sessions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template import ROOT, render

SCHEMAS = {
    "github": ("vendor.github-workflows", ".github/workflows/ci.yml"),
    "gitlab": ("vendor.gitlab-ci", ".gitlab-ci.yml"),
}
PINNED_ACTION = re.compile(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
CALL = re.compile(r'(python -m pip install (--quiet )?"nox\[uv\]==[\d.]+"|nox -s "[\w$-]+")\Z')


@pytest.fixture(scope="session")
def gitlab_service(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service whose checks run in GitLab."""
    return render(plain_template, tmp_path_factory.mktemp("gitlab") / "it", {"ci": "gitlab"})


@pytest.fixture
def github(service: Path) -> dict[Any, Any]:
    """The workflow of a default service."""
    loaded: dict[Any, Any] = yaml.safe_load(workflow(service).read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def gitlab(gitlab_service: Path) -> dict[str, Any]:
    """The pipeline of a service in GitLab."""
    path = gitlab_service / ".gitlab-ci.yml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def workflow(service: Path) -> Path:
    """The file that GitHub reads."""
    return service / ".github" / "workflows" / "ci.yml"


def sessions_of(project: Path) -> list[dict[str, Any]]:
    """What `nox --list` tells of a project."""
    listed = subprocess.run(
        [sys.executable, "-m", "nox", "--list", "--json"],
        capture_output=True,
        check=True,
        cwd=project,
    )
    sessions: list[dict[str, Any]] = json.loads(listed.stdout)
    return sessions


def default_sessions(service: Path) -> set[str]:
    """Names of the sessions that plain `nox` runs in a service."""
    text = (service / "noxfile.py").read_text(encoding="utf-8")
    return set(re.findall(r"^@nox\.session(?:\(python=\w+\))?\ndef (\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("host", SCHEMAS)
def test_the_file_fits_the_schema_of_its_host(
    host: str, service: Path, gitlab_service: Path
) -> None:
    schema, name = SCHEMAS[host]
    path = (service if host == "github" else gitlab_service) / name
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]

    checked = subprocess.run(checker, capture_output=True, check=False, encoding="utf-8")

    assert checked.returncode == 0, checked.stdout


def test_github_runs_every_default_session_and_measures(
    service: Path, github: dict[Any, Any]
) -> None:
    sessions = github["jobs"]["nox"]["strategy"]["matrix"]["session"]

    assert set(sessions) == default_sessions(service) | {"coverage"}


def test_gitlab_runs_every_default_session_and_measures(
    gitlab_service: Path, gitlab: dict[str, Any]
) -> None:
    (others,) = gitlab["nox"]["parallel"]["matrix"]
    (tests,) = gitlab["tests"]["parallel"]["matrix"]

    assert {*others["SESSION"], "tests"} == default_sessions(gitlab_service) | {"coverage"}
    offered = {session["session"] for session in sessions_of(gitlab_service)}
    assert {f"tests-{version}" for version in tests["PYTHON"]} <= offered


def test_github_only_calls_nox(github: dict[Any, Any]) -> None:
    steps = github["jobs"]["nox"]["steps"]

    assert [step["run"] for step in steps if "run" in step and not CALL.match(step["run"])] == []


def test_gitlab_only_calls_nox(gitlab: dict[str, Any]) -> None:
    called = [
        *gitlab["default"]["before_script"],
        *gitlab["nox"]["script"],
        *gitlab["tests"]["script"],
    ]

    assert [line for line in called if not CALL.match(line)] == []


def test_github_grants_no_more_than_reading(service: Path, github: dict[Any, Any]) -> None:
    uses = [
        line.strip(" -") for line in workflow(service).read_text().splitlines() if "uses:" in line
    ]

    assert github["permissions"] == {}
    assert github["jobs"]["nox"]["permissions"] == {"contents": "read"}
    assert uses
    assert [line for line in uses if not PINNED_ACTION.match(line)] == []


def test_the_same_nox_is_installed_everywhere(service: Path, gitlab_service: Path) -> None:
    texts = [
        (service / "README.md").read_text(),
        workflow(service).read_text(),
        (gitlab_service / ".gitlab-ci.yml").read_text(),
        (ROOT / "README.md").read_text(),
        (ROOT / "copier.yml").read_text(),
        (ROOT / "pyproject.toml").read_text(),
    ]
    versions = {version for text in texts for version in re.findall(r"nox\[uv\]==([\d.]+)", text)}

    assert len(versions) == 1
