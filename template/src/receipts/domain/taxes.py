"""Tax of a group of amounts that share one rate, in minor units.

Consumer prices include tax in most countries: the gross is the agreed amount,
so tax is taken out once per rate and the lines share it. Where prices exclude
tax (United States) it is put on top once per rate and shared the same way.
Either way the printed parts add up to the printed totals by construction.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.rounding import RoundingScope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from receipts.domain.rounding import Rounding


class TaxCategory(Enum):
    """VAT category codes of EN 16931 (BT-118, BT-151; UNCL 5305)."""

    STANDARD = "S"
    """A positive rate, reduced ones included."""
    ZERO = "Z"
    EXEMPT = "E"
    OUTSIDE_SCOPE = "O"


class Share(Struct, frozen=True, gc=False):
    """A tax rate as a fraction of whole numbers, so that no step is inexact."""

    numerator: int
    denominator: int

    @classmethod
    def of_percent(cls, percent: Decimal) -> Share:
        """8.875 % becomes 355/4000.

        Raises:
            ValueError: The rate is negative or not a finite number.
        """
        if not percent.is_finite() or percent < 0:
            raise ValueError(f"A tax rate is a number of at least zero, not {percent}.")
        return cls(*(percent / 100).as_integer_ratio())


def taxes_in_gross(gross_minor: Sequence[int], rate: Share, rounding: Rounding) -> list[int]:
    """Tax contained in each price that includes it (BT-117 is the sum)."""
    denominator = rate.denominator + rate.numerator
    return _spread(gross_minor, rate.numerator, denominator, rounding)


def taxes_on_net(net_minor: Sequence[int], rate: Share, rounding: Rounding) -> list[int]:
    """Tax to be put on top of each price that excludes it."""
    return _spread(net_minor, rate.numerator, rate.denominator, rounding)


def _spread(
    amounts_minor: Sequence[int], numerator: int, denominator: int, rounding: Rounding
) -> list[int]:
    if len(amounts_minor) == 1:
        return [rounding.apply(amounts_minor[0] * numerator, denominator)]
    if rounding.scope is RoundingScope.LINE:
        return [rounding.apply(amount * numerator, denominator) for amount in amounts_minor]
    total = sum(amounts_minor)
    if total <= 0:
        # A credit note mirrors its original line by line, so shares are found on the other side.
        mirror = [-amount for amount in amounts_minor]
        if total < 0 or mirror > list(amounts_minor):
            return [-share for share in _spread(mirror, numerator, denominator, rounding)]
    parts = [divmod(amount * numerator, denominator) for amount in amounts_minor]
    shares = [share for share, _ in parts]
    left = rounding.apply(total * numerator, denominator) - sum(shares)
    if left:
        largest_first = sorted(range(len(parts)), key=lambda at: parts[at][1], reverse=True)
        for index in largest_first[:left]:
            shares[index] += 1
    return shares
