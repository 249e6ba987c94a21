"""Where something stands in the files of a pack: file and line, for people.

TOML's own reader keeps no positions, so lines are found by the text of a key. Packs are
written one key a line; where a pack is not, the line is that of the row or unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = re.compile(r"(row|charge|tax|field)(?: id)? '?([A-Za-z0-9_-]+)", re.IGNORECASE)
"""What a problem is about, as its words open."""

_MEMBERS = {"pack.toml": "identity"}


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int | None
    """From 1; None for a file as a whole."""

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


def member_of(name: str) -> str:
    """Which part of a `Pack` a file holds."""
    return _MEMBERS.get(name, name.removesuffix(".toml"))


def place_of_problem(problem: str, texts: dict[str, str]) -> Place:
    """Where the row, charge, tax or field stands that a problem opens with, in files by name."""
    named = _NAMED.match(problem)
    if named is None:
        return Place("pack.toml", None)
    what, name = named[1].lower(), named[2]
    if what == "row":
        return place_of_row(name, texts)
    if what == "charge":
        return Place("charges.toml", line_of_key(name, texts["charges.toml"]))
    identity = texts["pack.toml"]
    return Place("pack.toml", line_of_key(name, identity) or line_of_key("taxes", identity))


def place_of_row(row_id: str, texts: dict[str, str]) -> Place:
    """The id of a row; of two rows with one id, the first."""
    places = (Place(file, line_of_id(row_id, text)) for file, text in texts.items())
    return next((each for each in places if each.line), Place("pack.toml", None))


def line_of_id(row_id: object, text: str) -> int | None:
    """Where a row says its id."""
    return _line_of(rf"id\s*=\s*[\"']{re.escape(str(row_id))}[\"']", text, 0, len(text))


def line_of_key(key: str, text: str) -> int | None:
    """Where a key of a file without rows stands, or the table of that name."""
    return _line_of(_key(key), text, 0, len(text))


def line_of_row(name: str, at: int, text: str) -> int | None:
    """Where a row of a file begins, by its position in the file."""
    start, _ = _block(name, at, text)
    return None if start is None else _line_at(start, text)


def line_of_field(name: str, at: int, field: str, text: str) -> int | None:
    """Where a row says a field; None where it does not, or says it in the middle of a line."""
    start, end = _block(name, at, text)
    return None if start is None else _line_of(_key(field, member_of(name)), text, start, end)


def line_of_path(name: str, at: int, path: Sequence[str], text: str) -> int | None:
    """Where a row says a field of a table inside of it, or the nearest that can be told."""
    start, end = _block(name, at, text)
    if start is None:
        return None
    line = _line_at(start, text)
    for field in path:
        head = rf"\[\s*{re.escape(member_of(name))}\.(?:[\w-]+\.)*"
        pattern = rf"^[ \t]*(?:{head})?[\"']?{re.escape(field)}[\"']?\s*[=.\]]"
        found = re.compile(pattern, re.MULTILINE).search(text, start, end)
        if found is None:
            break
        start, line = found.end(), _line_at(found.end(), text)
    return line


def _block(name: str, at: int, text: str) -> tuple[int | None, int]:
    """From the head of a row to that of the next."""
    heads = re.finditer(rf"^[ \t]*\[\[\s*{member_of(name)}\s*\]\]", text, re.MULTILINE)
    starts = [head.end() for head in heads]
    if at >= len(starts):
        return None, len(text)
    return starts[at], starts[at + 1] if at + 1 < len(starts) else len(text)


def _key(key: str, member: str = "") -> str:
    table = rf"\[\s*{member}\." if member else r"\[\[?\s*"
    return rf"(?:{table})?[\"']?{re.escape(key)}[\"']?\s*[=.\]]"


def _line_of(pattern: str, text: str, start: int, end: int) -> int | None:
    found = re.compile(rf"^[ \t]*{pattern}", re.MULTILINE).search(text, start, end)
    return _line_at(found.start(), text) if found else None


def _line_at(offset: int, text: str) -> int:
    return text.count("\n", 0, offset) + 1
