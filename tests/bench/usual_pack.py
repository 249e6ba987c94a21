"""The rules of a country pack, read the usual way: typed rows, found by filtering.

The same TOML files as ours, parsed once at the start. Rows are indexed by charge,
as any engineer would; conditions are looked at when a sale arrives.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

Texts = dict[str, str]
Fact = bool | int | str | None


class Refused(Exception):
    """The event contradicts itself or the law, or no row applies."""


class Range(BaseModel):
    """A condition on a number."""

    above: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    below: int | None = None

    def holds(self, value: int) -> bool:
        """Whether the number lies inside all bounds."""
        return not (
            (self.above is not None and value <= self.above)
            or (self.at_least is not None and value < self.at_least)
            or (self.at_most is not None and value > self.at_most)
            or (self.below is not None and value >= self.below)
        )


Condition = bool | str | tuple[str, ...] | Range


def _holds(condition: Condition, value: Fact) -> bool:
    if value is None:
        return False
    if isinstance(condition, Range):
        return isinstance(value, int) and condition.holds(value)
    if isinstance(condition, tuple):
        return value in condition
    return value == condition


class Row(BaseModel):
    """What every row carries."""

    model_config = ConfigDict(frozen=True)

    id: str
    valid_from: date
    valid_to: date | None = None
    when: dict[str, Condition] = {}

    def applies(self, on: date, facts: Mapping[str, Fact]) -> bool:
        """Whether the row is in force and every condition holds."""
        if on < self.valid_from or (self.valid_to is not None and on > self.valid_to):
            return False
        return all(_holds(condition, facts.get(name)) for name, condition in self.when.items())


class IssuerRow(Row):
    """Who sells."""

    role: str
    charge: tuple[str, ...] = ()
    """Only these charges; empty for all."""


class RateRow(Row):
    """Rate of taxed charges."""

    charge: tuple[str, ...]
    tax: str
    category: str
    rate_percent: Decimal


class PassThroughRow(Row):
    """Charges collected for somebody else."""

    charge: tuple[str, ...]
    kind: str
    receiver: str


class KindRow(Row):
    """Which kind of document is due, and what must be on it."""

    kind: str
    mandatory: tuple[str, ...]


class PhraseRow(Row):
    """A sentence on the document."""

    text: Texts
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def is_due(self, kind: str, role: str, used: set[str]) -> bool:
        """Whether kind, role and the rows that were used call for it."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.roles or role in self.roles)
            and (not self.rules or not used.isdisjoint(self.rules))
        )


class RoundingRow(Row):
    """How tax is rounded; this service knows the German way only: per rate, half up."""

    mode: str
    scope: str


class NumberingRow(Row):
    """How numbers are written."""

    digits: int
    format: str
    kind_codes: dict[str, str]


class RetentionRow(Row):
    """How long documents are kept, in years after the year of issue."""

    years: int


R = TypeVar("R", bound=Row)


class Pack(BaseModel):
    """A whole pack."""

    code: str
    currency: str
    languages: tuple[str, ...]
    taxes: dict[str, Texts]
    time_zone: str
    charges: dict[str, Texts]
    issuers: tuple[IssuerRow, ...]
    rates: tuple[RateRow, ...]
    pass_through: tuple[PassThroughRow, ...]
    documents: tuple[KindRow, ...]
    phrases: tuple[PhraseRow, ...]
    rounding: tuple[RoundingRow, ...]
    numbering: tuple[NumberingRow, ...]
    retention: tuple[RetentionRow, ...]

    def by_charge(self) -> dict[str, list[RateRow | PassThroughRow]]:
        """The rows that speak of each charge."""
        index: dict[str, list[RateRow | PassThroughRow]] = defaultdict(list)
        rows: tuple[RateRow | PassThroughRow, ...] = (*self.rates, *self.pass_through)
        for row in rows:
            for charge in row.charge:
                index[charge].append(row)
        return dict(index)


ROW_FILES = (
    "issuers",
    "rates",
    "pass_through",
    "documents",
    "phrases",
    "rounding",
    "numbering",
    "retention",
)


def read_pack(folder: Path) -> Pack:
    """Read a pack's folder."""
    members: dict[str, Any] = {**_toml(folder / "pack.toml")}
    members["charges"] = _toml(folder / "charges.toml")
    for name in ROW_FILES:
        members[name] = _toml(folder / f"{name}.toml").get(name, [])
    # This service issues first documents only; corrections have rows of their own.
    members["documents"] = [row for row in members["documents"] if "causes" not in row]
    return Pack.model_validate(members)


def only(rows: Iterable[R], on: date, facts: Mapping[str, Fact]) -> R:
    """The one row that applies.

    Raises:
        Refused: None does, or two.
    """
    found = [row for row in rows if row.applies(on, facts)]
    if len(found) != 1:
        raise Refused(f"{len(found)} rows apply on {on}: {[row.id for row in found]}.")
    return found[0]


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
