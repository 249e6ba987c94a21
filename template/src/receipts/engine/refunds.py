"""Which parts of which documents a refund takes something off."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from receipts.domain.errors import NotCorrectable, RefundTooLarge
from receipts.domain.money import spread
from receipts.engine.balances import Slot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.domain.corrections import RefundedCharge
    from receipts.engine.balances import Balance


def taken_from(
    balances: Sequence[Balance], charges: Sequence[RefundedCharge]
) -> list[list[tuple[Slot, int]]]:
    """What is given back, for each balance.

    Raises:
        NotCorrectable: A charge was not billed.
        RefundTooLarge: More of one is given back than is left.
    """
    taken: list[list[tuple[Slot, int]]] = [[] for _ in balances]
    gone = Counter[Slot]()
    for at, refunded in enumerate(charges):
        slots = _slots_of(refunded, at, balances)
        left = [slot.left_minor - gone[slot] for _, slot in slots]
        if refunded.amount_minor > sum(left):
            raise RefundTooLarge(refunded.code, refunded.amount_minor, sum(left), at)
        shares = spread(refunded.amount_minor, left)
        for (place, slot), share in zip(slots, shares, strict=True):
            gone[slot] += share
            taken[place].append((slot, share))
    return taken


def _slots_of(
    refunded: RefundedCharge, at: int, balances: Sequence[Balance]
) -> list[tuple[int, Slot]]:
    """Charges that a refund speaks of, each with the place of its balance."""
    every = [(place, slot) for place, each in enumerate(balances) for slot in each.slots]
    found = [(place, slot) for place, slot in every if slot.charge == refunded.code]
    if not found:
        there = ", ".join(sorted({slot.charge for _, slot in every}))
        raise NotCorrectable(
            f"Charge {refunded.code!r} was not billed; there are: {there}.",
            f"$.data.charges[{at}].code",
        )
    if refunded.position is None:
        return found
    if refunded.position >= len(found):
        raise NotCorrectable(
            f"There is no charge {refunded.code!r} at position {refunded.position}: "
            f"{len(found)} were billed, counted from 0.",
            f"$.data.charges[{at}].position",
        )
    return [found[refunded.position]]
