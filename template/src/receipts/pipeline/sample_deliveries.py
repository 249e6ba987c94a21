"""Made-up deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from receipts.business_lines import deliveries
from receipts.business_lines.deliveries import (
    Destination,
    ItemOption,
    Order,
    OrderDelivered,
    OrderedItem,
)
from receipts.domain.events import Payment, PaymentMethod
from receipts.domain.parties import Supplier  # noqa: TC001  read when samples are converted
from receipts.engine.amounts import payable_minor
from receipts.pipeline.samples import (
    SampleKind,
    chosen_kind,
    customer_of,
    start_of,
    with_extras,
)

if TYPE_CHECKING:
    from random import Random

    from receipts.business_lines.business_line import Sale
    from receipts.engine.plan import Plan
    from receipts.engine.rules import Rules
    from receipts.pipeline.samples import LoadedSample

MINUTES = (15, 55)
"""From the order to the door."""

MOST_PIECES = 3


class Dish(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a merchant sells."""

    name: str
    category: str
    minor: int
    options: tuple[ItemOption, ...] = ()
    """One of them is chosen now and then; its amount is added to the price."""


class SampleOrder(SampleKind, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sort of order that is made up."""

    merchant: Supplier
    dishes: tuple[Dish, ...]
    merchant_registered: bool = True
    destination: Destination | None = None
    commission_percent: int | None = None
    discount_percent: int = 0
    """What every fifth order is reduced by."""


class DeliverySource:
    """Makes up orders in one country."""

    def __init__(self, rules: Rules, loaded: LoadedSample) -> None:
        """Read the kinds of orders.

        Raises:
            BrokenPack: They do not fit.
        """
        self._rules = rules
        self._sample = loaded.sample
        self._kinds = loaded.kinds_of(deliveries.NAME, SampleOrder)

    def event(self, random: Random, identifier: str) -> OrderDelivered:
        """A delivered order, with its fees and the total that they and the law add up to."""
        kind = chosen_kind(random, self._kinds)
        event = self._order(random, kind, identifier)
        plan, sale = self._plan_of(event)
        fees = with_extras(random, kind, (), sale, plan)
        event = replace(event, data=replace(event.data, charges=fees))
        plan, sale = self._plan_of(event)
        return replace(event, data=replace(event.data, total_minor=payable_minor(sale, plan)))

    def _plan_of(self, event: OrderDelivered) -> tuple[Plan, Sale]:
        sale = deliveries.sales_of(event, self._rules.zone)[0]
        return self._rules.plan_for(sale, deliveries.LINE), sale

    def _order(self, random: Random, kind: SampleOrder, identifier: str) -> OrderDelivered:
        identity = self._rules.pack.identity
        chosen = random.sample(kind.dishes, random.randint(1, min(4, len(kind.dishes))))
        items = tuple([_item(random, dish) for dish in chosen])
        goods_minor = sum([item.amount_minor for item in items])
        reduced = random.randrange(5) == 0
        ordered_at = start_of(random, self._rules, self._sample)
        order = Order(
            commission_minor=_percent_of(goods_minor, kind.commission_percent) or None,
            country=identity.code,
            currency=identity.currency,
            customer=customer_of(random, kind, self._sample),
            delivered_at=ordered_at + timedelta(minutes=random.randint(*MINUTES)),
            destination=kind.destination,
            discount_minor=_percent_of(goods_minor, kind.discount_percent if reduced else 0),
            items=items,
            merchant=kind.merchant,
            merchant_registered=kind.merchant_registered,
            order_id=identifier,
            ordered_at=ordered_at,
            payment=Payment(random.choice(tuple(PaymentMethod)[:4])),
            total_minor=0,
        )
        return OrderDelivered(
            id=identifier,
            source=f"/samples/{identity.code.lower()}/deliveries",
            specversion="1.0",
            time=order.delivered_at,
            data=order,
        )


def _item(random: Random, dish: Dish) -> OrderedItem:
    quantity = random.choice((1, 1, 1, 2, MOST_PIECES))
    chosen = (random.choice(dish.options),) if dish.options and random.randrange(2) else ()
    each_minor = dish.minor + sum([option.amount_minor for option in chosen])
    options = tuple([ItemOption(option.name, quantity * option.amount_minor) for option in chosen])
    return OrderedItem(
        amount_minor=quantity * each_minor,
        category=dish.category,
        name=dish.name,
        options=options,
        quantity=quantity,
    )


def _percent_of(amount_minor: int, percent: int | None) -> int:
    return amount_minor * (percent or 0) // 100


source = DeliverySource
