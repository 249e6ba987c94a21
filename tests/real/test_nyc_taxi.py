"""The converter of New York rides adds what the file leaves out and repairs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real.nyc_taxi import Ride, event_of


def trip_of(**columns: str) -> dict[str, Any]:
    """The trip of an ordinary ride but for the given columns."""
    ordinary = {
        "pickup": "2019-03-23 20:21:09",
        "dropoff": "2019-03-23 20:27:24",
        "passengers": "1",
        "distance": "1.6",
        "fare": "7.0",
        "tip": "2.15",
        "tolls": "0.0",
        "total": "12.95",
        "color": "yellow",
        "payment": "credit card",
        "pickup_zone": "Lenox Hill West",
        "dropoff_zone": "UN/Turtle Bay South",
        "pickup_borough": "Manhattan",
        "dropoff_borough": "Manhattan",
    }
    trip: dict[str, Any] = event_of(Ride(2, ordinary | columns))["data"]
    return trip


def charges_of(trip: dict[str, Any]) -> dict[str, Any]:
    return {charge["code"]: charge["amount_minor"] for charge in trip["charges"]}


def test_what_has_no_column_of_its_own_is_one_stated_levy_charge() -> None:
    trip = trip_of()

    assert charges_of(trip) == {"fare": 7_00, "tip": 2_15, "trip_levies": 3_80}
    assert trip["total_minor"] == 12_95


def test_a_total_below_its_parts_goes_in_with_a_negative_levy() -> None:
    assert charges_of(trip_of(total="5.0"))["trip_levies"] == -4_15


@pytest.mark.parametrize("amount", ["7.005", "n/a", "", "NaN"])
def test_an_amount_that_is_not_whole_cents_goes_in_as_it_stands(amount: str) -> None:
    charges = charges_of(trip_of(fare=amount))

    assert charges["fare"] == amount
    assert "trip_levies" not in charges


@pytest.mark.parametrize(
    ("pickup", "dropoff", "started_at", "ended_at"),
    [
        # Across the night when two o'clock became three: twenty minutes.
        (
            "2019-03-10 01:50:00",
            "2019-03-10 03:10:00",
            "2019-03-10T01:50:00-05:00",
            "2019-03-10T03:10:00-04:00",
        ),
        # Half past two never was.
        (
            "2019-03-10 01:50:00",
            "2019-03-10 02:30:00",
            "2019-03-10T01:50:00-05:00",
            "2019-03-10T02:30:00",
        ),
        # One o'clock came twice: from the first into the second.
        (
            "2019-11-03 01:50:00",
            "2019-11-03 01:10:00",
            "2019-11-03T01:50:00-04:00",
            "2019-11-03T01:10:00-05:00",
        ),
        # An end before the start stays one.
        (
            "2019-03-23 20:21:09",
            "2019-03-23 20:11:09",
            "2019-03-23T20:21:09-04:00",
            "2019-03-23T20:11:09-04:00",
        ),
        ("soon", "2019-03-23 20:11:09", "soon", "2019-03-23 20:11:09"),
    ],
)
def test_local_times_get_the_offset_that_new_york_had(
    pickup: str, dropoff: str, started_at: str, ended_at: str
) -> None:
    trip = trip_of(pickup=pickup, dropoff=dropoff)

    assert (trip["started_at"], trip["ended_at"]) == (started_at, ended_at)


def test_miles_become_whole_metres() -> None:
    assert trip_of(distance="1.6")["distance_m"] == 2575


def test_a_zone_or_payment_that_is_missing_is_left_out() -> None:
    trip = trip_of(pickup_zone="", dropoff_zone="", payment="")

    assert not {"origin", "destination", "payment"} & trip.keys()
