"""Realistic events for a laptop, made up from a pack's sample.toml; repeatable by seed.

Each business line has a module of its own, ``sample_rides.py`` for instance: what it
needs stands under the line's name in sample.toml.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta
from importlib import import_module
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from receipts.domain.errors import BrokenPack
from receipts.domain.events import Charge
from receipts.domain.parties import Customer
from receipts.engine.treatments import PassThrough

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable

    from receipts.business_lines.business_line import BusinessLine, Sale
    from receipts.domain.events import Event
    from receipts.engine.plan import Plan
    from receipts.engine.rules import Rules

K = TypeVar("K", bound="SampleKind")

MINUTES_A_DAY = 24 * 60


class SampleCharge(Struct, frozen=True, forbid_unknown_fields=True):
    """A charge that a made-up event may have."""

    code: str
    chance_percent: int = 100
    minor: tuple[int, int] | None = None
    """Least and most, in minor units; None for the lawful amount."""


class SampleKind(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sort of event that is made up."""

    weight: int
    extras: tuple[SampleCharge, ...] = ()
    business_percent: int = 0
    """Share of events for a customer with a tax id."""


class Sample(Struct, frozen=True, forbid_unknown_fields=True):
    """What a pack's sample.toml says about all business lines."""

    first_day: date
    days: int
    customers: tuple[Customer, ...]


class SampleSource(Protocol):
    """Makes up events of one business line in one country."""

    def event(self, random: Random, identifier: str) -> Event:
        """An event that the law has an answer for."""


class LoadedSample(Struct, frozen=True):
    """A pack's sample.toml."""

    name: str
    """Of its pack's folder."""
    sample: Sample
    kinds: dict[str, Any]
    """By business line, not looked into yet."""

    def kinds_of(self, line: str, kind: type[K]) -> tuple[K, ...]:
        """The kinds of events of a business line.

        Raises:
            BrokenPack: They do not fit.
        """
        return _converted(self.kinds[line], tuple[kind, ...], self.name)  # type: ignore[valid-type]


def load_sample(folder: Traversable) -> LoadedSample | None:
    """The sample of a pack; None for a pack that has none.

    Raises:
        BrokenPack: The file does not fit.
    """
    file = folder.joinpath("sample.toml")
    if not file.is_file():
        return None
    try:
        parsed = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BrokenPack(f"{folder.name}/sample.toml: {error}.") from error
    shared = {name: parsed[name] for name in Sample.__struct_fields__ if name in parsed}
    kinds = {name: value for name, value in parsed.items() if name not in shared}
    return LoadedSample(folder.name, _converted(shared, Sample, folder.name), kinds)


def sample_sources(
    choices: Sequence[tuple[Rules, LoadedSample]], lines: Sequence[BusinessLine]
) -> list[SampleSource]:
    """What makes up events, for each pack and each business line that its sample knows.

    Raises:
        BrokenPack: A sample does not fit.
    """
    return [
        import_module(f"receipts.pipeline.sample_{line.name}").source(rules, loaded)
        for (rules, loaded), line in product(choices, lines)
        if line.name in loaded.kinds
    ]


def sample_stream(sources: Sequence[SampleSource], *, count: int, seed: int) -> Iterator[Event]:
    """Events, spread over the sources."""
    random = Random(seed)  # noqa: S311  repeatable by design
    for position in range(count):
        yield sources[position % len(sources)].event(random, f"sample-{seed}-{position + 1}")


def chosen_kind(random: Random, kinds: Sequence[K]) -> K:
    """One of the kinds, by weight."""
    return random.choices(kinds, [kind.weight for kind in kinds])[0]


def start_of(random: Random, rules: Rules, sample: Sample) -> datetime:
    """A minute of the sample's days, local to the country."""
    day = sample.first_day + timedelta(days=random.randrange(sample.days))
    midnight = datetime.combine(day, time(), rules.zone)
    return midnight + timedelta(minutes=random.randrange(MINUTES_A_DAY))


def customer_of(random: Random, kind: SampleKind, sample: Sample) -> Customer | None:
    """A customer of the sample, a business as often as the kind says."""
    business = random.randrange(100) < kind.business_percent
    fitting = [each for each in sample.customers if (each.tax_id is not None) == business]
    return random.choice(fitting) if fitting else None


def with_extras(
    random: Random, kind: SampleKind, charges: Sequence[Charge], sale: Sale, plan: Plan
) -> tuple[Charge, ...]:
    """Charges and the extras of their kind, levies at their lawful amount.

    Raises:
        BrokenPack: An extra has no amount, neither in the sample nor in the law.
    """
    result = list(charges)
    for extra in kind.extras:
        if random.randrange(100) >= extra.chance_percent:
            continue
        if extra.minor is not None:
            result.append(Charge(random.randint(*extra.minor), extra.code))
            continue
        treatment = plan.treatment_of(extra.code, sale.supply.date)
        due = (
            treatment.due({charge.code: charge.amount_minor for charge in result})
            if isinstance(treatment, PassThrough)
            else None
        )
        if due is None:
            raise BrokenPack(f"sample.toml: {extra.code!r} has no lawful amount; give it one.")
        result.append(Charge(due, extra.code))
    return tuple(result)


T = TypeVar("T")


def _converted(value: Any, wanted: type[T], name: str) -> T:
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise BrokenPack(f"{name}/sample.toml: {error}.") from error
