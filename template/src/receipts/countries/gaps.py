"""Rows that are in force together where one must be, and rows that end without a successor."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from receipts.countries.pack import (
    ChargeRow,
    CombinedOfferRow,
    IssuerRow,
    KindRow,
    Range,
    Row,
)
from receipts.domain.parties import IssuerRole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from receipts.countries.pack import Pack

Subjects = frozenset[str]
"""What a row decides: charges, roles, or the one thing that its file is about."""


def overlaps_of(pack: Pack) -> Iterator[tuple[Row, str]]:
    """Pairs of rows that both apply: on the same condition, subject and day.

    Rows on different conditions may overlap as well; that shows when an event meets both.
    """
    for family in _families(pack):
        for first, second in combinations(family, 2):
            shared = _subjects(first, pack) & _subjects(second, pack)
            if shared and first.when == second.when and _days_overlap(first, second):
                since = max(first.valid_from, second.valid_from)
                about = ", ".join(sorted(shared))
                yield second, f"row {second.id} and row {first.id} both decide {about} from {since}"


def holes_of(pack: Pack) -> Iterator[tuple[Row, str]]:
    """Rows that end, and nothing decides the same the day after.

    A successor asks for the same, but for the bounds of numbers: a law often moves a limit.
    """
    for family in _families(pack):
        for row in family:
            if row.valid_to is None or row.valid_to == date.max:
                continue
            next_day = row.valid_to + timedelta(days=1)
            followed = [
                _subjects(other, pack)
                for other in family
                if other.in_force(next_day) and _asks(other) == _asks(row)
            ]
            if left := _subjects(row, pack).difference(*followed):
                about = ", ".join(sorted(left))
                yield row, f"row {row.id} ends on {row.valid_to} and no row follows for {about}"


def _families(pack: Pack) -> tuple[Sequence[Row], ...]:
    """Rows among which one must apply; phrases are free to be many."""
    return (
        pack.issuers,
        pack.charge_rows(),
        pack.documents,
        pack.rounding,
        pack.numbering,
        pack.retention,
        pack.combined_offers,
    )


def _subjects(row: Row, pack: Pack) -> Subjects:
    if isinstance(row, ChargeRow):
        return frozenset(row.charge)
    if isinstance(row, IssuerRow):
        return frozenset(row.charge or pack.charges)
    if isinstance(row, KindRow):
        causes = [f" after a {cause.value}" for cause in row.causes] or [""]
        return frozenset(
            f"{role.value}{cause}" for role in row.roles or IssuerRole for cause in causes
        )
    if isinstance(row, CombinedOfferRow):
        return frozenset([f"one price for {' and '.join(sorted(row.shares)) or 'any goods'}"])
    return frozenset(["every document"])


def _asks(row: Row) -> dict[str, object]:
    return {
        name: Range if isinstance(condition, Range) else condition
        for name, condition in row.when.items()
    }


def _days_overlap(first: Row, second: Row) -> bool:
    return first.valid_from <= (second.valid_to or date.max) and second.valid_from <= (
        first.valid_to or date.max
    )
