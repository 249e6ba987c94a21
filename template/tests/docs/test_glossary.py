"""What the glossary points at is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from receipts.countries.loader import shipped_packs
from receipts.domain import documents, parties

PROJECT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| (?!word|---)([^|]+) \| [^|]+ \| `([^`]+)` \|$",
    (PROJECT / "docs/reference/glossary.md").read_text("utf-8"),
    re.MULTILINE,
)
FILES_OF_A_PACK = {file.name for pack in shipped_packs() for file in pack.iterdir()}


def _is_there(place: str) -> bool:
    if place.startswith("receipts."):
        return importlib.import_module(place) is not None
    if place.endswith(".toml"):
        return place in FILES_OF_A_PACK or (PROJECT / place).is_file()
    name, _, member = place.partition(".")
    found = getattr(documents, name, None) or getattr(parties, name, None)
    return found is not None and (not member or hasattr(found, member) or member in _fields(found))


def _fields(found: type) -> tuple[str, ...]:
    return getattr(found, "__struct_fields__", ())


def test_words_stand_in_the_order_of_the_alphabet() -> None:
    words = [word for word, _ in ROWS]

    assert len(words) > 20
    assert words == sorted(words)


@pytest.mark.parametrize(("word", "place"), ROWS, ids=[word for word, _ in ROWS])
def test_a_word_names_a_place_in_the_code_that_exists(word: str, place: str) -> None:
    if place.startswith(("receipts dead-letters", "countries/", "store.")):
        pytest.fail(f"{word}: name a module, a class or a file")

    assert _is_there(place), place
