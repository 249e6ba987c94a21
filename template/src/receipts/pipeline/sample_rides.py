"""Made-up rides."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from receipts.business_lines import rides
from receipts.business_lines.rides import Place, Trip, TripCompleted
from receipts.domain.events import Charge, Payment, PaymentMethod
from receipts.domain.parties import Supplier  # noqa: TC001  read when samples are converted
from receipts.engine.amounts import payable_minor
from receipts.pipeline.samples import (
    SampleKind,
    chosen_kind,
    customer_of,
    start_of,
    with_extras,
)

if TYPE_CHECKING:
    from random import Random

    from receipts.engine.rules import Rules
    from receipts.pipeline.samples import LoadedSample

METRES_A_MINUTE = 420
"""Speed of the made-up rides: 25 km/h."""


class SampleRide(SampleKind, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sort of ride that is made up."""

    licence: str
    distance_m: tuple[int, int]
    base_minor: int
    per_km_minor: int
    places: tuple[Place, ...]
    driver_employed: bool | None = None
    suppliers: tuple[Supplier, ...] = ()


class RideSource:
    """Makes up rides in one country."""

    def __init__(self, rules: Rules, loaded: LoadedSample) -> None:
        """Read the kinds of rides.

        Raises:
            BrokenPack: They do not fit.
        """
        self._rules = rules
        self._sample = loaded.sample
        self._kinds = loaded.kinds_of(rides.NAME, SampleRide)

    def event(self, random: Random, identifier: str) -> TripCompleted:
        """A completed trip, with its extras and the total that they and the law add up to."""
        kind = chosen_kind(random, self._kinds)
        event = self._ride(random, kind, identifier)
        (sale,) = rides.sales_of(event, self._rules.zone)
        plan = self._rules.plan_for(sale, rides.LINE)
        charges = with_extras(random, kind, event.data.charges, sale, plan)
        total = payable_minor(replace(sale, charges=charges), plan)
        return replace(event, data=replace(event.data, charges=charges, total_minor=total))

    def _ride(self, random: Random, kind: SampleRide, identifier: str) -> TripCompleted:
        identity = self._rules.pack.identity
        origin, destination = random.sample(kind.places, 2)
        distance_m = random.randrange(*kind.distance_m)
        started_at = start_of(random, self._rules, self._sample)
        trip = Trip(
            charges=(Charge(kind.base_minor + distance_m * kind.per_km_minor // 1000, "fare"),),
            country=identity.code,
            currency=identity.currency,
            customer=customer_of(random, kind, self._sample),
            destination=destination,
            distance_m=distance_m,
            driver_employed=kind.driver_employed,
            ended_at=started_at + timedelta(minutes=2 + distance_m // METRES_A_MINUTE),
            licence=kind.licence,
            origin=origin,
            payment=Payment(random.choice(tuple(PaymentMethod)[:4])),
            started_at=started_at,
            supplier=random.choice(kind.suppliers) if kind.suppliers else None,
            total_minor=0,
            trip_id=identifier,
        )
        return TripCompleted(
            id=identifier,
            source=f"/samples/{identity.code.lower()}/rides",
            specversion="1.0",
            time=trip.ended_at,
            data=trip,
        )


source = RideSource
