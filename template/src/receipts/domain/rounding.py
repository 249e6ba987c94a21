"""Rounding as data: where to round (scope) and which way (mode).

A pack names both; an unknown name is refused when the pack is loaded. A mode
never changes behaviour under its name, so old documents stay recomputable.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

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


class Rounding:
    """One rounding rule."""

    __slots__ = ("_goes_up", "mode", "scope")

    def __init__(self, *, mode: RoundingMode, scope: RoundingScope) -> None:
        """Hold a mode and the scope it is applied to."""
        self.mode = mode
        self.scope = scope
        self._goes_up = _AWAY_FROM_ZERO[mode]

    def apply(self, numerator: int, denominator: int) -> int:
        """The fraction as whole minor units; the denominator is positive."""
        quotient, remainder = divmod(abs(numerator), denominator)
        if remainder and self._goes_up(quotient, 2 * remainder, denominator):
            quotient += 1
        return quotient if numerator >= 0 else -quotient
