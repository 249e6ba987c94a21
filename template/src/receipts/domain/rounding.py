"""Rounding as data: where to round (scope) and which way (mode).

A pack names both; an unknown name is refused when the pack is loaded. A mode
never changes behaviour under its name, so old documents stay recomputable.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable


class RoundingScope(Enum):
    """What is rounded once; everything below it shares the result."""

    LINE = "line"
    RATE = "rate"


class RoundingMode(Enum):
    """Which neighbour an amount between two minor units becomes; symmetric around zero."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"
    DOWN = "down"
    UP = "up"


_AWAY_FROM_ZERO: dict[RoundingMode, Callable[[int, int, int], bool]] = {
    RoundingMode.HALF_UP: lambda _quotient, twice, denominator: twice >= denominator,
    RoundingMode.HALF_EVEN: lambda quotient, twice, denominator: (
        twice > denominator or (twice == denominator and quotient % 2 == 1)
    ),
    RoundingMode.HALF_DOWN: lambda _quotient, twice, denominator: twice > denominator,
    RoundingMode.DOWN: lambda _quotient, _twice, _denominator: False,
    RoundingMode.UP: lambda _quotient, twice, _denominator: twice > 0,
}


class Rounding(Struct, frozen=True):
    """One rounding rule."""

    mode: RoundingMode
    scope: RoundingScope

    def apply(self, numerator: int, denominator: int) -> int:
        """The fraction as whole minor units; the denominator is positive."""
        quotient, remainder = divmod(abs(numerator), denominator)
        if remainder and _AWAY_FROM_ZERO[self.mode](quotient, 2 * remainder, denominator):
            quotient += 1
        return quotient if numerator >= 0 else -quotient
