"""Delivery orders of a restaurant chain (delivery-orders.tsv) as ``order.delivered.v1``.

The file has neither dates nor places: every order is delivered on one day in New York
City, 45 seconds after the one before. Prices are what stands beside a line, for all its
pieces; they carry a dollar sign and a blank. The chain's prices exclude the sales tax, so
what was paid is worked out here a second time, in exact fractions.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import floor
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.real.checks import Checks
from tests.real.data_set import DataSet, Documents
from tests.real.service import Service

FIRST_DELIVERY = datetime(2026, 11, 20, tzinfo=ZoneInfo("America/New_York")) + timedelta(minutes=30)
BETWEEN_ORDERS = timedelta(seconds=45)
"""All 1,834 of them fit into one day."""

SALES_TAX = Fraction("8.875") / 100
"""State, city and district rate in New York City."""

DRINKS = frozenset(
    {"6 Pack Soft Drink", "Bottled Water", "Canned Soda", "Canned Soft Drink", "Izze",
     "Nantucket Nectar"}
)  # fmt: skip

MERCHANT = {
    "id": "GRILL",
    "name": "Mexican Grill of the public data set",
    "address": {
        "lines": ["1 Data Street"],
        "postal_code": "10001",
        "city": "New York, NY",
        "country": "US",
    },
}


class Order(NamedTuple):
    """All lines of one order."""

    number: int
    rows: tuple[dict[str, str], ...]

    @property
    def name(self) -> str:
        """How a person finds it in the file."""
        return f"order {self.number}"

    @property
    def event_id(self) -> str:
        """Identity of the order's event."""
        return f"order-{self.number}"

    @property
    def lines(self) -> int:
        """Lines of the file, each a line of the document."""
        return len(self.rows)

    @property
    def paid_minor(self) -> Fraction:
        """Prices and the sales tax on their sum, rounded half up to the cent."""
        goods = sum(cents(row["item_price"]) for row in self.rows)
        return Fraction(goods + floor(goods * SALES_TAX + Fraction(1, 2)))

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent of the order."""
        delivered_at = FIRST_DELIVERY + self.number * BETWEEN_ORDERS
        order = {
            "order_id": self.event_id,
            "country": "US-NY",
            "currency": "USD",
            "ordered_at": (delivered_at - timedelta(minutes=25)).isoformat(),
            "delivered_at": delivered_at.isoformat(),
            "destination": {"municipality": "New York City", "region": "US-NY"},
            "merchant": MERCHANT,
            "items": [_item(row) for row in self.rows],
            "payment": {"method": "card"},
            "total_minor": int(self.paid_minor),
        }
        return {
            "specversion": "1.0",
            "id": self.event_id,
            "source": "/data/delivery-orders",
            "type": "order.delivered.v1",
            "time": order["delivered_at"],
            "data": order,
        }


def read_orders(file: Path) -> list[Order]:
    """Every order of the file, in its order."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    by_order = groupby(rows, key=lambda row: int(row["order_id"]))
    return [Order(number, tuple(members)) for number, members in by_order]


def cents(price: str) -> int:
    """A price such as ``"$16.98 "`` in cents."""
    exact = Decimal(price.strip().removeprefix("$")) * 100
    return int(exact)


def options_of(choice: str) -> list[str]:
    """What was chosen: ``[Salsa, [Rice, Cheese]]`` has three options, ``NULL`` none."""
    if choice == "NULL":
        return []
    return [part for part in (each.strip() for each in re.split(r"[\[\],]", choice)) if part]


def _item(row: dict[str, str]) -> dict[str, Any]:
    return {
        "name": row["item_name"],
        "category": "drink" if row["item_name"] in DRINKS else "food",
        "quantity": int(row["quantity"]),
        "amount_minor": cents(row["item_price"]),
        "options": [{"name": name} for name in options_of(row["choice_description"])],
    }


def show_orders(
    service: Service, orders: list[Order], documents: Documents, output: Path, checks: Checks
) -> None:
    """Show the longest order as a page and as a file, and look for every line on the page."""
    issued = [order for order in orders if order.event_id in documents]
    if not issued:
        checks.that("an order is shown", "none was issued")
        return
    order = max(issued, key=lambda each: each.lines)
    identifier = documents[order.event_id][0]["document_id"]
    page, file = output / "longest-order.html", output / "longest-order.pdf"
    for target in (page, file):
        form = target.suffix.removeprefix(".")
        answer = service.receipts("show", identifier, "--format", form, "-o", str(target))
        checks.that(
            f"{order.name} is shown in {target}",
            None if answer.exit_code == 0 else answer.errors.strip(),
        )
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    missing = sorted(
        set(_names(order.rows)) - {name for name in _names(order.rows) if name in text}
    )
    checks.that(
        f"every item and option of {order.name} stands on its page",
        f"missing: {', '.join(missing[:5])}" if missing else None,
    )


def _names(rows: Iterable[dict[str, str]]) -> list[str]:
    return [
        name for row in rows for name in (row["item_name"], *options_of(row["choice_description"]))
    ]


DATA_SET = DataSet(
    name="orders",
    file="delivery-orders.tsv",
    about=f"delivered in New York City from {FIRST_DELIVERY:%Y-%m-%d %H:%M} on, one every 45 s",
    read=read_orders,
    least_issued_percent=100,
    show=show_orders,
)
