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

from tests.pipelines.reading import Job, UnknownExpression, github_jobs, gitlab_jobs
from tests.pipelines.running import find_python, run_job
from tests.template import ROOT, render

SCHEMAS = {
    "github": ("vendor.github-workflows", ".github/workflows/ci.yml"),
    "gitlab": ("vendor.gitlab-ci", ".gitlab-ci.yml"),
}
PINNED_ACTION = re.compile(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
CHECKED_ON = re.compile(r"# Each action is named by .*checked_on (\d{4}-\d\d-\d\d)")
ZIZMOR = Path(sys.executable).with_name("zizmor")

CARELESS = """\
on: pull_request_target
jobs:
  greet:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: echo "${{ github.event.pull_request.title }}"
"""
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


MORE = {"coverage", "lab-proof"}
"""What a pipeline runs besides the default sessions."""


def test_github_runs_every_default_session_measures_and_proves_the_labs(
    service: Path, github: dict[Any, Any]
) -> None:
    sessions = github["jobs"]["nox"]["strategy"]["matrix"]["session"]

    assert set(sessions) == default_sessions(service) | MORE


def test_gitlab_runs_every_default_session_measures_and_proves_the_labs(
    gitlab_service: Path, gitlab: dict[str, Any]
) -> None:
    (others,) = gitlab["nox"]["parallel"]["matrix"]
    (tests,) = gitlab["tests"]["parallel"]["matrix"]

    assert {*others["SESSION"], "tests"} == default_sessions(gitlab_service) | MORE
    offered = {session["session"] for session in sessions_of(gitlab_service)}
    assert {f"tests-{version}" for version in tests["PYTHON"]} <= offered


def test_github_only_calls_nox(service: Path) -> None:
    jobs = list(github_jobs(workflow(service).read_text(encoding="utf-8"), service))

    assert jobs
    assert [line for job in jobs for line in job.commands if not CALL.match(line)] == []


def test_gitlab_only_calls_nox(gitlab_service: Path) -> None:
    text = (gitlab_service / ".gitlab-ci.yml").read_text(encoding="utf-8")
    jobs = list(gitlab_jobs(text, gitlab_service))

    assert jobs
    assert [line for job in jobs for line in job.commands if not CALL.match(line)] == []


def test_github_grants_no_more_than_reading(github: dict[Any, Any]) -> None:
    checkout = github["jobs"]["nox"]["steps"][0]

    assert github["permissions"] == {}
    assert [job["permissions"] for job in github["jobs"].values()] == [{"contents": "read"}]
    assert checkout["with"] == {"persist-credentials": False}


def test_every_action_is_a_commit_that_somebody_checked(service: Path) -> None:
    text = workflow(service).read_text(encoding="utf-8")
    uses = [line.strip(" -") for line in text.splitlines() if "uses:" in line]

    assert len(uses) == 3
    assert [line for line in uses if not PINNED_ACTION.match(line)] == []
    assert CHECKED_ON.search(text)


def test_no_job_runs_for_ever_or_beside_its_successor(
    github: dict[Any, Any], gitlab: dict[str, Any]
) -> None:
    assert [job["timeout-minutes"] for job in github["jobs"].values()] == [15]
    assert github["concurrency"]["cancel-in-progress"] is True
    assert gitlab["default"]["timeout"] == "15 minutes"
    assert gitlab["default"]["interruptible"] is True
    assert gitlab["workflow"]["auto_cancel"] == {"on_new_commit": "interruptible"}


def test_both_keep_packages_until_a_version_changes(
    github: dict[Any, Any], gitlab: dict[str, Any]
) -> None:
    (cache,) = [
        step["with"] for step in github["jobs"]["nox"]["steps"] if "cache@" in step.get("uses", "")
    ]

    assert cache["path"] == ".cache/uv"
    assert "hashFiles('constraints.txt')" in cache["key"]
    assert gitlab["default"]["cache"]["paths"] == [".cache/uv"]
    assert gitlab["default"]["cache"]["key"]["files"] == ["constraints.txt"]
    # Where uv keeps them is said to uv too.
    assert github["jobs"]["nox"]["env"]["UV_CACHE_DIR"].endswith("/" + cache["path"])
    assert gitlab["variables"]["UV_CACHE_DIR"].endswith("/" + cache["path"])


def zizmor(file: Path) -> subprocess.CompletedProcess[str]:
    """What zizmor says to a workflow, without asking anybody on the network."""
    asked = [str(ZIZMOR), "--offline", "--quiet", "--persona=pedantic", "--format=plain"]
    return subprocess.run([*asked, str(file)], capture_output=True, check=False, encoding="utf-8")


def test_zizmor_finds_nothing(service: Path) -> None:
    found = zizmor(workflow(service))

    assert found.returncode == 0, found.stdout


def test_zizmor_sees_what_a_careless_person_writes(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "greet.yml"
    file.parent.mkdir(parents=True)
    file.write_text(CARELESS, encoding="utf-8")

    found = zizmor(file)

    assert found.returncode != 0
    for audit in ("template-injection", "dangerous-triggers", "unpinned-uses"):
        assert audit in found.stdout


def test_a_matrix_is_read_as_its_host_spreads_it(service: Path, gitlab_service: Path) -> None:
    github = list(github_jobs(workflow(service).read_text(encoding="utf-8"), service))
    text = (gitlab_service / ".gitlab-ci.yml").read_text(encoding="utf-8")
    gitlab = list(gitlab_jobs(text, gitlab_service))

    assert [job.environment["SESSION"] for job in github] == [
        "lint",
        "types",
        "tests",
        "coverage",
        "lab-proof",
        "docs",
        "build",
    ]
    assert {job.python for job in github} == {"3.13"}
    assert [(job.python, job.environment.get("PYTHON")) for job in gitlab][-4:] == [
        (version, version) for version in ("3.11", "3.12", "3.13", "3.14")
    ]
    assert {job.environment["UV_CACHE_DIR"] for job in github} == {f"{service}/.cache/uv"}


def test_what_only_a_host_knows_is_not_guessed(tmp_path: Path) -> None:
    text = """
jobs:
  one:
    env: {WHO: "${{ github.actor }}"}
    steps:
      - {uses: actions/setup-python@v6, with: {python-version: "3.13"}}
      - {run: "true"}
"""
    with pytest.raises(UnknownExpression, match=r"github\.actor"):
        list(github_jobs(text, tmp_path))


def test_a_command_that_fails_fails_its_job(tmp_path: Path) -> None:
    commands = ("true", 'echo "$WHAT" && exit 3', "touch after")
    job = Job("one", "3.13", commands, {"WHAT": "no printer"})

    failure = run_job(job, tmp_path, tmp_path)

    assert failure is not None
    assert (failure.exit_code, failure.said) == (3, "no printer\n")
    assert not (tmp_path / "after").exists()


def test_a_python_that_no_machine_has_is_not_found() -> None:
    assert find_python(f"{sys.version_info.major}.{sys.version_info.minor}") == sys.executable
    assert find_python("3.99") is None


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
