"""Made-up corrections: refunds, cancellations and later tips of made-up events."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from receipts.domain.corrections import (
    ChargeRefunded,
    LaterTip,
    OriginalEvent,
    Refund,
    RefundReason,
    TipAdded,
)
from receipts.pipeline.moments import last_moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from receipts.domain.corrections import CorrectionEvent
    from receipts.domain.events import Event

MINUTES_LATER = (5, 12 * 60)
"""From the end of a ride, or from the door, to what corrects it."""

TIP_MINOR = (50, 8_00)


def with_corrections(events: Iterable[Event], *, percent: int, seed: int) -> Iterator[Event]:
    """The events, so many of a hundred followed by one that corrects them.

    The events themselves are those that there would be without corrections.
    """
    random = Random(f"{seed} corrections")  # noqa: S311  repeatable by design
    for event in events:
        yield event
        if random.randrange(100) < percent:
            yield _correction(random, event)


def _correction(random: Random, event: Event) -> CorrectionEvent:
    data = event.data  # type: ignore[attr-defined]  # every made-up event has it
    moment = last_moment_of(event) + timedelta(minutes=random.randint(*MINUTES_LATER))
    original = OriginalEvent(event.id, event.source)
    if random.randrange(3) == 0:
        tip = LaterTip(
            amount_minor=random.randint(*TIP_MINOR),
            currency=data.currency,
            given_at=moment,
            original=original,
        )
        return TipAdded(
            id=f"{event.id}-tip", source=event.source, specversion="1.0", time=moment, data=tip
        )
    refund = Refund(
        currency=data.currency,
        original=original,
        reason=random.choice((RefundReason.CANCELLED, RefundReason.NOT_SUPPLIED)),
        refunded_at=moment,
        total_minor=data.total_minor,
    )
    return ChargeRefunded(
        id=f"{event.id}-refund", source=event.source, specversion="1.0", time=moment, data=refund
    )
