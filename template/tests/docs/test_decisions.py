"""A decision of this service has its number, its price and something that enforces it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.docs.test_commands import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = PROJECT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
PARTS = ["Context", "Options", "Decision", "Price", "Reconsider when"]


def title_of(record: Path) -> str:
    return record.read_text("utf-8").splitlines()[0].partition(". ")[2]


def test_decisions_are_numbered_one_by_one() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert RECORDS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_has_its_parts_and_is_called_what_it_says(record: Path) -> None:
    text = record.read_text("utf-8")
    number, _, words = record.stem.partition("-")

    assert text.startswith(f"# {int(number)}. ")
    assert re.sub(r"\W+", "-", title_of(record).lower()) == words
    assert re.findall(r"^\*\*([A-Z][a-z ]+?)\.?\*\* \S", text, re.MULTILINE) == PARTS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_what_enforces_a_decision_is_there(record: Path) -> None:
    line = record.read_text("utf-8").splitlines()[2]

    accepted = re.fullmatch(r"Accepted \d{4}-\d\d-\d\d · enforced by (`[^`]+`(?:, `[^`]+`)*)", line)
    assert accepted, line
    for path in re.findall(r"`([^`]+)`", accepted[1]):
        assert (PROJECT / path).is_file(), path


def test_the_list_and_the_navigation_have_every_decision_in_order() -> None:
    listed = re.findall(r"^\d+\. \[(.+)\]\((.+)\)$", (FOLDER / "index.md").read_text("utf-8"), re.M)
    navigation = (PROJECT / "zensical.toml").read_text("utf-8")

    assert listed == [(title_of(record), record.name) for record in RECORDS]
    assert re.findall(r'"decisions/([0-9].+)" }', navigation) == [each.name for each in RECORDS]
