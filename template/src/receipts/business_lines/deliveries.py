"""Deliveries: an order was delivered (``order.delivered.v1``).

The customer buys goods and services of one order; what the platform charges the
merchant for it is a sale of its own. Who sells which charge is the pack's to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from receipts.business_lines.business_line import BusinessLine, CombinedOffer, OfferPart, Sale
from receipts.domain.documents import Item, Option, Supply
from receipts.domain.errors import MalformedEvent
from receipts.domain.events import Charge, Event, Instant, Payment
from receipts.domain.money import LARGEST_AMOUNT_MINOR, AmountMinor, spread
from receipts.domain.parties import Customer, Identifier, Supplier, Text
from receipts.domain.tax_ids import check_tax_id

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NAME = "deliveries"
EVENT_TYPE = "order.delivered.v1"

MOST_ITEMS = 500
"""Lines of an order; the largest real ones have some 50."""


Category = Annotated[str, Meta(min_length=1, max_length=60)]
"""A charge of the country's pack, for example ``food`` or ``drink``."""


class Destination(Struct, frozen=True, gc=False, kw_only=True):
    """Where it was delivered, no closer than the law asks."""

    municipality: Text | None = None
    """Town whose border may decide the rate."""
    region: Annotated[str, Meta(max_length=6)] | None = None
    """ISO 3166-2, for example ``US-NY``."""


class ItemOption(Struct, frozen=True, gc=False):
    """Something chosen with an item."""

    name: Text
    """As it is printed."""
    amount_minor: AmountMinor = 0
    """Its part of the item's price, for all pieces."""


class ItemPart(Struct, frozen=True, gc=False, kw_only=True):
    """One of the goods in a combined offer."""

    name: Text
    """As it is printed."""
    category: Category
    """A charge of the country's pack."""
    amount_minor: AmountMinor | None = None
    """Its price when it is sold alone, in one piece of the offer; for all parts or for none."""


class OrderedItem(Struct, frozen=True, gc=False, kw_only=True):
    """A line of the order: one sort of goods, or several for one price (a combined offer)."""

    name: Text
    """As its seller calls it (BT-153)."""
    category: Category | None = None
    """None for a combined offer: its parts have one each."""
    amount_minor: AmountMinor
    """Price of all pieces with their options, before a discount."""
    quantity: Annotated[int, Meta(ge=1, le=1_000)] = 1
    """Pieces."""
    options: Annotated[tuple[ItemOption, ...], Meta(max_length=50)] = ()
    """What was chosen with it."""
    parts: Annotated[tuple[ItemPart, ...], Meta(max_length=50)] = ()
    """What a combined offer combines; empty for any other item."""


class Order(Struct, frozen=True, gc=False, kw_only=True):
    """A delivered order and what customer and merchant were charged for it."""

    charges: Annotated[tuple[Charge, ...], Meta(max_length=50)] = ()
    """Fees and the tip, for example ``delivery_fee``."""
    commission_minor: Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)] | None = None
    """What the platform charges the merchant, as the pack's prices are stated: with tax
    where they include it."""
    country: str
    """Code of a pack, for example ``DE`` or ``US-NY``."""
    currency: str
    """ISO 4217; the pack's own."""
    customer: Customer | None = None
    """None for somebody who wants no name on the document."""
    delivered_at: Instant
    """When it was handed over; its day in the country selects the rules."""
    destination: Destination | None = None
    """Where it was delivered."""
    discount_minor: AmountMinor = 0
    """What the merchant took off the price of the goods."""
    items: Annotated[tuple[OrderedItem, ...], Meta(min_length=1, max_length=MOST_ITEMS)]
    """The goods."""
    merchant: Supplier
    """The restaurant or shop; the pack says which charges it sells."""
    merchant_registered: bool = True
    """False for a small trader who charges no tax."""
    order_id: Identifier
    """By which customer and merchant know the order (BT-13)."""
    ordered_at: Instant
    """When it was placed."""
    payment: Payment | None = None
    """How the total was paid."""
    total_minor: AmountMinor
    """What the customer was charged, taxes and the tip included."""


class OrderDelivered(Event, frozen=True, gc=False, kw_only=True, tag=EVENT_TYPE):
    """An order was delivered and charged."""

    data: Order


ATTRIBUTES = (
    "business_line",
    "customer_is_business",
    "destination_municipality",
    "destination_region",
    "supplier_registered",
    "supplier_stated",
)

COMMISSION = "commission"
"""Charge of the platform's sale to the merchant."""


