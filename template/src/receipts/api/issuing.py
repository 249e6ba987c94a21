"""Issues what requests bring, one batch after the other, in a thread of its own.

A batch is committed before its request is answered. Readers use other connections, so a
transaction is never theirs.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.api.one_thread import OneThread
from receipts.pipeline.repeats import documents_of, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.domain.documents import Document
    from receipts.infrastructure.ndjson import RawEvent
    from receipts.infrastructure.store import DeadLetterRow, StoredDocument
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.pipeline import Pipeline
    from receipts.telemetry.metrics import Metrics

MOST_WAITING = 64
"""Requests that may wait for their turn; more would only wait longer, and take memory."""


class IssuedDocument(Struct, frozen=True):
    """A document of an event."""

    document_id: str
    kind: str
    number: str


class AcceptedEvent(Struct, frozen=True, tag="accepted", tag_field="outcome"):
    """An event that was issued now."""

    id: str
    source: str
    documents: tuple[IssuedDocument, ...]


class DuplicateEvent(Struct, frozen=True, tag="duplicate", tag_field="outcome"):
    """An event that was issued before, with the same content."""

    id: str
    source: str
    documents: tuple[IssuedDocument, ...]
    """Those that were issued then."""


class RejectedEvent(Struct, frozen=True, tag="rejected", tag_field="outcome"):
    """An event that is kept as a dead letter."""

    code: str
    """Stable name of the reason."""
    path: str
    """Where in the event, as a JSON path."""
    reason: str
    """What is wrong and what to do."""
    id: str | None = None
    """None where the event could not be read so far."""
    source: str | None = None


EventOutcome = AcceptedEvent | DuplicateEvent | RejectedEvent


class Issuing:
    """The one writer of this process."""

    def __init__(self, pipeline: Pipeline, stores: Stores, metrics: Metrics) -> None:
        """Issue through a pipeline, whose stores nobody else in this process uses; count it."""
        self.metrics = metrics
        self._pipeline = pipeline
        self._stores = stores
        self._thread = OneThread("issuing", MOST_WAITING)

    async def issue(self, batch: Sequence[RawEvent]) -> list[EventOutcome]:
        """Issue a batch; what became of each event, in their order.

        Raises:
            Problem: 503, too many requests are waiting.
            StoreUnavailable: Nothing of the batch was half done.
        """
        return await self._thread.do(partial(self._issue, batch))

    def close(self) -> None:
        """Finish what was begun."""
        self._thread.close()

    def _issue(self, batch: Sequence[RawEvent]) -> list[EventOutcome]:
        began = time.perf_counter()
        issued = self._pipeline.take(batch)
        codes = [letter.code for letter in issued.dead_letters]
        self.metrics.batch(len(batch), issued.duplicates, codes, time.perf_counter() - began)
        self.metrics.documents(issued.documents)
        letters = {letter.origin: letter for letter in issued.dead_letters}
        documents: dict[tuple[str, str], list[Document]] = {}
        for document in issued.documents:
            event = document.event
            documents.setdefault((event.source, event.id), []).append(document)
        return [self._outcome(raw, letters.get(raw.origin), documents) for raw in batch]

    def _outcome(
        self,
        raw: RawEvent,
        letter: DeadLetterRow | None,
        documents: dict[tuple[str, str], list[Document]],
    ) -> EventOutcome:
        if letter is not None:
            return _rejected(raw, letter)
        key = key_of(raw.content)
        # A repeat in the same batch finds that the first one has taken them.
        ours = documents.pop((key.source, key.id), None)
        if ours is not None:
            return AcceptedEvent(key.id, key.source, tuple(map(_issued, ours)))
        before = documents_of(self._stores, key.digest)
        return DuplicateEvent(key.id, key.source, tuple(map(_stored, before)))


def _rejected(raw: RawEvent, letter: DeadLetterRow) -> RejectedEvent:
    try:
        key = key_of(raw.content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return RejectedEvent(letter.code, letter.path, letter.reason)
    return RejectedEvent(letter.code, letter.path, letter.reason, key.id, key.source)


def _issued(document: Document) -> IssuedDocument:
    return IssuedDocument(document.document_id, document.kind.value, document.number)


def _stored(row: StoredDocument) -> IssuedDocument:
    document_id = msgspec.json.decode(row.body, type=_DocumentId).document_id
    return IssuedDocument(document_id, row.kind, row.number)


class _DocumentId(Struct):
    document_id: str
