"""Money: integer minor units, with the exponents of ISO 4217.

Amounts are plain ``int`` named ``…_minor``: exact, sortable, and the same in
every language that reads the JSON. ``Decimal`` appears only where people or
pack files write amounts; binary floats appear nowhere.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_AMOUNT_MINOR = 1_000_000_000_00
"""A thousand million units of a two-digit currency: beyond any ride or meal,
and far inside the integers that every JSON reader keeps exact (2**53)."""

AmountMinor = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_MINOR)]
"""A stated charge, in minor units of the document's currency."""


@cache
def exponent_of(currency: str) -> int:
    """Number of decimal digits of a currency's minor unit (ISO 4217).

    Raises:
        ValueError: The code is not a currency with a minor unit.
    """
    from iso4217 import Currency  # noqa: PLC0415  the table costs 20 ms, only packs and pages need it

    exponent = Currency(currency).exponent
    if exponent is None:
        raise ValueError(f"{currency} has no minor unit.")
    return exponent


def major_units(amount_minor: int, currency: str) -> Decimal:
    """The amount as people write it: 1190 EUR minor units are ``Decimal("11.90")``."""
    return Decimal(amount_minor).scaleb(-exponent_of(currency))


def spread(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """An amount shared out in proportion to weights, to the last minor unit.

    What whole units leave over goes, unit by unit, to the largest remainders; among
    equal ones to the first.

    Args:
        amount_minor: Not negative.
        weights: Not negative; not all zero, unless the amount is zero.
    """
    total = sum(weights)
    if amount_minor == 0:
        return [0] * len(weights)
    shares = [amount_minor * weight // total for weight in weights]
    remainders = [amount_minor * weight % total for weight in weights]
    largest_first = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
    for index in largest_first[: amount_minor - sum(shares)]:
        shares[index] += 1
    return shares
