from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from tests.countries.made_up import OPERATOR, made_up_ride

from receipts.business_lines.rides import LINE, Place, sales_of
from receipts.domain.errors import MalformedEvent, WrongTaxId
from receipts.domain.parties import Customer

BERLIN = ZoneInfo("Europe/Berlin")
TOWN = Place(name="A", municipality="Town", region="DE-BE")
SAME_TOWN = Place(name="B", municipality="Town")
ELSEWHERE = Place(name="B", municipality="Elsewhere", region="DE-BB")
NOWHERE = Place(name="B")


def attributes_of(**trip: Any) -> dict[str, Any]:
    (sale,) = sales_of(made_up_ride(("fare", 1), total_minor=1, **trip), BERLIN)
    return dict(zip(LINE.attributes, sale.attributes, strict=True))


@pytest.mark.parametrize(
    ("origin", "destination", "same"),
    [
        (TOWN, SAME_TOWN, True),
        (TOWN, ELSEWHERE, False),
        (TOWN, NOWHERE, None),
        (NOWHERE, TOWN, None),
        (NOWHERE, NOWHERE, None),
        (TOWN, None, None),
    ],
)
def test_two_places_are_in_one_municipality_only_where_both_say_so(
    origin: Place, destination: Place | None, same: bool | None
) -> None:
    assert attributes_of(origin=origin, destination=destination)["same_municipality"] is same


def test_a_ride_says_what_rules_may_depend_on() -> None:
    stated = attributes_of(
        customer=Customer(tax_id="T1"),
        destination=ELSEWHERE,
        driver_employed=True,
        origin=TOWN,
        pooled=True,
        supplier=OPERATOR,
    )

    assert stated == {
        "business_line": "rides",
        "customer_is_business": True,
        "destination_region": "DE-BB",
        "distance_m": 7_840,
        "driver_employed": True,
        "licence": "taxi",
        "origin_municipality": "Town",
        "pooled": True,
        "same_municipality": False,
        "supplier_registered": True,
        "supplier_stated": True,
    }


def test_what_a_ride_does_not_say_is_left_open() -> None:
    stated = attributes_of()

    assert {name for name, value in stated.items() if value is None} == {
        "destination_region",
        "driver_employed",
        "origin_municipality",
        "same_municipality",
        "supplier_registered",
    }


@pytest.mark.parametrize("customer", [None, Customer(), Customer(name="Jo Doe")])
def test_a_customer_without_a_tax_id_is_no_business(customer: Customer | None) -> None:
    assert attributes_of(customer=customer)["customer_is_business"] is False


@pytest.mark.parametrize("party", ["customer", "supplier"])
def test_a_slip_in_a_vat_identifier_is_refused_with_its_place(party: str) -> None:
    parties: dict[str, Any] = {
        "customer": Customer(tax_id="DE129273389"),
        "supplier": replace(OPERATOR, tax_id="DE129273389"),
    }

    with pytest.raises(WrongTaxId, match="check digit") as refusal:
        attributes_of(**{party: parties[party]})

    assert refusal.value.path == f"$.data.{party}.tax_id"


def test_a_ride_is_supplied_where_its_country_s_clocks_are() -> None:
    ride = made_up_ride(
        ("fare", 1), total_minor=1, ended_at=datetime(2020, 12, 31, 23, 0, tzinfo=UTC)
    )

    (sale,) = sales_of(ride, BERLIN)

    assert sale.supply.ended_at.isoformat() == "2021-01-01T00:00:00+01:00"
    assert sale.supply.started_at.isoformat() == "2020-12-31T23:36:00+01:00"
    assert sale.supply.date.isoformat() == "2021-01-01"


def test_a_ride_may_end_the_moment_it_starts_but_not_before() -> None:
    at, before = datetime(2026, 1, 1, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)

    assert attributes_of(started_at=at, ended_at=at)
    with pytest.raises(MalformedEvent, match="before it starts"):
        attributes_of(started_at=at, ended_at=before)


def test_a_trip_decides_its_shard_and_its_country_decides_the_pack() -> None:
    ride = made_up_ride(("fare", 1), total_minor=1, trip_id="trip-42")

    (sale,) = sales_of(ride, BERLIN)

    assert sale.trade_id == "trip-42"
    assert LINE.country_of(ride) == "QQ"
