"""Both houses install exact versions, and from any index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.template import ROOT

LINE = re.compile(r"\A[a-z0-9-]+==[\w.]+( ; [\w.<>=!'\" ]+)?\Z")
PIN = re.compile(r"\A(?P<name>[A-Za-z0-9-]+)(\[[a-z]+\])?==(?P<version>[\w.]+)\Z")


@pytest.fixture(params=["template", "service"])
def house(request: pytest.FixtureRequest, service: Path) -> Path:
    """The template's own house, and a service's."""
    return ROOT if request.param == "template" else service


def constraints(house: Path) -> list[str]:
    """Lines of the house's constraints.txt."""
    return (house / "constraints.txt").read_text(encoding="utf-8").splitlines()


def direct_requirements(house: Path) -> list[str]:
    """Everything that the house's pyproject.toml asks for by name."""
    pyproject = tomllib.loads((house / "pyproject.toml").read_text(encoding="utf-8"))
    grouped = [one for group in pyproject["dependency-groups"].values() for one in group]
    wanted = [*pyproject.get("project", {}).get("dependencies", []), *grouped]
    return [requirement for requirement in wanted if isinstance(requirement, str)]


def test_a_constraint_names_a_version_and_no_address(house: Path) -> None:
    assert [line for line in constraints(house) if not LINE.match(line)] == []


def test_constraints_are_sorted_so_that_a_change_is_one_line(house: Path) -> None:
    names = [line.partition("==")[0] for line in constraints(house)]

    assert names == sorted(names)


def test_every_direct_requirement_is_pinned_exactly(house: Path) -> None:
    assert [one for one in direct_requirements(house) if not PIN.match(one)] == []


def test_every_direct_requirement_is_constrained_to_the_same_version(house: Path) -> None:
    known = {line.partition(" ;")[0] for line in constraints(house)}
    pins = [PIN.match(requirement) for requirement in direct_requirements(house)]
    wanted = {f"{pin['name'].lower()}=={pin['version']}" for pin in pins if pin}

    assert wanted - known == set()


def test_one_tool_has_one_version_in_both_houses(service: Path) -> None:
    ours = dict(line.split("==", 1) for line in constraints(ROOT))
    theirs = dict(line.split("==", 1) for line in constraints(service))

    shared = {"mypy", "pre-commit", "pytest", "pytest-xdist", "ruff", "uv", "zensical"}
    assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}
