"""Rides at random: plausible ones that a pack has rules for, and wild ones that it may not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st
from tests.countries.golden import read_event, seller_of
from tests.countries.independent import Search, calculate, due_minor, read_tables
from tests.countries.independent_sales import Refused, Tables, facts_of

from receipts.business_lines.rides import Place, Trip, TripCompleted
from receipts.domain.events import Charge, Payment
from receipts.domain.money import LARGEST_AMOUNT_MINOR
from receipts.domain.parties import Address, Customer, Supplier
from receipts.pipeline.golden import ISSUED_AT

if TYPE_CHECKING:
    from receipts.pipeline.golden import GoldenPack

LAST_DAY = date(2027, 12, 31)

ADDRESS: Tables = {"lines": ["1 Street"], "city": "Town", "country": "DE"}
PRIVATE: Tables = {"name": "Jo Doe", "address": ADDRESS}
OPERATOR: Tables = {"id": "OP1", "name": "Operator", "tax_id": "T1", "address": ADDRESS}

SMALL = st.integers(0, 60_00)
LARGE = st.integers(200_00, 300_00) | st.integers(0, LARGEST_AMOUNT_MINOR // 8)


@cache
def tables_of(pack: GoldenPack) -> Tables:
    """The parsed files of a pack; not to be changed."""
    return read_tables(pack.folder)


def rows_of(line: str, tables: Tables) -> list[Tables]:
    """Rows of rates.toml that a business line may use."""
    return [
        row
        for row in tables["rates"]["rates"]
        if row.get("when", {}).get("business_line", line) == line
    ]


@st.composite
def plausible_rides(draw: st.DrawFn, pack: GoldenPack) -> Tables:
    """A ride that some row of rates.toml was written for, with its lawful total, as JSON.

    A pack may still have no answer, for instance where a charge is not of that ride.
    """
    tables = tables_of(pack)
    row = draw(st.sampled_from(rows_of("rides", tables)))
    codes = [draw(st.sampled_from(row["charge"]))]
    codes += draw(st.lists(st.sampled_from(list(tables["charges"])), max_size=3))
    amounts = draw(st.lists(SMALL | LARGE, min_size=len(codes), max_size=len(codes)))
    trip = _trip(draw, row, tables)
    trip["charges"] = [
        {"code": code, "amount_minor": amount} for code, amount in zip(codes, amounts, strict=True)
    ]
    _make_lawful(trip, tables)
    number = draw(st.integers(0, 10**9))
    event = {"specversion": "1.0", "type": "trip.completed.v1", "source": "/random", "data": trip}
    event |= {"id": f"random-{number}"}
    trip["trip_id"] = f"trip-{number}"
    trip["total_minor"] = lawful_total(event, pack)
    return event


def _trip(draw: st.DrawFn, row: Tables, tables: Tables) -> Tables:
    when = row.get("when", {})

    def wanted(name: str, otherwise: st.SearchStrategy[Any]) -> Any:
        match when.get(name):
            case None:
                return draw(otherwise)
            case list() as choices:
                return draw(st.sampled_from(choices))
            case dict() as bounds:
                return draw(_numbers_in(bounds))
            case value:
                return value

    town = wanted("origin_municipality", st.just("Town"))
    same = wanted("same_municipality", st.sampled_from([True, False]))
    region = wanted("destination_region", st.sampled_from([None, "DE-BE", "US-NY"]))
    started_at, ended_at = draw(_times(row, ZoneInfo(tables["pack"]["time_zone"])))
    business = wanted("customer_is_business", st.sampled_from([False, False, True]))
    return {
        "country": tables["pack"]["code"],
        "currency": tables["pack"]["currency"],
        "customer": PRIVATE | ({"tax_id": "T9"} if business else {}),
        "destination": {"name": "B", "municipality": town if same else "Elsewhere"}
        | ({"region": region} if region else {}),
        "distance_m": wanted("distance_m", _numbers_in({"at_least": 0, "at_most": 100_000})),
        "driver_employed": wanted("driver_employed", st.sampled_from([True, False, None])),
        "ended_at": ended_at.isoformat(),
        "licence": wanted("licence", st.just("taxi")),
        "origin": {"name": "A", "municipality": town},
        "pooled": wanted("pooled", st.sampled_from([False, False, True])),
        "started_at": started_at.isoformat(),
        "supplier": OPERATOR if wanted("supplier_stated", st.booleans()) else None,
    }


def _numbers_in(bounds: Tables) -> st.SearchStrategy[int]:
    """Numbers inside bounds, often right at them."""
    least = bounds.get("at_least", bounds.get("above", -1) + 1)
    most = bounds.get("at_most", bounds.get("below", least + 100_000) - 1)
    return st.sampled_from([least, most]) | st.integers(least, most)


@st.composite
def _times(draw: st.DrawFn, row: Tables, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = row["valid_from"], min(row.get("valid_to", LAST_DAY), LAST_DAY)
    day = draw(st.sampled_from([first, last]) | st.dates(first, last))
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    ended_at = midnight + timedelta(minutes=draw(st.integers(0, 22 * 60)))
    return ended_at - timedelta(minutes=draw(st.integers(0, 90))), ended_at


def _make_lawful(trip: Tables, tables: Tables) -> None:
    """Give each levy with one lawful amount that amount."""
    zone = ZoneInfo(tables["pack"]["time_zone"])
    on = datetime.fromisoformat(trip["ended_at"]).astimezone(zone).date()
    rows = Search(on, facts_of(trip)).every(tables["pass_through"].get("pass_through", []))
    for row in sorted(rows, key=lambda row: "percent" in row):
        for charge in trip["charges"]:
            due = due_minor(row, trip["charges"])
            if charge["code"] in row["charge"] and due is not None:
                charge["amount_minor"] = due


def lawful_total(event: Tables, pack: GoldenPack) -> int:
    """What the customer must be charged; 0 where there must be no document."""
    try:
        calculated = calculate(
            event, tables_of(pack), seller=seller_of(pack), issued_at=ISSUED_AT, total=False
        )
    except Refused:
        return 0
    return calculated.charged_minor


TEXT = st.text(min_size=1, max_size=12)
CODES = st.sampled_from(["fare", "tip", "toll", "booking_fee", "black_car_fund"]) | TEXT
ZONES = st.just(UTC) | st.integers(-23 * 60, 23 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
YEARS = (datetime(2019, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001  Hypothesis adds the zones
INSTANTS = st.datetimes(*YEARS, timezones=ZONES)
ANY_INSTANT = st.datetimes(timezones=ZONES) | INSTANTS
ADDRESSES = st.builds(
    Address,
    city=TEXT,
    country=st.just("DE"),
    lines=st.lists(TEXT, min_size=1, max_size=4).map(tuple),
)
PLACES = st.builds(
    Place,
    name=TEXT,
    municipality=st.none() | st.sampled_from(["Berlin", "New York City"]) | TEXT,
    region=st.none() | st.sampled_from(["US-NY", "US-NJ", "DE-BE"]),
)


def wild_rides(country: str, currency: str) -> st.SearchStrategy[TripCompleted]:
    """Any ride that the schema lets in, far beyond what a pack has rules for."""
    trips = st.builds(
        Trip,
        charges=st.lists(
            st.builds(Charge, st.integers(0, LARGEST_AMOUNT_MINOR), CODES), min_size=1, max_size=5
        ).map(tuple),
        country=st.just(country),
        currency=st.just(currency) | TEXT,
        customer=st.none()
        | st.builds(
            Customer,
            address=st.none() | ADDRESSES,
            name=st.none() | TEXT,
            tax_id=st.none() | TEXT,
        ),
        destination=st.none() | PLACES,
        distance_m=st.integers(0, 10_000_000),
        driver_employed=st.sampled_from([None, True, False]),
        ended_at=ANY_INSTANT,
        licence=st.sampled_from(["taxi", "hire_car", "medallion_taxi", "app_trip"]) | TEXT,
        origin=PLACES,
        payment=st.none() | st.builds(Payment),
        pooled=st.booleans(),
        started_at=ANY_INSTANT | st.just(datetime(2, 1, 1, tzinfo=UTC)),
        supplier=st.none()
        | st.builds(
            Supplier,
            address=ADDRESSES,
            id=st.from_regex(r"\A[A-Za-z0-9]{1,24}\Z"),
            name=TEXT,
            tax_id=st.none() | TEXT,
        ),
        total_minor=st.integers(0, LARGEST_AMOUNT_MINOR),
        trip_id=TEXT,
    )
    rides = st.builds(TripCompleted, id=TEXT, source=TEXT, specversion=st.just("1.0"), data=trips)
    return rides.map(_as_decoded)


def _as_decoded(ride: TripCompleted) -> TripCompleted:
    decoded = read_event(msgspec.json.encode(ride))
    if not isinstance(decoded, TripCompleted):
        raise TypeError(f"{type(decoded)} is not a completed trip.")
    return decoded
