"""New York taxi rides of March 2019 (nyc-taxi-trips.csv) as events ``trip.completed.v1``.

Columns become fields; nothing is repaired. What cannot be said in the event's
terms (a time that no clock showed, an amount in half cents) goes in as it stands,
so that the service refuses it in words, and a ride without a pick-up zone goes in
without an origin.

- Times are local and naive: they get the offset that New York had. In the hour
  that comes twice in November a ride starts in the first and ends in the second
  only if it would otherwise end before it starts.
- Amounts become cents, exactly; miles become whole metres.
- The total holds levies that have no column of their own: what fare, tip and tolls
  leave of it is one stated charge, ``trip_levies``.
- Both colours are ``medallion_taxi`` for the pack. A green cab holds a street hail
  livery permit, which the pack has no row for; on the receipt it is the same: a
  metered fare set by the same commission, outside the sales tax as a taxicab
  ride, with the same levies.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
SOURCE = "/data/nyc-taxi"
METRES_A_MILE = Decimal("1609.344")
LICENCES = {"yellow": "medallion_taxi", "green": "medallion_taxi"}
METHODS = {"credit card": "card", "cash": "cash"}


class Ride(NamedTuple):
    """One row of the file."""

    row: int
    """As a spreadsheet counts: the header is row 1."""
    columns: dict[str, str]

    @property
    def name(self) -> str:
        """How a person finds it in the file."""
        return f"row {self.row}"

    @property
    def event_id(self) -> str:
        """Identity of the ride's event."""
        return f"row-{self.row}"

    @property
    def lines(self) -> None:
        """The file does not say."""
        return

    @property
    def paid_minor(self) -> Fraction:
        """The total of the file."""
        return Fraction(self.columns["total"]) * 100

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent of the ride."""
        return event_of(self)


def read_rides(file: Path) -> list[Ride]:
    """Every ride of the file, in its order."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [Ride(row, columns) for row, columns in enumerate(csv.DictReader(stream), start=2)]


def event_of(ride: Ride) -> dict[str, Any]:
    """The CloudEvent of a ride."""
    trip = _trip(ride)
    return {
        "specversion": "1.0",
        "id": ride.event_id,
        "source": SOURCE,
        "type": "trip.completed.v1",
        "time": trip["ended_at"],
        "data": trip,
    }


def _trip(ride: Ride) -> dict[str, Any]:
    columns = ride.columns
    started_at, ended_at = _times(columns["pickup"], columns["dropoff"])
    trip = {
        "trip_id": ride.event_id,
        "country": "US-NY",
        "currency": "USD",
        "started_at": started_at,
        "ended_at": ended_at,
        "licence": LICENCES.get(columns["color"], columns["color"]),
        "distance_m": metres(columns["distance"]),
        "origin": _place(columns["pickup_zone"], columns["pickup_borough"]),
        "destination": _place(columns["dropoff_zone"], columns["dropoff_borough"]),
        "charges": _charges(columns),
        "payment": _payment(columns["payment"]),
        "total_minor": cents(columns["total"]),
    }
    return {name: value for name, value in trip.items() if value is not None}


def _charges(columns: dict[str, str]) -> list[dict[str, Any]]:
    fare, tip, toll, total = (cents(columns[name]) for name in ("fare", "tip", "tolls", "total"))
    stated: list[tuple[str, int | str]] = [("fare", fare), ("tip", tip), ("toll", toll)]
    if (
        isinstance(total, int)
        and isinstance(fare, int)
        and isinstance(tip, int)
        and isinstance(toll, int)
    ):
        stated.append(("trip_levies", total - fare - tip - toll))
    return [
        {"code": code, "amount_minor": amount}
        for code, amount in stated
        if amount != 0 or code == "fare"
    ]


def cents(dollars: str) -> int | str:
    """An amount in cents; the text itself where it is not a whole number of them."""
    try:
        exact = Decimal(dollars) * 100
    except InvalidOperation:
        return dollars
    return int(exact) if exact.is_finite() and exact == exact.to_integral_value() else dollars


def metres(miles: str) -> int | str:
    """A distance in whole metres; the text itself where it is no number."""
    try:
        exact = Decimal(miles) * METRES_A_MILE
    except InvalidOperation:
        return miles
    return int(exact.to_integral_value()) if exact.is_finite() else miles


def _times(pickup: str, dropoff: str) -> tuple[str, str]:
    started, ended = _local(pickup), _local(dropoff)
    if started is None or ended is None:
        return pickup, dropoff
    if ended < started:
        later = ended.replace(fold=1)
        ended = later if later.astimezone(UTC) >= started.astimezone(UTC) else ended
    return _with_offset(started), _with_offset(ended)


def _local(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)
    except ValueError:
        return None


def _with_offset(local: datetime) -> str:
    """The instant with its offset; without one where no clock in New York showed it."""
    shown = local.astimezone(UTC).astimezone(NEW_YORK)
    existed = shown.replace(tzinfo=None) == local.replace(tzinfo=None)
    return (local if existed else local.replace(tzinfo=None)).isoformat()


def _place(zone: str, borough: str) -> dict[str, str] | None:
    if not zone:
        return None
    place = {"name": zone, "region": "US-NY"}
    # The five boroughs are one municipality.
    return place | ({"municipality": "New York City"} if borough else {})


def _payment(column: str) -> dict[str, str] | None:
    return {"method": METHODS.get(column, "other")} if column else None
