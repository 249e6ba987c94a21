"""Proof that stored documents are what the law and the event made of them.

Each document is computed again from its input record, with the pack and the
legal entities kept under the digests that the record names, and compared byte
for byte; then its digest and its link in the chain are checked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.countries.loader import unfreeze_pack
from receipts.domain.errors import ReceiptError
from receipts.domain.events import EventKey
from receipts.domain.input_records import InputRecord
from receipts.domain.numbering import NumberBlock, first_link, next_link
from receipts.engine.draft import draft
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.engine.rules import Rules
from receipts.infrastructure.legal_entities import unfreeze_legal_entities
from receipts.pipeline.intake import event_decoder
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.domain.documents import Document
    from receipts.engine.facts import LegalEntities
    from receipts.infrastructure.store import Store, StoredDocument

_records = msgspec.json.Decoder(InputRecord)


class Finding(Struct, frozen=True):
    """Something that is not as it must be."""

    subject: str
    """A document id, a series or an event."""
    problem: str


class Verifier:
    """Verifies documents of one shard; keeps compiled packs between documents."""

    def __init__(self, store: Store, lines: Sequence[BusinessLine]) -> None:
        """Verify against the frozen inputs of that shard."""
        self._store = store
        self._lines = {line.event_type: line for line in lines}
        self._decoder = event_decoder(lines)
        self._rules: dict[str, Rules] = {}
        self._legal_entities: dict[str, LegalEntities] = {}

    def verify_all(self) -> Iterator[tuple[StoredDocument, list[Finding]]]:
        """Every document of the shard with what is wrong with it, in series order."""
        series, previous = "", b""
        for row in self._store.in_series_order():
            if row.series != series:
                series, previous = row.series, first_link(row.series)
            yield row, [*self._content(row), *_link(row, previous)]
            previous = row.chain

    def verify(self, row: StoredDocument) -> list[Finding]:
        """What is wrong with one document; empty when it is genuine."""
        previous = (
            first_link(row.series)
            if row.sequence == 1
            else self._store.chain_before(row.series, row.sequence)
        )
        if previous is None:
            return [Finding(row.document_id, "the document before it in its series is missing")]
        return [*self._content(row), *_link(row, previous)]

    def _content(self, row: StoredDocument) -> Iterator[Finding]:
        if sha256(row.body).digest() != row.sha256:
            yield Finding(row.document_id, "its bytes do not have the digest it was stored with")
        try:
            stored = read_document(row.body)
            computed = self._compute(row, stored)
        except (ReceiptError, msgspec.MsgspecError) as error:
            yield Finding(row.document_id, f"it cannot be computed again: {error}")
            return
        if computed is None:
            yield Finding(row.document_id, "its event's input record does not name it")
        elif canonical_json(computed) != row.body:
            fields = ", ".join(_differences(computed, stored)) or "encoding"
            yield Finding(row.document_id, f"computed again it differs in: {fields}")

    def _compute(self, row: StoredDocument, stored: Document) -> Document | None:
        key = EventKey(stored.event.source, stored.event.id)
        event_row = self._store.event(key)
        if event_row is None:
            raise ReceiptError(f"no input record is stored for event {key.id!r} of {key.source!r}")
        record = _records.decode(event_row.record)
        event = self._decoder.decode(bytes(record.event))
        facts = Facts(
            record.issued_at,
            self._entities(record.legal_entities_sha256),
            record.shards,
        )
        drafts = draft(event, self._lines[type(event)], facts, self._pack(record.pack_sha256))
        for item, allocated in zip(drafts, record.numbers, strict=True):
            if item.document.document_id == row.document_id:
                block = NumberBlock(allocated.sequence, b"")
                return number([item], {item.document.series: block})[0]
        return None

    def _pack(self, digest: str) -> Rules:
        if digest not in self._rules:
            loaded = unfreeze_pack(self._frozen(digest))
            self._rules[digest] = Rules(loaded, tuple(self._lines.values()))
        return self._rules[digest]

    def _entities(self, digest: str) -> LegalEntities:
        if digest not in self._legal_entities:
            self._legal_entities[digest] = unfreeze_legal_entities(self._frozen(digest))
        return self._legal_entities[digest]

    def _frozen(self, digest: str) -> bytes:
        content = self._store.frozen(digest)
        if content is None:
            raise ReceiptError(f"the frozen input {digest[:12]}… is missing")
        if sha256(content).hexdigest() != digest:
            raise ReceiptError(f"the frozen input {digest[:12]}… was changed")
        return content


def _link(row: StoredDocument, previous: bytes) -> Iterator[Finding]:
    if next_link(previous, row.sha256) != row.chain:
        yield Finding(row.document_id, "its chain value does not follow from the one before")


def _differences(computed: Document, stored: Document) -> list[str]:
    return [
        name
        for name in computed.__struct_fields__
        if getattr(computed, name) != getattr(stored, name)
    ]
