"""Realistic events for a laptop, made up from a pack's sample.toml; repeatable by seed."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from receipts.business_lines import rides
from receipts.business_lines.rides import Place, Trip, TripCompleted
from receipts.domain.errors import BrokenPack
from receipts.domain.events import Charge, Payment, PaymentMethod
from receipts.domain.parties import Customer, Supplier
from receipts.engine.amounts import payable_minor
from receipts.engine.treatments import PassThrough

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable

    from receipts.engine.rules import Rules

METRES_A_MINUTE = 420
"""Speed of the made-up rides: 25 km/h."""

MINUTES_A_DAY = 24 * 60


class SampleCharge(Struct, frozen=True, forbid_unknown_fields=True):
    """A charge that a made-up ride may have."""

    code: str
    chance_percent: int = 100
    minor: tuple[int, int] | None = None
    """Least and most, in minor units; None for the lawful amount."""


class SampleRide(Struct, frozen=True, forbid_unknown_fields=True):
    """A sort of ride that is made up."""

    licence: str
    weight: int
    distance_m: tuple[int, int]
    base_minor: int
    per_km_minor: int
    places: tuple[Place, ...]
    extras: tuple[SampleCharge, ...] = ()
    driver_employed: bool | None = None
    business_percent: int = 0
    """Share of rides for a customer with a tax id."""
    suppliers: tuple[Supplier, ...] = ()


class Sample(Struct, frozen=True, forbid_unknown_fields=True):
    """A pack's sample.toml."""

    first_day: date
    days: int
    customers: tuple[Customer, ...]
    rides: tuple[SampleRide, ...]


def load_sample(folder: Traversable) -> Sample | None:
    """The sample of a pack; None for a pack that has none.

    Raises:
        BrokenPack: The file does not fit.
    """
    file = folder.joinpath("sample.toml")
    if not file.is_file():
        return None
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Sample)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BrokenPack(f"{folder.name}/sample.toml: {error}.") from error


def sample_rides(
    choices: Sequence[tuple[Rules, Sample]], *, count: int, seed: int
) -> Iterator[TripCompleted]:
    """Completed trips, spread over the packs."""
    random = Random(seed)  # noqa: S311  repeatable by design
    for position in range(count):
        rules, sample = choices[position % len(choices)]
        yield _ride(random, rules, sample, f"sample-{seed}-{position + 1}")


def _ride(random: Random, rules: Rules, sample: Sample, identifier: str) -> TripCompleted:
    kind = random.choices(sample.rides, [ride.weight for ride in sample.rides])[0]
    origin, destination = random.sample(kind.places, 2)
    distance_m = random.randrange(*kind.distance_m)
    started_at = _start(random, rules, sample)
    code = rules.pack.identity.code
    trip = Trip(
        charges=(Charge(kind.base_minor + distance_m * kind.per_km_minor // 1000, "fare"),),
        country=code,
        currency=rules.pack.identity.currency,
        customer=_customer(random, kind, sample),
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
    event = TripCompleted(
        id=identifier,
        source=f"/samples/{code.lower()}",
        specversion="1.0",
        time=trip.ended_at,
        data=trip,
    )
    return _charged(random, rules, kind, event)


def _start(random: Random, rules: Rules, sample: Sample) -> datetime:
    day = sample.first_day + timedelta(days=random.randrange(sample.days))
    midnight = datetime.combine(day, time(), rules.zone)
    return midnight + timedelta(minutes=random.randrange(MINUTES_A_DAY))


def _customer(random: Random, kind: SampleRide, sample: Sample) -> Customer | None:
    business = random.randrange(100) < kind.business_percent
    fitting = [each for each in sample.customers if (each.tax_id is not None) == business]
    return random.choice(fitting) if fitting else None


def _charged(random: Random, rules: Rules, kind: SampleRide, event: TripCompleted) -> TripCompleted:
    """The ride with its extras, and the total that they and the law add up to."""
    (sale,) = rides.sales_of(event, rules.zone)
    plan = rules.plan_for(sale, rides.LINE)
    charges = list(event.data.charges)
    for extra in kind.extras:
        if random.randrange(100) >= extra.chance_percent:
            continue
        if extra.minor is not None:
            charges.append(Charge(random.randint(*extra.minor), extra.code))
            continue
        treatment = plan.treatment_of(extra.code, sale.supply.date)
        due = (
            treatment.due({charge.code: charge.amount_minor for charge in charges})
            if isinstance(treatment, PassThrough)
            else None
        )
        if due is None:
            raise BrokenPack(f"sample.toml: {extra.code!r} has no lawful amount; give it one.")
        charges.append(Charge(due, extra.code))
    data = replace(event.data, charges=tuple(charges))
    (sale,) = rides.sales_of(replace(event, data=data), rules.zone)
    total = payable_minor(sale, plan)
    return replace(event, data=replace(data, total_minor=total))
