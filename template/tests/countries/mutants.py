"""Mutants of a pack: the same files with one value changed, for golden cases to notice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.countries.golden import rows_in_use
from tests.countries.independent import read_tables

from receipts.countries.loader import rule_files_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from tests.countries.independent_sales import Tables

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Mutant:
    """A pack that is wrong in one place, as `receipts.countries.loader` freezes packs."""

    content: bytes
    name: str


def mutants_of(folder: Traversable) -> Iterator[Mutant]:
    """Every rate, amount, threshold, phrase, name and change of law, changed one at a time."""
    tables = {
        name: table
        for name, table in read_tables(folder).items()
        if f"{name}.toml" in rule_files_of(folder)
    }
    for where, holder, key, value in _changes(tables):
        kept = holder[key]
        holder[key] = value
        yield Mutant(frozen(tables), f"{where} {key}: {kept} becomes {value}")
        holder[key] = kept


def frozen(tables: Tables) -> bytes:
    """Tables as `receipts.countries.loader.unfreeze_pack` reads them."""
    return json.dumps(
        {
            f"{name}.toml": "".join(f"{key} = {to_toml(value)}\n" for key, value in table.items())
            for name, table in tables.items()
        }
    ).encode()


def to_toml(value: Any) -> str:
    """A value as TOML writes it on one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(to_toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {to_toml(each)}' for key, each in value.items())}}}"
        case _:
            return str(value)


def _changes(tables: Tables) -> Iterator[tuple[str, Tables, str, Any]]:
    in_use, charges = rows_in_use(tables), set[str]()
    for name, table in tables.items():
        rows = table.get(name, []) if name not in ("charges", "pack") else []
        for row in (each for each in rows if each["id"] in in_use):
            charges.update(row.get("charge", []))
            for holder, key, value in (*_row_changes(row), *_date_changes(row, rows)):
                yield f"{name}.toml, row {row['id']},", holder, key, value
    for code, text in tables["charges"].items():
        if code in charges:
            yield from _text_changes(f"charges.toml, {code},", text)
    for code, text in tables["pack"]["taxes"].items():
        if any(rate["tax"] == code for rate in tables["rates"]["rates"]):
            yield from _text_changes(f"pack.toml, tax {code},", text)


def _text_changes(where: str, text: Tables) -> Iterator[tuple[str, Tables, str, Any]]:
    for language, words in text.items():
        yield where, text, language, f"{words}."


def _row_changes(row: Tables) -> Iterator[tuple[Tables, str, Any]]:
    for key in ("rate_percent", "percent"):
        if key in row:
            yield row, key, str(Decimal(row[key]) + Decimal("0.1"))
    yield from _share_changes(row)
    when = row.get("when", {})
    for holder, key in (*_numbers_in(row), *_numbers_in(when)):
        yield holder, key, holder[key] + 1
        yield holder, key, holder[key] - 1
    if "scope" in row:
        yield row, "scope", "rate" if row["scope"] == "line" else "line"
        # The other modes differ at exact halves only, which some rates never meet.
        yield row, "mode", "up"
        yield row, "mode", "down"
    if "text" in row:
        for _, text, language, words in _text_changes("", row["text"]):
            yield text, language, words
    for name, wanted in when.items():
        for other in _others_than(wanted):
            yield when, name, other


def _share_changes(row: Tables) -> Iterator[tuple[Tables, str, Any]]:
    """A share grows at the cost of another: the sum stays the whole price."""
    shares = row.get("shares", {})
    for first, second in pairwise(shares):
        for shift in (1, -1):
            moved = {first: shift, second: -shift}
            changed = {code: str(Decimal(shares[code]) + by) for code, by in moved.items()}
            yield row, "shares", shares | changed


def _others_than(wanted: Any) -> Iterator[Any]:
    match wanted:
        case bool():
            yield not wanted
        case str():
            yield f"{wanted} "
        case list():
            yield from ([kept for kept in wanted if kept != each] for each in wanted)


def _numbers_in(holder: Tables) -> Iterator[tuple[Tables, str]]:
    for key, value in holder.items():
        if isinstance(value, int) and not isinstance(value, bool):
            yield holder, key
        elif isinstance(value, dict) and key != "when":
            yield from _numbers_in(value)


def _date_changes(row: Tables, rows: list[Tables]) -> Iterator[tuple[Tables, str, date]]:
    """The days on which one row hands over to the next, moved by one."""
    for later in rows:
        if later.get("when") == row.get("when") and later["valid_from"] - DAY == row.get(
            "valid_to"
        ):
            for shift in (DAY, -DAY):
                yield row, "valid_to", row["valid_to"] + shift
                yield later, "valid_from", later["valid_from"] + shift
