"""Rides: a trip was completed (``trip.completed.v1``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from receipts.business_lines.business_line import BusinessLine, Sale
from receipts.domain.documents import Route, Supply
from receipts.domain.errors import MalformedEvent
from receipts.domain.events import Charge, Event, Instant, Payment
from receipts.domain.money import AmountMinor
from receipts.domain.parties import Customer, Identifier, Supplier, Text
from receipts.domain.tax_ids import check_tax_id

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NAME = "rides"
EVENT_TYPE = "trip.completed.v1"


class Place(Struct, frozen=True, gc=False, kw_only=True):
    """Where a ride began or ended."""

    name: Text
    """As it is printed: a street, a station, a zone."""
    municipality: Text | None = None
    """Town whose border may decide the rate."""
    region: Annotated[str, Meta(max_length=6)] | None = None
    """ISO 3166-2, for example ``US-NY``."""


class Trip(Struct, frozen=True, gc=False, kw_only=True):
    """A completed trip and what the customer was charged for it."""

    charges: Annotated[tuple[Charge, ...], Meta(min_length=1, max_length=50)]
    """What the total consists of: the fare, fees, levies, the tip."""
    country: str
    """Code of a pack, for example ``DE`` or ``US-NY``."""
    currency: str
    """ISO 4217; the pack's own."""
    customer: Customer | None = None
    """None for somebody who wants no name on the document."""
    destination: Place | None = None
    """None where the ride has no recorded end."""
    distance_m: Annotated[int, Meta(ge=0, le=10_000_000)]
    """Length of the ride, in metres."""
    driver_employed: bool | None = None
    """Whether the driver works for the supplier or is the supplier; decides what a tip is."""
    ended_at: Instant
    """End of the ride; its day in the country selects the rules."""
    licence: Text
    """What the vehicle is licensed as, in the pack's words."""
    origin: Place
    """Where the ride began."""
    payment: Payment | None = None
    """How the total was paid."""
    pooled: bool = False
    """Whether the customer shared the vehicle with strangers."""
    started_at: Instant
    """Start of the ride."""
    supplier: Supplier | None = None
    """The operator who sells the ride; None where our own legal entity does."""
    total_minor: AmountMinor
    """What the customer was charged, taxes and tips included."""
    trip_id: Identifier
    """By which the customer knows the trip (BT-13)."""


class TripCompleted(Event, frozen=True, gc=False, kw_only=True, tag=EVENT_TYPE):
    """A trip ended and was charged."""

    data: Trip


ATTRIBUTES = (
    "business_line",
    "customer_is_business",
    "destination_region",
    "distance_m",
    "driver_employed",
    "licence",
    "origin_municipality",
    "pooled",
    "same_municipality",
    "supplier_registered",
    "supplier_stated",
)


def sales_of(event: TripCompleted, zone: ZoneInfo) -> tuple[Sale, ...]:
    """The only sale in a completed trip; the tax point is the end of the ride.

    Raises:
        MalformedEvent: The ride ends before it starts.
        WrongTaxId: The one of the supplier or the customer cannot be one.
    """
    trip = event.data
    _check_parties(trip)
    if trip.ended_at < trip.started_at:
        raise MalformedEvent(
            f"The ride ends at {trip.ended_at.isoformat()}, before it starts at "
            f"{trip.started_at.isoformat()}: correct one of them.",
            "$.data.ended_at",
        )
    try:
        started_at, ended_at = trip.started_at.astimezone(zone), trip.ended_at.astimezone(zone)
    except OverflowError as error:
        raise MalformedEvent(
            f"The ride ends at {trip.ended_at.isoformat()}, outside the years 1 to 9999 of the "
            "country's calendar: correct it.",
            "$.data.ended_at",
        ) from error
    origin, destination, customer = trip.origin, trip.destination, trip.customer
    sale = Sale(
        attributes=(
            NAME,
            customer is not None and customer.tax_id is not None,
            destination.region if destination else None,
            trip.distance_m,
            trip.driver_employed,
            trip.licence,
            origin.municipality,
            trip.pooled,
            _same_municipality(origin, destination),
            None if trip.supplier is None else trip.supplier.tax_id is not None,
            trip.supplier is not None,
        ),
        charges=trip.charges,
        country=trip.country,
        currency=trip.currency,
        customer=customer,
        payment=trip.payment,
        supplier=trip.supplier,
        supply=Supply(
            date=ended_at.date(),
            ended_at=ended_at,
            route=Route(
                destination=destination.name if destination else None,
                distance_m=trip.distance_m,
                licence=trip.licence,
                origin=origin.name,
            ),
            started_at=started_at,
        ),
        trade_id=trip.trip_id,
    )
    return (sale,)


def _check_parties(trip: Trip) -> None:
    if trip.supplier is not None:
        check_tax_id(trip.supplier.tax_id, "$.data.supplier.tax_id")
    if trip.customer is not None:
        check_tax_id(trip.customer.tax_id, "$.data.customer.tax_id")


def _same_municipality(origin: Place, destination: Place | None) -> bool | None:
    if origin.municipality is None or destination is None or destination.municipality is None:
        return None
    return origin.municipality == destination.municipality


LINE = BusinessLine(
    name=NAME,
    event_type=TripCompleted,
    event_tag=EVENT_TYPE,
    attributes=ATTRIBUTES,
    country_of=lambda event: event.data.country,
    total_of=lambda event: event.data.total_minor,
    sales_of=sales_of,
)
