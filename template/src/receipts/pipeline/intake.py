"""First stage: raw bytes in; valid events out, in order, and dead letters.

Bad input is data, not an exception, so one event cannot stop a batch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Union

import msgspec
from msgspec import Struct

from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.errors import MalformedEvent, Rejected
from receipts.domain.events import Event
from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES, RawEvent
from receipts.infrastructure.store import DeadLetterRow
from receipts.pipeline.moments import check_moments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from receipts.business_lines.business_line import BusinessLine


DEEPEST_NESTING = 100
"""An order has some ten levels. How deep a decoder can go depends on who calls it, so what is
let in at the interpreter's limit could not be verified later."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')


class ReceivedEvent(Struct, frozen=True, gc=False):
    """A valid event with the bytes it came from."""

    event: Event
    line: Any
    """Its `BusinessLine`; None for a correction, which finds it by its original."""
    raw: RawEvent


class Intake:
    """Decodes events of every business line of this service."""

    def __init__(self, lines: Sequence[BusinessLine]) -> None:
        """Build one decoder for all event types."""
        self._lines = {line.event_type: line for line in lines}
        self._decoder = event_decoder(lines)

    def run(
        self, batch: Sequence[RawEvent], now: datetime
    ) -> tuple[list[ReceivedEvent], list[DeadLetterRow]]:
        """Every input leaves as a received event or a dead letter; no time in it is to come."""
        received: list[ReceivedEvent] = []
        dead_letters: list[DeadLetterRow] = []
        lines, parse = self._lines, self.parse
        for raw in batch:
            try:
                event = parse(raw)
                check_moments(event, now)
            except Rejected as rejection:
                dead_letters.append(dead_letter(raw, rejection))
            else:
                received.append(ReceivedEvent(event, lines.get(type(event)), raw))
        return received, dead_letters

    def parse(self, raw: RawEvent) -> Event:
        """The event in raw bytes.

        Raises:
            MalformedEvent: The bytes are not an event; the reason names the path.
        """
        if raw.cut:
            raise MalformedEvent(f"The event is larger than {LARGEST_EVENT_BYTES} bytes.")
        if _is_deeper_than(DEEPEST_NESTING, raw.content):
            raise MalformedEvent(f"The event is nested deeper than {DEEPEST_NESTING} levels.")
        try:
            return self._decoder.decode(raw.content)
        except msgspec.ValidationError as error:
            reason, _, path = str(error).partition(" - at `")
            raise MalformedEvent(f"{reason}.", path.rstrip("`") or "$") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedEvent(f"The line is not JSON: {error}.") from error


def event_decoder(lines: Sequence[BusinessLine]) -> msgspec.json.Decoder[Event]:
    """Decoder of every event type, told apart by ``type``."""
    types = (*[line.event_type for line in lines], *CORRECTION_EVENTS)
    return msgspec.json.Decoder(Union[types])  # noqa: UP007  built from a list


def _is_deeper_than(limit: int, content: bytes) -> bool:
    # Few openings cannot nest deeply, and counting them is quick.
    if content.count(b"{") + content.count(b"[") <= limit:
        return False
    depth = deepest = 0
    for byte in _STRINGS.sub(b"", content):
        depth += (byte in b"{[") - (byte in b"}]")
        deepest = max(deepest, depth)
    return deepest > limit


def dead_letter(raw: RawEvent, rejection: Rejected) -> DeadLetterRow:
    """A dead letter that keeps the input and the reason."""
    return DeadLetterRow(
        origin=raw.origin,
        code=rejection.code,
        path=rejection.path,
        reason=rejection.reason,
        content=raw.content,
    )
