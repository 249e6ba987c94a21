"""Chicago taxi trips of 2013 to 2016 (chicago-taxi-trips.csv) as ``trip.completed.v1``.

The data are dirty on purpose, and nothing is repaired: a trip without a duration goes in
without an end, an absurd fare as it stands. The rules are a pack of rows that a team adds
in ``config/countries``, without a line of code.

- Starts are seconds since 1970 (UTC), rounded by the city to a quarter of an hour; a trip
  ends its seconds later.
- Places are numbers of community areas; a trip without one begins somewhere in Chicago.
- A company that is named is the supplier; its address is not in the data.
- The total is fare and tip: other charges are not in the data.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from tests.real.checks import Checks
from tests.real.data_set import DataSet, Documents
from tests.real.nyc_taxi import cents, metres
from tests.real.service import Service

HERE = Path(__file__).resolve().parent
METHODS = {"Cash": "cash", "Credit Card": "card"}


class Trip(NamedTuple):
    """One row of the file."""

    row: int
    """As a spreadsheet counts: the header is row 1."""
    columns: Mapping[str, str]

    @property
    def name(self) -> str:
        """How a person finds it in the file."""
        return f"row {self.row}"

    @property
    def event_id(self) -> str:
        """Identity of the trip's event."""
        return f"row-{self.row}"

    @property
    def lines(self) -> None:
        """The file does not say."""
        return

    @property
    def paid_minor(self) -> Fraction:
        """Fare and tip."""
        return (Fraction(self.columns["fare"]) + Fraction(self.columns["tips"])) * 100

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent of the trip."""
        trip = _trip(self)
        return {
            "specversion": "1.0",
            "id": self.event_id,
            "source": "/data/chicago-taxi",
            "type": "trip.completed.v1",
            "data": trip,
        }


def read_trips(file: Path) -> list[Trip]:
    """Every trip of the file, in its order."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [Trip(row, columns) for row, columns in enumerate(csv.DictReader(stream), start=2)]


def _trip(trip: Trip) -> dict[str, Any]:
    columns = trip.columns
    started_at = datetime.fromtimestamp(int(columns["trip_start_timestamp"]), UTC)
    fare, tip = cents(columns["fare"]), cents(columns["tips"])
    result: dict[str, Any] = {
        "trip_id": trip.event_id,
        "country": "US-IL",
        "currency": "USD",
        "started_at": started_at.isoformat(),
        "licence": "taxi",
        "distance_m": metres(columns["trip_miles"]),
        "origin": _place(columns["pickup_community_area"]) or {"name": "Chicago"},
        "charges": [{"code": "fare", "amount_minor": fare}, {"code": "tip", "amount_minor": tip}],
        "payment": {"method": METHODS.get(columns["payment_type"], "other")},
        "total_minor": int(trip.paid_minor),
    }
    if columns["trip_seconds"]:
        ended_at = started_at + timedelta(seconds=int(columns["trip_seconds"]))
        result["ended_at"] = ended_at.isoformat()
    if destination := _place(columns["dropoff_community_area"]):
        result["destination"] = destination
    if columns["company"]:
        result["supplier"] = _company(columns["company"])
    return result


def _place(area: str) -> dict[str, str] | None:
    return {"name": f"Community area {area}", "municipality": "Chicago"} if area else None


def _company(name: str) -> dict[str, Any]:
    return {
        "id": re.sub("[^A-Za-z0-9]", "", name)[:24],
        "name": name,
        "address": {"lines": ["Not in the data"], "city": "Chicago, IL", "country": "US"},
    }


def show_trips(
    service: Service, trips: list[Trip], documents: Documents, output: Path, checks: Checks
) -> None:
    """Show a trip of a named company as a file."""
    trip = next(each for each in trips if each.event_id in documents and each.columns["company"])
    target = output / "chicago.pdf"
    identifier = documents[trip.event_id][0]["document_id"]
    answer = service.receipts("show", identifier, "--format", "pdf", "-o", str(target))
    checks.that(
        f"{trip.name} is shown in {target}",
        None if answer.exit_code == 0 else answer.errors.strip(),
    )


DATA_SET = DataSet(
    name="trips",
    file="chicago-taxi-trips.csv",
    about="with a pack of the team's own for Illinois",
    read=read_trips,
    least_issued_percent=99,
    show=show_trips,
    settings={
        "RECEIPTS_RULES__TEAM_PACKS": str(HERE / "countries"),
        "RECEIPTS_RULES__LEGAL_ENTITIES": str(HERE / "us-il-issuers.toml"),
    },
)
