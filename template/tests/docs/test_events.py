"""Every event in the documentation is one that the service takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.countries.golden import read_event

PROJECT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```json.*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
EVENTS = [
    pytest.param(block, id=f"{page.stem}-{at}")
    for page in sorted(PROJECT.glob("docs/**/*.md"))
    for at, block in enumerate(BLOCK.findall(page.read_text("utf-8")), start=1)
]


def test_there_are_events_in_the_documentation() -> None:
    assert EVENTS


@pytest.mark.parametrize("block", EVENTS)
def test_an_event_of_a_page_is_taken(block: str) -> None:
    read_event(block.encode())
