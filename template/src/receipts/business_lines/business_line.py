"""What every business line gives the engine, and how lines are found."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from receipts import business_lines
from receipts.domain.documents import Item, Supply
from receipts.domain.events import Charge, Event, Payment
from receipts.domain.parties import Customer, Supplier

Attribute = bool | int | str | None
"""A fact that a rule may depend on; None where the event does not say."""


class OfferPart(Struct, frozen=True, gc=False):
    """One of the goods in a combined offer."""

    charge: str
    name: str
    single_minor: int | None
    """Its price when it is sold alone; stated for all parts of an offer or for none."""


class CombinedOffer(Struct, frozen=True, gc=False):
    """Several goods sold for one price, which is to be shared among their charges."""

    position: int
    """Of its price among the charges of the sale."""
    parts: tuple[OfferPart, ...]

    @property
    def charges(self) -> tuple[str, ...]:
        """What its parts are, each once, in the order of the parts."""
        return tuple(dict.fromkeys([part.charge for part in self.parts]))

    @property
    def single_prices_stated(self) -> bool:
        """Whether its parts say what they cost when sold alone."""
        return self.parts[0].single_minor is not None


class Sale(Struct, frozen=True, gc=False, kw_only=True):
    """What one supplier sold to one customer, in the terms that rules and documents share.

    Each sale of an event becomes a document of its own.
    """

    attributes: tuple[Attribute, ...]
    """In the order of the business line's ``attributes``."""
    charges: tuple[Charge, ...]
    country: str
    currency: str
    customer: Customer | None
    payment: Payment | None
    supplier: Supplier | None
    """The seller as the event states it; None where our own legal entity sells."""
    supply: Supply
    trade_id: str
    """Trip or order; decides the shard, so that corrections find their original."""
    items: tuple[Item | None, ...] = ()
    """For each charge what was bought; empty where charges say it all."""
    combined_offers: tuple[CombinedOffer, ...] = ()
    """In the order of their positions; `engine.combined_offers` puts their shares there."""
    is_charged: bool = True
    """Whether it is part of the total that the customer was charged."""


def path_of_charge(sale: Sale, position: int) -> str:
    """Where a charge of a sale stands in the event: among its items, or among its charges."""
    if not sale.is_charged:
        return "$.data"
    goods = [item for item in sale.items if item is not None]
    if position >= len(goods):
        return f"$.data.charges[{position - len(goods)}]"
    # The price of a combined offer is shared among lines, so a line's place is no item's.
    is_shared = any(item.share_of is not None for item in goods)
    return "$.data.items" if is_shared else f"$.data.items[{position}]"


class BusinessLine(Struct, frozen=True):
    """One business line."""

    name: str
    event_type: type[Event]
    event_tag: str
    """CloudEvents ``type`` of those events."""
    attributes: tuple[str, ...]
    """Every attribute that `sales_of` states, in that order; packs may use no other."""
    country_of: Callable[[Any], str]
    """Code of the pack an event needs."""
    total_of: Callable[[Any], int]
    """What the customer was charged, in minor units."""
    sales_of: Callable[[Any, ZoneInfo], tuple[Sale, ...]]
    """The sales in an event, at least one, their times local to the zone.

    Raises `Rejected` where the event contradicts itself."""


def find_business_lines() -> tuple[BusinessLine, ...]:
    """Every business line of this service, by name."""
    modules = (
        import_module(f"{business_lines.__name__}.{module.name}")
        for module in pkgutil.iter_modules(business_lines.__path__)
    )
    lines = (module.LINE for module in modules if hasattr(module, "LINE"))
    return tuple(sorted(lines, key=lambda line: line.name))
