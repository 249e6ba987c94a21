"""Mutants of a pack: the same pack with one value changed, for golden cases to notice."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from receipts.countries.loader import sound_pack
from receipts.countries.pack import Pack
from receipts.countries.places import line_of_field, line_of_id, line_of_key, member_of
from receipts.countries.schema import parsed_file
from receipts.domain.errors import BrokenPack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Table = dict[str, Any]

DAY = timedelta(days=1)


class Mutant(Struct, frozen=True):
    """A pack that is wrong in one place."""

    file: str
    line: int | None
    subject: str
    """What was changed, for example ``row de-vat-taxi``."""
    row: str | None
    """Its row; None where the name of a charge or tax was changed."""
    field: str
    before: str
    after: str
    """Both values as TOML writes them."""
    pack: Pack | None
    """None where the change alone has the pack refused."""


def mutants_of(texts: dict[str, str], rows: Collection[str]) -> Iterator[Mutant]:
    """Every rate, amount, threshold, text and change of law of some rows, one at a time.

    Args:
        texts: Files of a sound pack, by name.
        rows: Ids of the rows to change; the names of their charges and taxes change with them.
    """
    members = {member_of(name): parsed_file(name, text) for name, text in texts.items()}
    charges, taxes = set[str](), set[str]()
    for name, text in texts.items():
        table = members[member_of(name)]
        if not isinstance(table, list):
            continue
        for at, row in enumerate(table):
            if row["id"] in rows:
                charges.update(row.get("charge", []))
                taxes.update([row["tax"]] if "tax" in row else [])
                subject = _Subject(name, text, f"row {row['id']}", row["id"])
                yield from _mutants_of_row(members, table, at, subject)
    yield from _mutants_of_charges(members, charges, texts["charges.toml"])
    yield from _mutants_of_taxes(members, taxes, texts["pack.toml"])


class _Subject(NamedTuple):
    """What is changed."""

    file: str
    text: str
    words: str
    row: str | None


class _Change(NamedTuple):
    path: tuple[str, ...]
    """Keys that lead to the value."""
    value: Any


def _mutants_of_row(
    members: Table, table: list[Table], at: int, subject: _Subject
) -> Iterator[Mutant]:
    row, text = table[at], subject.text
    for change in _row_changes(row):
        line = line_of_field(subject.file, at, change.path[0], text) or line_of_id(row["id"], text)
        yield _mutant(members, row, change, subject, line)
    for later, change in _date_changes(row, table):
        changed = subject._replace(words=f"row {later['id']}")
        line = line_of_field(subject.file, table.index(later), change.path[0], text)
        yield _mutant(members, later, change, changed, line)


def _mutants_of_charges(members: Table, charges: Collection[str], text: str) -> Iterator[Mutant]:
    for charge in (each for each in members["charges"] if each in charges):
        subject = _Subject("charges.toml", text, f"charge {charge}", None)
        for change in _text_changes(members["charges"][charge]):
            # Its path begins with the charge, which the subject names already.
            yield _mutant(
                members, members["charges"][charge], change, subject, line_of_key(charge, text)
            )


def _mutants_of_taxes(members: Table, taxes: Collection[str], text: str) -> Iterator[Mutant]:
    names = members["identity"]["taxes"]
    for tax in (each for each in names if each in taxes):
        subject = _Subject("pack.toml", text, f"tax {tax}", None)
        line = line_of_key(tax, text) or line_of_key("taxes", text)
        for change in _text_changes(names[tax]):
            yield _mutant(members, names[tax], change, subject, line)


def _mutant(
    members: Table, table: Table, change: _Change, subject: _Subject, line: int | None
) -> Mutant:
    """The pack while one value of a table is another; the table is as before afterwards."""
    *keys, last = change.path
    for key in keys:
        table = table[key]
    kept = table[last]
    table[last] = change.value
    try:
        pack = sound_pack(members)
    except BrokenPack:
        pack = None
    table[last] = kept
    return Mutant(
        file=subject.file,
        line=line,
        subject=subject.words,
        row=subject.row,
        field=".".join(change.path),
        before=_as_toml(kept),
        after=_as_toml(change.value),
        pack=pack,
    )


def _row_changes(row: Table) -> Iterator[_Change]:
    for key in ("rate_percent", "percent"):
        if key in row:
            yield _Change((key,), str(Decimal(row[key]) + Decimal("0.1")))
    yield from _share_changes(row)
    for path, number in _numbers_in(row, ()):
        yield _Change(path, number + 1)
        yield _Change(path, number - 1)
    if "scope" in row:
        yield _Change(("scope",), "rate" if row["scope"] == "line" else "line")
        # The other modes differ at exact halves only, which some rates never meet.
        yield _Change(("mode",), "up")
        yield _Change(("mode",), "down")
    for language, change in _text_changes(row.get("text", {})):
        yield _Change(("text", *language), change)
    for name, wanted in row.get("when", {}).items():
        for other in _others_than(wanted):
            yield _Change(("when", name), other)


def _share_changes(row: Table) -> Iterator[_Change]:
    """A share grows at the cost of another: the sum stays the whole price."""
    shares = row.get("shares", {})
    for first, second in pairwise(shares):
        for shift in (1, -1):
            moved = {first: shift, second: -shift}
            changed = {code: str(Decimal(shares[code]) + by) for code, by in moved.items()}
            yield _Change(("shares",), shares | changed)


def _text_changes(text: Table) -> Iterator[_Change]:
    for language, words in text.items():
        yield _Change((language,), f"{words}.")


def _others_than(wanted: Any) -> Iterator[Any]:
    match wanted:
        case bool():
            yield not wanted
        case str():
            yield f"{wanted} "
        case list():
            yield from ([kept for kept in wanted if kept != each] for each in wanted)


def _numbers_in(table: Table, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    for key, value in table.items():
        if isinstance(value, int) and not isinstance(value, bool):
            yield (*path, key), value
        elif isinstance(value, dict):
            yield from _numbers_in(value, (*path, key))


def _date_changes(row: Table, rows: Iterable[Table]) -> Iterator[tuple[Table, _Change]]:
    """The days on which one row hands over to the next, moved by one."""
    if "valid_to" not in row:
        return
    last = _day(row["valid_to"])
    for later in rows:
        if later.get("when") == row.get("when") and _day(later["valid_from"]) - DAY == last:
            for shift in (DAY, -DAY):
                yield row, _Change(("valid_to",), last + shift)
                yield later, _Change(("valid_from",), last + DAY + shift)


def _day(written: date | str) -> date:
    """A day as a row states it, with or without quotation marks."""
    return date.fromisoformat(str(written))


def _as_toml(value: Any) -> str:
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
