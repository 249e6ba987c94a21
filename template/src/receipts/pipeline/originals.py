"""What a correction corrects, read back from the store it was issued into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from receipts.domain.document_ids import event_digest
from receipts.domain.errors import NotCorrectable, UnknownOriginal
from receipts.domain.input_records import InputRecord
from receipts.engine.corrections import Original, billed_event
from receipts.pipeline.intake import event_decoder
from receipts.rendering.canonical import read_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.domain.corrections import CorrectionEvent, OriginalEvent
    from receipts.domain.documents import Document
    from receipts.domain.events import Event
    from receipts.infrastructure.store import Store, StoredEvent

_records = msgspec.json.Decoder(InputRecord)


class Originals:
    """Originals of one shard."""

    def __init__(self, store: Store, lines: Sequence[BusinessLine]) -> None:
        """Read from that shard."""
        self._store = store
        self._lines = {line.event_type: line for line in lines}
        self._decoder = event_decoder(lines)

    def before(self, event: CorrectionEvent, digest: bytes) -> Original:
        """What an event corrects, as it stood before that event.

        Args:
            event: The correction.
            digest: Its own; it and what came after it are left out.

        Raises:
            UnknownOriginal: Nothing was issued for the event that it names.
            NotCorrectable: That event is a correction itself, or of a dropped business line.
        """
        named = event.data.original
        billed = billed_event(named, lambda each: self._cause_of(self._event(each)))
        return Original(
            event=billed,
            line=self._lines[type(billed)],
            documents=_documents_of(self._event(named)),
            corrections=self._corrections_before(event_digest(named.source, named.id), digest),
        )

    def _cause_of(self, found: StoredEvent) -> Event:
        try:
            return self._decoder.decode(bytes(_records.decode(found.record).event))
        except msgspec.ValidationError as error:
            raise NotCorrectable(
                f"The original is an event that this service does not take any more: {error}. "
                "Bring its business line back, then issue this again.",
                "$.data.original",
            ) from error

    def _event(self, named: OriginalEvent) -> StoredEvent:
        found = self._store.event(event_digest(named.source, named.id))
        if found is None:
            raise UnknownOriginal(named.id, named.source)
        return found

    def _corrections_before(self, original: bytes, digest: bytes) -> tuple[Document, ...]:
        documents: list[Document] = []
        for each in self._store.corrections_of(original):
            if each.documents[0].digest == digest:
                break
            documents += _documents_of(each)
        return tuple(documents)


def _documents_of(event: StoredEvent) -> tuple[Document, ...]:
    return tuple([read_document(each.body) for each in event.documents])
