"""Whether the times in an event can be: neither yet to come nor from before there were services.

Asked when an event comes in, against the clock of that moment. It is no part of computing a
document, so verification years later never asks it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Union, get_args, get_origin, get_type_hints

from receipts.domain.errors import ImpossibleTime

if TYPE_CHECKING:
    from receipts.domain.events import Event

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No pack's rows reach as far back as a trip could be billed late."""

AHEAD = timedelta(minutes=5)
"""How far clocks of upstream systems may be ahead of ours."""


def check_moments(event: Event, now: datetime) -> None:
    """Refuse an event that states a time it cannot have.

    Raises:
        ImpossibleTime: A time is before `EARLIEST`, or more than `AHEAD` after now.
    """
    latest = now + AHEAD
    in_envelope, in_data = moments_of(type(event))
    for name in in_envelope:
        _check(getattr(event, name), f"$.{name}", latest)
    if in_data:
        data = event.data  # type: ignore[attr-defined]  # every kind of event has it
        for name in in_data:
            _check(getattr(data, name), f"$.data.{name}", latest)


def _check(moment: datetime | None, path: str, latest: datetime) -> None:
    if moment is not None and not EARLIEST <= moment <= latest:
        raise ImpossibleTime(moment, path, EARLIEST, latest)


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
