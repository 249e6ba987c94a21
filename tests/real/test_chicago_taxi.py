"""The converter of Chicago trips repairs nothing."""

from __future__ import annotations

from typing import Any

from tests.real.chicago_taxi import Trip


def trip_of(**columns: str) -> dict[str, Any]:
    """The trip of an ordinary row but for the given columns."""
    ordinary = {
        "company": "Taxi Affiliation Services",
        "dropoff_community_area": "8",
        "fare": "12.45",
        "payment_type": "Credit Card",
        "pickup_community_area": "32",
        "tips": "2.0",
        "trip_miles": "1.5",
        "trip_seconds": "600",
        "trip_start_timestamp": "1400269500",
    }
    trip: dict[str, Any] = Trip(2, ordinary | columns).event["data"]
    return trip


def test_a_trip_ends_its_seconds_after_it_started() -> None:
    trip = trip_of()

    assert trip["started_at"] == "2014-05-16T19:45:00+00:00"
    assert trip["ended_at"] == "2014-05-16T19:55:00+00:00"


def test_a_trip_without_a_duration_has_no_end() -> None:
    assert "ended_at" not in trip_of(trip_seconds="")


def test_the_total_is_fare_and_tip() -> None:
    trip = trip_of()

    assert trip["total_minor"] == 14_45
    assert sum(charge["amount_minor"] for charge in trip["charges"]) == 14_45


def test_a_named_company_is_the_supplier_and_otherwise_nobody_is_stated() -> None:
    assert trip_of()["supplier"]["id"] == "TaxiAffiliationServices"
    assert "supplier" not in trip_of(company="")


def test_a_way_of_paying_that_is_neither_cash_nor_card_is_another() -> None:
    assert trip_of(payment_type="No Charge")["payment"] == {"method": "other"}
