"""Whether the times in an event can be: neither yet to come nor from before there were services.

Asked when an event comes in, against the clock of that moment, and of a correction against what
it corrects. It is no part of computing a document, so verification years later never asks it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Union, get_args, get_origin, get_type_hints

from receipts.domain.errors import BeforeOriginal, ImpossibleTime

if TYPE_CHECKING:
    from receipts.domain.corrections import CorrectionEvent
    from receipts.domain.events import Event

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No pack's rows reach as far back as a trip could be billed late."""

AHEAD = timedelta(minutes=5)
"""How far clocks of upstream systems may be ahead of ours."""

NOTHING = timedelta()


def check_moments(event: Event, now: datetime) -> None:
    """Refuse an event that states a time it cannot have.

    Raises:
        ImpossibleTime: A time is before `EARLIEST`, or more than `AHEAD` after now.
    """
    possible = now + AHEAD - EARLIEST
    in_envelope, in_data = moments_of(type(event))
    for name in in_envelope:
        _check(getattr(event, name), "$.", name, possible)
    if in_data:
        data = event.data  # type: ignore[attr-defined]  # every kind of event has it
        for name in in_data:
            _check(getattr(data, name), "$.data.", name, possible)


def check_order(correction: CorrectionEvent, original: Event) -> None:
    """Refuse a correction from before the trip or order that it corrects was over.

    Raises:
        BeforeOriginal: The time in the correction is before the last in the original.
    """
    (name,) = moments_of(type(correction))[1]
    moment = getattr(correction.data, name)
    last = last_moment_of(original)
    if moment < last:
        raise BeforeOriginal(moment, f"$.data.{name}", last)


def last_moment_of(event: Event) -> datetime:
    """When what an event is about was over: the last time in its data."""
    data = event.data  # type: ignore[attr-defined]  # every kind of event has it
    stated: list[datetime | None] = [getattr(data, name) for name in moments_of(type(event))[1]]
    return max(each for each in stated if each is not None)


def _check(moment: datetime | None, place: str, name: str, possible: timedelta) -> None:
    # One subtraction: each comparison of datetimes would ask both for their zone's offset.
    if moment is not None and not NOTHING <= moment - EARLIEST <= possible:
        raise ImpossibleTime(moment, place + name, EARLIEST, EARLIEST + possible)


@cache
def moments_of(event_type: type[Event]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the fields that hold times, in the envelope and in the data."""
    data = get_type_hints(event_type).get("data")
    return _moments_in(event_type), _moments_in(data) if isinstance(data, type) else ()


def _moments_in(struct: type) -> tuple[str, ...]:
    hints = get_type_hints(struct)
    return tuple(name for name, hint in hints.items() if _is_moment(hint))


def _is_moment(hint: object) -> bool:
    if get_origin(hint) is None:
        return hint is datetime
    is_union = get_origin(hint) in {Union, UnionType}
    return is_union and any(_is_moment(each) for each in get_args(hint))
