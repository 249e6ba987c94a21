"""One price for several goods, shared among their charges before anything is taxed.

The price is the agreed amount: its shares add up to it, to the minor unit. Each
charge of the offer becomes a line, which names the goods it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from receipts.countries.pack import Sharing, rate_of
from receipts.domain.documents import Item, OfferShare, Option
from receipts.domain.events import Charge
from receipts.domain.money import spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from receipts.business_lines.business_line import CombinedOffer, OfferPart, Sale
    from receipts.countries.pack import CombinedOfferRow
    from receipts.engine.plan import Plan

PERCENT_PARTS = 10_000
"""A percentage of a pack has at most four decimals."""

Priced = tuple[Charge, Item | None]
"""A charge and what was bought for it."""


def with_shares(sale: Sale, plan: Plan) -> Sale:
    """The sale with the price of each combined offer shared among the charges of its parts.

    Raises:
        NoCombinedOffer: No row says how.
        AmbiguousRule: Two rows do, or two rows tax a part.
        NoRuleForCharge: No row says how a part is taxed.
    """
    if not sale.combined_offers:
        return sale
    offers = {offer.position: offer for offer in sale.combined_offers}
    priced: list[Priced] = []
    for at, (charge, item) in enumerate(zip(sale.charges, sale.items, strict=True)):
        if item is not None and at in offers:
            priced.extend(_shares_of(offers[at], charge, item, sale, plan))
        else:
            priced.append((charge, item))
    charges, items = zip(*priced, strict=True)
    return replace(sale, charges=charges, items=items)


def _shares_of(
    offer: CombinedOffer, charge: Charge, item: Item, sale: Sale, plan: Plan
) -> Iterator[Priced]:
    rule = plan.sharing_of(offer, sale)
    if rule.row is None or rule.whole is not None:
        undivided = None if rule.row is None else OfferShare(None, rule.row.id)
        whole = _item_of(item, offer.parts, item.discount_minor, undivided)
        yield Charge(charge.amount_minor, rule.whole or charge.code), whole
        return
    price_minor = charge.amount_minor + item.discount_minor
    share_of = OfferShare(price_minor, rule.row.id)
    # First the price, then the discount in proportion, as between the items of an order: no
    # share is dearer than its parts, and no discount dearer than its share.
    prices = spread(price_minor, _weights(offer, rule.row))
    discounts = spread(item.discount_minor, prices)
    for code, price, discount in zip(offer.charges, prices, discounts, strict=True):
        parts = [part for part in offer.parts if part.charge == code]
        yield Charge(price - discount, code), _item_of(item, parts, discount, share_of)


def _weights(offer: CombinedOffer, row: CombinedOfferRow) -> list[int]:
    if row.sharing is Sharing.FIXED_SHARES:
        return [int(rate_of(row.shares[code]) * PERCENT_PARTS) for code in offer.charges]
    return [
        sum([part.single_minor or 0 for part in offer.parts if part.charge == code])
        for code in offer.charges
    ]


def _item_of(
    item: Item, parts: Sequence[OfferPart], discount_minor: int, share_of: OfferShare | None
) -> Item:
    return Item(
        discount_minor=discount_minor,
        name=item.name,
        options=tuple([Option(0, part.name) for part in parts]),
        quantity=item.quantity,
        share_of=share_of,
    )