def sales_of(event: OrderDelivered, zone: ZoneInfo) -> tuple[Sale, ...]:
    """The customer's order, and the commission if there is one; the tax point is the delivery.

    Raises:
        MalformedEvent: The order is delivered before it is placed, an option is dearer than
            its item, the discount is larger than the price of the goods, or an item is neither
            of one category nor a combined offer that adds up.
        WrongTaxId: The one of the merchant or the customer cannot be one.
    """
    order = event.data
    check_tax_id(order.merchant.tax_id, "$.data.merchant.tax_id")
    if order.customer is not None:
        check_tax_id(order.customer.tax_id, "$.data.customer.tax_id")
    supply = _supply(order, zone)
    offers = _combined_offers(order.items)
    goods = _goods(order)
    items = [_item(each, charge) for each, charge in zip(order.items, goods, strict=True)]
    customer_sale = Sale(
        attributes=_attributes(order, order.customer),
        charges=(*goods, *order.charges),
        country=order.country,
        currency=order.currency,
        customer=order.customer,
        payment=order.payment,
        supplier=order.merchant,
        supply=supply,
        trade_id=order.order_id,
        items=(*items, *[None] * len(order.charges)),
        combined_offers=offers,
    )
    if order.commission_minor is None:
        return (customer_sale,)
    merchant = order.merchant
    buyer = Customer(address=merchant.address, name=merchant.name, tax_id=merchant.tax_id)
    commission = Sale(
        attributes=_attributes(order, buyer),
        charges=(Charge(order.commission_minor, COMMISSION),),
        country=order.country,
        currency=order.currency,
        customer=buyer,
        payment=None,
        supplier=merchant,
        supply=supply,
        trade_id=order.order_id,
        is_charged=False,
    )
    return customer_sale, commission


def _attributes(order: Order, customer: Customer | None) -> tuple[bool | str | None, ...]:
    destination = order.destination
    return (
        NAME,
        customer is not None and customer.tax_id is not None,
        destination.municipality if destination else None,
        destination.region if destination else None,
        order.merchant_registered,
        True,
    )


def _supply(order: Order, zone: ZoneInfo) -> Supply:
    if order.delivered_at < order.ordered_at:
        raise MalformedEvent(
            f"The order is delivered at {order.delivered_at.isoformat()}, before it is placed at "
            f"{order.ordered_at.isoformat()}: correct one of them.",
            "$.data.delivered_at",
        )
    try:
        placed_at, delivered_at = (
            each.astimezone(zone) for each in (order.ordered_at, order.delivered_at)
        )
    except OverflowError as error:
        raise MalformedEvent(
            f"The order is delivered at {order.delivered_at.isoformat()}, outside the years 1 to "
            "9999 of the country's calendar: correct it.",
            "$.data.delivered_at",
        ) from error
    return Supply(date=delivered_at.date(), ended_at=delivered_at, route=None, started_at=placed_at)


def _goods(order: Order) -> list[Charge]:
    """The items as charges, each with its share of the discount taken off."""
    for position, item in enumerate(order.items):
        options_minor = sum([option.amount_minor for option in item.options])
        if options_minor > item.amount_minor:
            raise MalformedEvent(
                f"The options of {item.name!r} come to {options_minor}, more than its whole "
                f"price of {item.amount_minor}, in minor units: correct one of them.",
                f"$.data.items[{position}].options",
            )
    prices = [item.amount_minor for item in order.items]
    if order.discount_minor > sum(prices):
        raise MalformedEvent(
            f"The discount of {order.discount_minor} is larger than the price of the goods, "
            f"{sum(prices)}, in minor units: correct one of them.",
            "$.data.discount_minor",
        )
    discounts = spread(order.discount_minor, prices)
    return [
        # A combined offer stands there under its first charge until its price is shared.
        Charge(item.amount_minor - discount, item.category or item.parts[0].category)
        for item, discount in zip(order.items, discounts, strict=True)
    ]


def _combined_offers(items: tuple[OrderedItem, ...]) -> tuple[CombinedOffer, ...]:
    offers: list[CombinedOffer] = []
    for position, item in enumerate(items):
        if item.parts or item.category is None:
            _check_combined_offer(item, position)
            parts = [OfferPart(each.category, each.name, each.amount_minor) for each in item.parts]
            offers.append(CombinedOffer(position, tuple(parts)))
    return tuple(offers)


def _check_combined_offer(item: OrderedItem, position: int) -> None:
    path = f"$.data.items[{position}]"
    if item.category is not None or not item.parts:
        raise MalformedEvent(
            f"{item.name!r} needs either a category or parts that have one each: "
            "state parts for a combined offer only.",
            path,
        )
    if item.options:
        raise MalformedEvent(
            f"{item.name!r} is a combined offer and has options: name what was chosen in its "
            "parts, whose price covers it.",
            f"{path}.options",
        )
    singles = [part.amount_minor for part in item.parts if part.amount_minor is not None]
    if not singles:
        return
    if len(singles) < len(item.parts):
        raise MalformedEvent(
            f"{len(singles)} of the {len(item.parts)} parts of {item.name!r} state what they cost "
            "when sold alone: state it for all of them or for none.",
            f"{path}.parts",
        )
    # Shares in proportion would lie above single prices, and a court has struck that down
    # (BFH XI R 19/23); nobody combines goods to charge more.
    if item.amount_minor > item.quantity * sum(singles):
        raise MalformedEvent(
            f"{item.name!r} costs {item.amount_minor} for {item.quantity}, more than its parts "
            f"when sold alone, {sum(singles)} for each, in minor units: correct one of them.",
            f"{path}.parts",
        )


def _item(item: OrderedItem, charge: Charge) -> Item:
    return Item(
        discount_minor=item.amount_minor - charge.amount_minor,
        name=item.name,
        options=tuple([Option(each.amount_minor, each.name) for each in item.options]),
        quantity=item.quantity,
    )


LINE = BusinessLine(
    name=NAME,
    event_type=OrderDelivered,
    event_tag=EVENT_TYPE,
    attributes=ATTRIBUTES,
    country_of=lambda event: event.data.country,
    total_of=lambda event: event.data.total_minor,
    sales_of=sales_of,
)
