"""Varied German rides as CloudEvents: what a day of a large company looks like, repeatable."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_RIDE = datetime(2026, 11, 2, tzinfo=BERLIN)
DAYS = 14

INVOICE_ABOVE_MINOR = 250_00
"""Above it German law wants a full invoice, so the ride has a named customer."""

OPERATORS = 25
"""Operators that sell rides through the company; each has number series of its own."""


class Town(NamedTuple):
    """A municipality and its addresses."""

    name: str
    region: str
    places: tuple[str, ...]


TOWNS = (
    Town("Berlin", "DE-BE", ("Alexanderplatz", "Tempelhofer Feld", "Ku'damm 195", "Hauptbahnhof")),
    Town("Potsdam", "DE-BB", ("Sanssouci", "Am Neuen Markt 9", "Babelsberg, Filmpark")),
    Town("Hamburg", "DE-HH", ("Jungfernstieg", "Landungsbrücken", "Schanzenstraße 7")),
    Town("München", "DE-BY", ("Marienplatz", "Müllerstraße 33", "Ostbahnhof", "Theresienwiese")),
)


def ride_events(count: int, *, seed: int) -> list[bytes]:
    """Completed trips, one JSON text each."""
    random = Random(seed)  # noqa: S311  repeatable by design
    return [
        json.dumps(_event(random, f"{seed}-{position}"), ensure_ascii=False).encode()
        for position in range(count)
    ]


def _event(random: Random, identifier: str) -> dict[str, Any]:
    trip = _trip(random, identifier)
    return {
        "specversion": "1.0",
        "id": f"trip-completed-{identifier}",
        "source": f"/trips/{trip['origin']['region'].lower()}",
        "type": "trip.completed.v1",
        "time": trip["ended_at"],
        "datacontenttype": "application/json",
        "data": trip,
    }


def _trip(random: Random, identifier: str) -> dict[str, Any]:
    licence = random.choices(("taxi", "hire_car"), (7, 3))[0]
    distance_m = min(int(random.lognormvariate(8.8, 0.9)), 180_000)
    started_at = FIRST_RIDE + timedelta(seconds=random.randrange(DAYS * 86_400))
    ended_at = started_at + timedelta(seconds=120 + distance_m * random.randint(80, 200) // 1000)
    charges = _charges(random, licence, distance_m)
    taxed_minor = sum(each["amount_minor"] for each in charges if each["code"] != "tip")
    trip: dict[str, Any] = {
        "trip_id": f"b7e1{identifier}",
        "country": "DE",
        "currency": "EUR",
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "licence": licence,
        "distance_m": distance_m,
        **_places(random, distance_m),
        "driver_employed": random.random() < 0.8,
        "charges": charges,
        "payment": {"method": random.choice(("card", "card", "wallet", "cash", "account"))},
        "total_minor": sum(each["amount_minor"] for each in charges),
    }
    if random.random() < 0.4:
        trip["supplier"] = _operator(random.randrange(OPERATORS))
    # A tip of an owner-driver is taxed and counts towards the limit; with room, it never matters.
    if taxed_minor > INVOICE_ABOVE_MINOR - 20_00 or random.random() < 0.1:
        trip["customer"] = _business(random.randrange(4_000))
    return trip


def _charges(random: Random, licence: str, distance_m: int) -> list[dict[str, Any]]:
    base_minor, per_km_minor = (4_30, 2_60) if licence == "taxi" else (3_50, 1_75)
    charges = [("fare", base_minor + distance_m * per_km_minor // 1000)]
    if random.random() < 0.3:
        charges.append(("waiting_time", random.randint(50, 6_00)))
    if licence == "hire_car":
        charges.append(("booking_fee", random.randint(99, 1_99)))
    if random.random() < 0.4:
        charges.append(("tip", random.randint(50, 9_99)))
    return [{"code": code, "amount_minor": amount_minor} for code, amount_minor in charges]


def _places(random: Random, distance_m: int) -> dict[str, Any]:
    origin = random.choice(TOWNS)
    destination = origin if distance_m < 20_000 else random.choice(TOWNS)
    return {"origin": _place(random, origin), "destination": _place(random, destination)}


def _place(random: Random, town: Town) -> dict[str, str]:
    name = random.choice(town.places)
    return {"name": name, "municipality": town.name, "region": town.region}


def _operator(number: int) -> dict[str, Any]:
    return {
        "id": f"OP{number:03}",
        "name": f"Taxibetrieb Nr. {number}",
        "tax_id": _vat_identifier(81_100_000 + number),
        "address": {
            "lines": [f"Sonnenallee {number + 1}"],
            "postal_code": "12045",
            "city": "Berlin",
            "country": "DE",
        },
    }


def _business(number: int) -> dict[str, Any]:
    return {
        "name": f"Beispiel & Töchter {number} GmbH",
        "tax_id": _vat_identifier(12_900_000 + number),
        "address": {
            "lines": [f"Lindenallee {number % 90 + 1}", "Hinterhaus"],
            "postal_code": f"{20_000 + number}",
            "city": "Hamburg",
            "country": "DE",
        },
    }


def _vat_identifier(number: int) -> str:
    """A German VAT identifier with its check digit (ISO 7064 MOD 11,10)."""
    product = 10
    for digit in str(number):
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{number}{(11 - product) % 10}"
