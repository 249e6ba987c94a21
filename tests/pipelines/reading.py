"""What a pipeline's file makes its host run: every job, with its matrix spread out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

GITHUB = Path(".github") / "workflows" / "ci.yml"
GITLAB = Path(".gitlab-ci.yml")

EXPRESSION = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")
VARIABLE = re.compile(r"\$(\w+)")
NEWEST_WINS = -1
"""`setup-python` puts the last version that it is given first on the path."""


class Job(NamedTuple):
    """One job as it runs: commands in order, each in the environment of the host."""

    name: str
    python: str
    """Version that the command ``python`` is."""
    commands: tuple[str, ...]
    environment: Mapping[str, str]


class UnknownExpression(Exception):
    """A file asks its host for what we do not know, so it cannot be run here."""

    def __init__(self, expression: str) -> None:
        """Name it."""
        super().__init__(f"tests/pipelines/reading.py does not know {expression}.")


def github_jobs(text: str, folder: Path) -> Iterator[Job]:
    """Every job of a workflow whose project lies in the folder."""
    workflow = yaml.safe_load(text)
    for name, job in workflow["jobs"].items():
        for chosen in spread(job.get("strategy", {}).get("matrix", {})):
            known = {"github.workspace": str(folder), **prefixed("matrix", chosen)}
            steps = [step for step in job["steps"] if "run" in step]
            environment = {**workflow.get("env", {}), **job.get("env", {})}
            for step in steps:
                environment |= step.get("env", {})
            yield Job(
                f"{name} ({', '.join(chosen.values())})",
                _python_of(job["steps"]),
                tuple(_evaluated(step["run"], known) for step in steps),
                {key: _evaluated(str(value), known) for key, value in environment.items()},
            )


def gitlab_jobs(text: str, folder: Path) -> Iterator[Job]:
    """Every job of a GitLab pipeline whose project lies in the folder."""
    pipeline = yaml.safe_load(text)
    before = pipeline.get("default", {}).get("before_script", [])
    for name, job in pipeline.items():
        if "script" not in job:
            continue
        for matrix in job.get("parallel", {}).get("matrix", [{}]):
            for chosen in spread(matrix):
                known = {"CI_PROJECT_DIR": str(folder), **chosen}
                variables = {**pipeline.get("variables", {}), **job.get("variables", {})}
                image = _filled(job["image"], known)
                yield Job(
                    f"{name} ({', '.join(chosen.values())})",
                    image.removeprefix("python:"),
                    (*before, *job["script"]),
                    {key: _filled(str(value), known) for key, value in variables.items()} | chosen,
                )


def spread(matrix: Mapping[str, list[Any]]) -> Iterator[dict[str, str]]:
    """Every combination of a matrix."""
    for values in itertools.product(*matrix.values()):
        yield dict(zip(matrix, map(str, values), strict=True))


def prefixed(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    """The same values under dotted names."""
    return {f"{prefix}.{name}": value for name, value in values.items()}


def _python_of(steps: list[dict[str, Any]]) -> str:
    (chosen,) = [
        step["with"]["python-version"]
        for step in steps
        if step.get("uses", "").startswith("actions/setup-python@")
    ]
    return str(chosen).split()[NEWEST_WINS]


def _evaluated(text: str, known: Mapping[str, str]) -> str:
    """GitHub's expressions, replaced by what they stand for."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise UnknownExpression(match[0])
        return known[match[1]]

    return EXPRESSION.sub(value, text)


def _filled(text: str, known: Mapping[str, str]) -> str:
    """GitLab's variables, replaced by what they hold."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise UnknownExpression(match[0])
        return known[match[1]]

    return VARIABLE.sub(value, text)
