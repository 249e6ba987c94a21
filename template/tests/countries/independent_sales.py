"""What an event sells to whom, read from its JSON a second time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.countries.independent_sums import shared_out

Tables = dict[str, Any]
"""What TOML and JSON call a table or an object; the files of a pack by name without ``.toml``."""


class Refused(Exception):
    """No document is due: the event contradicts itself, the rows or the law."""


@dataclass(frozen=True)
class Sale:
    """What one party may sell to one customer."""

    facts: dict[str, Any]
    charges: list[Tables]
    supplier: Tables | None
    customer: Tables | None
    times: tuple[str, str]
    is_charged: bool = True


def sales_of(event: Tables) -> list[Sale]:
    """The sales of an event, as its JSON stands.

    Raises:
        Refused: The event contradicts itself.
    """
    data = event["data"]
    if event["type"] == "trip.completed.v1":
        times = (data["started_at"], data["ended_at"])
        charges = data["charges"]
        return [Sale(facts_of(data), charges, data.get("supplier"), data.get("customer"), times)]
    times = (data["ordered_at"], data["delivered_at"])
    merchant, customer = data["merchant"], data.get("customer")
    charges = [*_goods(data), *data.get("charges", [])]
    sales = [Sale(order_facts_of(data, customer), charges, merchant, customer, times)]
    if "commission_minor" in data:
        buyer = {key: merchant[key] for key in ("name", "address", "tax_id") if key in merchant}
        commission = [{"code": "commission", "amount_minor": data["commission_minor"]}]
        facts = order_facts_of(data, buyer)
        sales.append(Sale(facts, commission, merchant, buyer, times, is_charged=False))
    return sales


def _goods(order: Tables) -> list[Tables]:
    """Items with their share of the discount taken off, unit by unit from whom most is due."""
    items, discount = order["items"], order.get("discount_minor", 0)
    whole = sum(item["amount_minor"] for item in items)
    if discount > whole:
        raise Refused("discount")
    if any(
        sum(option.get("amount_minor", 0) for option in item.get("options", []))
        > item["amount_minor"]
        for item in items
    ):
        raise Refused("options")
    exact = [Fraction(discount * item["amount_minor"], whole or 1) for item in items]
    taken = shared_out(exact, {"scope": "rate", "mode": "half_up"})
    return [_good(item, off) for item, off in zip(items, taken, strict=True)]


def _good(item: Tables, off: int) -> Tables:
    good = {"amount_minor": item["amount_minor"] - off, "discount": off, "item": item["name"]}
    parts = item.get("parts", [])
    if ("category" in item) == bool(parts) or (parts and item.get("options")):
        raise Refused("neither one category nor a combined offer")
    if not parts:
        names = [option["name"] for option in item.get("options", [])]
        return good | {"code": item["category"], "under": names}
    alone = [part["amount_minor"] for part in parts if "amount_minor" in part]
    if alone and len(alone) < len(parts):
        raise Refused("prices of some parts only")
    if alone and item["amount_minor"] > item.get("quantity", 1) * sum(alone):
        raise Refused("dearer than its parts")
    return good | {"combines": parts, "code": parts[0]["category"]}


def facts_of(trip: Tables) -> dict[str, Any]:
    """What conditions may ask about a trip."""
    origin, destination = trip["origin"], trip.get("destination") or {}
    towns = (origin.get("municipality"), destination.get("municipality"))
    return {
        "business_line": "rides",
        "customer_is_business": (trip.get("customer") or {}).get("tax_id") is not None,
        "destination_municipality": None,
        "destination_region": destination.get("region"),
        "distance_m": trip["distance_m"],
        "driver_employed": trip.get("driver_employed"),
        "gross_minor": None,
        "licence": trip["licence"],
        "origin_municipality": towns[0],
        "pooled": trip.get("pooled", False),
        "same_municipality": None if None in towns else towns[0] == towns[1],
        "supplier_registered": (trip["supplier"] or {}).get("tax_id") is not None
        if trip.get("supplier")
        else None,
        "supplier_stated": trip.get("supplier") is not None,
    }


def order_facts_of(order: Tables, customer: Tables | None) -> dict[str, Any]:
    """What conditions may ask about an order, as that customer meets it."""
    rides_only = dict.fromkeys(facts_of({"origin": {}, "distance_m": None, "licence": None}))
    destination = order.get("destination") or {}
    return rides_only | {
        "business_line": "deliveries",
        "customer_is_business": (customer or {}).get("tax_id") is not None,
        "destination_municipality": destination.get("municipality"),
        "destination_region": destination.get("region"),
        "supplier_registered": order.get("merchant_registered", True),
        "supplier_stated": True,
    }
