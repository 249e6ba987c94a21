"""The image is described as a careful person would, and what a careless one writes is seen."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HADOLINT = Path(sys.executable).with_name("hadolint")

CARELESS = """\
FROM python:latest
ADD . /app
RUN cd /app && pip install .
RUN sudo apt-get install curl
CMD receipts serve
"""


@pytest.fixture
def dockerfile(service: Path) -> str:
    """The Dockerfile of a default service."""
    return (service / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def lint(text: str) -> tuple[int, set[str]]:
    """How hadolint ends, and the rules that it names."""
    checked = subprocess.run(
        [str(HADOLINT), "--no-color", "-"],
        input=text,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    return checked.returncode, set(re.findall(r"\b(?:DL|SC)\d{4}\b", checked.stdout))


def instructions(stage: str) -> list[str]:
    """The instructions of a stage, each on one line, without comments."""
    kept = [line for line in stage.splitlines() if not line.startswith("#")]
    return [line for line in "\n".join(kept).replace("\\\n", "").splitlines() if line.strip()]


def test_hadolint_finds_nothing(dockerfile: str) -> None:
    assert lint(dockerfile) == (0, set())


def test_hadolint_sees_what_a_careless_person_writes() -> None:
    code, found = lint(CARELESS)

    assert code == 1
    # Newest base, ADD for COPY, a cache in a layer, sudo, a shell around the command.
    assert {"DL3007", "DL3020", "DL3042", "DL3004", "DL3025"} <= found


def test_the_last_stage_runs_no_shell_and_no_root(dockerfile: str) -> None:
    last = instructions(dockerfile.rpartition("FROM ")[2])
    verbs = [line.split()[0] for line in last[1:]]

    assert "RUN" not in verbs
    assert [line for line in last if line.startswith(("USER", "ENTRYPOINT", "CMD", "STOP"))] == [
        "USER 65532:65532",
        "STOPSIGNAL SIGTERM",
        'ENTRYPOINT ["receipts"]',
        'CMD ["serve"]',
    ]


def test_every_package_comes_at_its_pinned_version(dockerfile: str) -> None:
    (build, _) = dockerfile.split("FROM ")[1:]
    installs = [part for line in instructions(build) for part in line.split("&&")]
    installs = [part for part in installs if " install " in part]

    assert installs
    for part in installs:
        assert "--constraint constraints.txt" in part or "--no-deps" in part


def test_no_secret_of_the_build_stays_in_a_layer(dockerfile: str) -> None:
    copied = [line for line in instructions(dockerfile) if line.startswith(("COPY", "ADD"))]

    assert [line for line in copied if re.search(r"pip\.conf|uv\.toml|certificates", line)] == []
    assert "pip.conf" in dockerfile
    assert re.findall(r"^(?:ARG|ENV) .*(?:TOKEN|PASSWORD|SECRET)", dockerfile, re.MULTILINE) == []
