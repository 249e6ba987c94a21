"""Rounding and sharing out in exact fractions, for what is not negative."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HALF = Fraction(1, 2)

MODES: dict[str, Callable[[Fraction], int]] = {
    "half_up": lambda exact: floor(exact + HALF),
    "half_down": lambda exact: ceil(exact - HALF),
    "half_even": round,
    "down": floor,
    "up": ceil,
}
"""Modes of rounding, for what is not negative."""


def shared_out(exact: list[Fraction], rounding: dict[str, Any]) -> list[int]:
    """The tax of each line: the rounded sum, unit by unit to the line it is owed to most."""
    whole = MODES[rounding["mode"]]
    if rounding["scope"] == "line":
        return [whole(each) for each in exact]
    given = [floor(each) for each in exact]
    for _ in range(whole(sum(exact, Fraction())) - sum(given)):
        owed = [each - gift for each, gift in zip(exact, given, strict=True)]
        given[owed.index(max(owed))] += 1
    return given
