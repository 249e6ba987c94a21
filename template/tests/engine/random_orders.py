"""Orders at random: plausible ones that a pack has rules for, and wild ones that it may not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st
from tests.countries.golden import read_event
from tests.engine.random_rides import (
    ADDRESSES,
    ANY_INSTANT,
    CODES,
    LAST_DAY,
    OPERATOR,
    PRIVATE,
    SMALL,
    TEXT,
    lawful_total,
    rows_of,
    tables_of,
)

from receipts.business_lines.deliveries import (
    Destination,
    ItemOption,
    ItemPart,
    Order,
    OrderDelivered,
    OrderedItem,
)
from receipts.domain.events import Charge, Payment
from receipts.domain.money import LARGEST_AMOUNT_MINOR
from receipts.domain.parties import Customer, Supplier

if TYPE_CHECKING:
    from tests.countries.independent_sales import Tables

    from receipts.pipeline.golden import GoldenPack

GOODS = (
    *("food", "packaged_food", "hot_food", "cold_food", "confectionery", "crisps", "candy"),
    *("drink", "hot_drink", "milk_drink", "soft_drink", "bottled_water", "alcohol"),
)
"""What merchants sell in any pack."""


@st.composite
def plausible_orders(draw: st.DrawFn, pack: GoldenPack) -> Tables:
    """An order that some row of rates.toml was written for, with its lawful total, as JSON.

    A pack may still have no answer, for instance where it does not know a fee.
    """
    tables = tables_of(pack)
    rows = rows_of("deliveries", tables)
    goods = [row for row in rows if set(row["charge"]) & set(GOODS)]
    row = draw(st.sampled_from(goods))
    codes = [code for code in tables["charges"] if code in GOODS]
    items = draw(st.lists(_items(codes) | _combined_offers(codes), min_size=1, max_size=6))
    code = draw(st.sampled_from(sorted(set(row["charge"]) & set(GOODS))))
    items[0].get("parts", [items[0]])[0]["category"] = code
    fees = [code for code in ("delivery_fee", "service_fee", "tip") if draw(st.booleans())]
    order = _order(draw, row, tables)
    order["items"] = items
    order["charges"] = [{"code": code, "amount_minor": draw(SMALL)} for code in fees]
    whole = sum(item["amount_minor"] for item in items)
    order["discount_minor"] = draw(st.just(0) | st.integers(0, whole))
    if draw(st.booleans()):
        order["commission_minor"] = draw(st.integers(1, 400_00))
    number = draw(st.integers(0, 10**9))
    order["order_id"] = f"order-{number}"
    event: Tables = {"specversion": "1.0", "type": "order.delivered.v1", "source": "/random"}
    event |= {"id": f"random-{number}", "data": order}
    order["total_minor"] = lawful_total(event, pack)
    return event


@st.composite
def _items(draw: st.DrawFn, codes: list[str]) -> Tables:
    amount = draw(SMALL)
    options = draw(st.lists(st.integers(0, amount // 3), max_size=3))
    return {
        "amount_minor": amount,
        "category": draw(st.sampled_from(codes)),
        "name": draw(TEXT),
        "options": [{"name": "extra", "amount_minor": option} for option in options],
        "quantity": draw(st.integers(1, 5)),
    }


@st.composite
def _combined_offers(draw: st.DrawFn, codes: list[str]) -> Tables:
    parts: list[Tables] = [
        {"category": draw(st.sampled_from(codes)), "name": draw(TEXT)}
        for _ in range(draw(st.integers(1, 4)))
    ]
    quantity, amount = draw(st.integers(1, 3)), draw(SMALL)
    if draw(st.booleans()):
        singles = draw(st.lists(SMALL, min_size=len(parts), max_size=len(parts)))
        amount = draw(st.integers(0, quantity * sum(singles)))
        for part, single in zip(parts, singles, strict=True):
            part["amount_minor"] = single
    return {"amount_minor": amount, "name": draw(TEXT), "parts": parts, "quantity": quantity}


def _order(draw: st.DrawFn, row: Tables, tables: Tables) -> Tables:
    when = row.get("when", {})
    zone = ZoneInfo(tables["pack"]["time_zone"])
    first, last = row["valid_from"], min(row.get("valid_to", LAST_DAY), LAST_DAY)
    day: date = draw(st.sampled_from([first, last]) | st.dates(first, last))
    delivered_at = datetime.combine(day, time(), zone).astimezone(UTC) + timedelta(
        minutes=draw(st.integers(0, 22 * 60))
    )
    return {
        "country": tables["pack"]["code"],
        "currency": tables["pack"]["currency"],
        "customer": draw(st.sampled_from([None, PRIVATE, PRIVATE | {"tax_id": "T9"}])),
        "delivered_at": delivered_at.isoformat(),
        "destination": {"municipality": when.get("destination_municipality", "Town")},
        "merchant": OPERATOR,
        "merchant_registered": when.get("supplier_registered", True),
        "ordered_at": (delivered_at - timedelta(minutes=draw(st.integers(0, 90)))).isoformat(),
    }


def wild_orders(country: str, currency: str) -> st.SearchStrategy[OrderDelivered]:
    """Any order that the schema lets in, far beyond what a pack has rules for."""
    amounts = st.integers(0, LARGEST_AMOUNT_MINOR)
    categories = st.sampled_from([*GOODS, "champagne"]) | TEXT
    options = st.lists(st.builds(ItemOption, TEXT, amounts), max_size=3).map(tuple)
    part = st.builds(ItemPart, name=TEXT, category=categories, amount_minor=st.none() | amounts)
    items = st.builds(
        OrderedItem,
        name=TEXT,
        category=st.none() | categories,
        amount_minor=amounts,
        quantity=st.integers(1, 1_000),
        options=options | st.just(()),
        parts=st.just(()) | st.lists(part, max_size=3).map(tuple),
    )
    suppliers = st.builds(
        Supplier,
        address=ADDRESSES,
        id=st.from_regex(r"\A[A-Za-z0-9]{1,24}\Z"),
        name=TEXT,
        tax_id=st.none() | TEXT,
    )
    orders = st.builds(
        Order,
        charges=st.lists(st.builds(Charge, amounts, CODES), max_size=3).map(tuple),
        commission_minor=st.none() | st.integers(1, LARGEST_AMOUNT_MINOR),
        country=st.just(country),
        currency=st.just(currency) | TEXT,
        customer=st.none() | st.builds(Customer, name=st.none() | TEXT, tax_id=st.none() | TEXT),
        delivered_at=ANY_INSTANT,
        destination=st.none() | st.builds(Destination, municipality=st.none() | TEXT),
        discount_minor=amounts | st.just(0),
        items=st.lists(items, min_size=1, max_size=5).map(tuple),
        merchant=suppliers,
        merchant_registered=st.booleans(),
        order_id=TEXT,
        ordered_at=ANY_INSTANT | st.just(datetime(2, 1, 1, tzinfo=UTC)),
        payment=st.none() | st.builds(Payment),
        total_minor=amounts,
    )
    events = st.builds(
        OrderDelivered, id=TEXT, source=TEXT, specversion=st.just("1.0"), data=orders
    )
    return events.map(_as_decoded)


def _as_decoded(order: OrderDelivered) -> Any:
    return read_event(msgspec.json.encode(order))
