"""``POST /events`` and ``POST /receipts/{id}/corrections``: what comes in over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Raw, Struct
from starlette.responses import Response

from receipts.api.bodies import read_body
from receipts.api.issuing import AcceptedEvent, DuplicateEvent, EventOutcome
from receipts.api.problems import Problem
from receipts.domain.parties import Identifier
from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES, RawEvent
from receipts.infrastructure.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import Request

    from receipts.api.access import Access
    from receipts.api.bodies import BodyLimits
    from receipts.api.issuing import Issuing
    from receipts.api.reading import Reading

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"

CORRECTION_SOURCE = "/receipts/corrections"
"""Source of the events that corrections over HTTP make."""


class EventsAnswer(Struct, frozen=True):
    """What became of the events of a request, in their order."""

    accepted: int
    duplicates: int
    rejected: int
    events: tuple[EventOutcome, ...]


class CorrectionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A correction of the event behind a receipt.

    ``data`` is that of the event type without ``original``, which the receipt says.
    """

    type: Literal["charge.refunded.v1", "document.requested.v1", "tip.added.v1"]
    data: dict[str, Any]
    id: Identifier | None = None
    """Makes it unique: sent twice, it corrects once. ``Idempotency-Key`` may say it instead."""


class EventHandlers:
    """Handlers that issue."""

    def __init__(
        self, issuing: Issuing, reading: Reading, access: Access, limits: BodyLimits
    ) -> None:
        """Issue by that writer; read originals by that reader."""
        self._issuing = issuing
        self._reading = reading
        self._access = access
        self._limits = limits

    async def events(self, request: Request) -> Response:
        """Issue the events of a request; the answer says what became of each."""
        self._access.require(request, Scope.EVENTS_WRITE)
        contents = _reader_of(request)
        body = await read_body(request, self._limits)
        batch = [_raw(content, at) for at, content in enumerate(contents(body))]
        if len(batch) > self._limits.most_events:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_many_events",
                detail=f"The request holds {len(batch)} events.",
                remedy=f"Send at most {self._limits.most_events} at a time.",
            )
        return _answer(_summed(await self._issuing.issue(batch)))

    async def correct(self, request: Request) -> Response:
        """Make the event of a correction and issue it."""
        self._access.require(request, Scope.EVENTS_WRITE)
        body = await read_body(request, self._limits)
        wanted = _decoded(body, CorrectionRequest)
        name = request.path_params["name"]
        row = await self._reading.read(lambda stores: stores.document(name))
        if row is None:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "no_such_receipt",
                detail="There is no such receipt.",
                remedy="Name it by its id or its number.",
            )
        event = msgspec.json.decode(row.body, type=_OfEvent).event
        key = wanted.id or request.headers.get("idempotency-key")
        if not key:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "no_correction_id",
                detail="The correction has no id, so a repeat could not be told from a second one.",
                remedy="State `id`, or send an Idempotency-Key; the same one again for a repeat.",
            )
        made = {
            "specversion": "1.0",
            "type": wanted.type,
            "source": CORRECTION_SOURCE,
            "id": key,
            "data": {**wanted.data, "original": {"id": event.id, "source": event.source}},
        }
        raw = RawEvent(msgspec.json.encode(made), "http:1")
        return _answer(_summed(await self._issuing.issue([raw])))


class _EventKey(Struct):
    id: str
    source: str


class _OfEvent(Struct):
    event: _EventKey


def _reader_of(request: Request) -> Any:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    readers = {ONE: _one, BATCH: _batch, LINES: _lines}
    if media_type not in readers:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unknown_media_type",
            detail=f"Events do not come as {media_type or 'a body without content type'!r}.",
            remedy=f"Send Content-Type {ONE} for one event, {BATCH} for a list, or {LINES} for "
            "one on each line.",
        )
    return readers[media_type]


def _one(body: bytes) -> list[bytes]:
    return [body]


def _batch(body: bytes) -> list[bytes]:
    return [bytes(each) for each in _decoded(body, list[Raw])]


def _lines(body: bytes) -> list[bytes]:
    return [line for line in map(bytes.strip, body.split(b"\n")) if line]


def _decoded(body: bytes, shape: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        said, _, path = str(error).partition(" - at `")
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "malformed_body",
            detail=f"The body cannot be read: {said} (at {path.rstrip('`') or '$'}).",
            remedy="Correct it; nothing of it was issued.",
        ) from error


def _raw(content: bytes, at: int) -> RawEvent:
    origin = f"http:{at + 1}"
    if len(content) > LARGEST_EVENT_BYTES:
        return RawEvent(content[: LARGEST_EVENT_BYTES + 1], origin, cut=True)
    return RawEvent(content, origin)


def _summed(outcomes: Sequence[EventOutcome]) -> EventsAnswer:
    accepted = _count(outcomes, AcceptedEvent)
    duplicates = _count(outcomes, DuplicateEvent)
    rejected = len(outcomes) - accepted - duplicates
    return EventsAnswer(accepted, duplicates, rejected, tuple(outcomes))


def _count(outcomes: Iterable[EventOutcome], sort: type[EventOutcome]) -> int:
    return sum(isinstance(each, sort) for each in outcomes)


def _answer(answer: EventsAnswer) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
