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
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.document_ids import event_digest
from receipts.domain.errors import ReceiptError
from receipts.domain.input_records import InputRecord
from receipts.domain.numbering import NumberBlock, first_link, next_link
from receipts.engine.corrections import draft_correction
from receipts.engine.draft import draft
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.engine.rules import Rules
from receipts.infrastructure.legal_entities import unfreeze_legal_entities
from receipts.infrastructure.store import DamagedStore, stored_documents
from receipts.pipeline.intake import event_decoder
from receipts.pipeline.originals import Originals
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.domain.documents import Document
    from receipts.engine.facts import LegalEntities
    from receipts.infrastructure.store import Store, StoredDocument

UNREADABLE = (ReceiptError, msgspec.MsgspecError, LookupError, ValueError, ArithmeticError)
"""What reading and computing raise when content was damaged or changed."""

_records = msgspec.json.Decoder(InputRecord)


class Finding(Struct, frozen=True):
    """Something that is not as it must be."""

    subject: str
    """A document number, a series or an event."""
    problem: str


class Verifier:
    """Verifies documents of one shard; keeps compiled packs between documents."""

    def __init__(self, store: Store, lines: Sequence[BusinessLine]) -> None:
        """Verify against the frozen inputs of that shard."""
        self._store = store
        self._lines = {line.event_type: line for line in lines}
        self._decoder = event_decoder(lines)
        self._originals = Originals(store, lines)
        self._rules: dict[str, Rules] = {}
        self._legal_entities: dict[str, LegalEntities] = {}

    def verify_all(self) -> Iterator[list[Finding]]:
        """For every document of the shard what is wrong with it, in the order of commits."""
        links: dict[str, bytes] = {}
        try:
            for row in stored_documents(self._store):
                previous = links.get(row.series) or first_link(row.series)
                chain = next_link(previous, sha256(row.body).digest())
                # What was recorded goes on, so one changed document accuses no other.
                links[row.series] = recorded_chain(row) or chain
                yield self._verify(row, chain)
        except DamagedStore as damage:
            yield [Finding("store", f"{damage} What comes after it was not verified.")]

    def verify(self, row: StoredDocument) -> list[Finding]:
        """What is wrong with one document; empty when it is genuine."""
        previous = first_link(row.series)
        if row.sequence > 1:
            before = self._store.document_in_series(row.series, row.sequence - 1)
            if before is None:
                return [Finding(row.number, "the document before it in its series is missing")]
            previous = recorded_chain(before) or first_link(row.series)
        return self._verify(row, next_link(previous, sha256(row.body).digest()))

    def _verify(self, row: StoredDocument, chain: bytes) -> list[Finding]:
        try:
            return list(self._findings(row, chain))
        except UNREADABLE as error:
            return [Finding(row.number, f"it cannot be computed again: {error}")]

    def _findings(self, row: StoredDocument, chain: bytes) -> Iterator[Finding]:
        if recorded_chain(row) != chain:
            yield Finding(row.number, "its bytes do not have the chain value they were issued with")
        stored = read_document(row.body)
        computed = self._compute(row)
        if canonical_json(computed) != row.body:
            fields = ", ".join(_differences(computed, stored)) or "encoding"
            yield Finding(row.number, f"computed again it differs in: {fields}")
        if (stored.series, stored.sequence, stored.number) != (
            row.series,
            row.sequence,
            row.number,
        ):
            yield Finding(row.number, f"it is kept as this number, but says {stored.number}")
        if event_digest(stored.event.source, stored.event.id) != row.digest:
            yield Finding(row.number, "it is kept with another event than the one it names")

    def _compute(self, row: StoredDocument) -> Document:
        record = _records.decode(row.record)
        event = self._decoder.decode(bytes(record.event))
        entities = self._entities(record.legal_entities_sha256)
        facts = Facts(record.issued_at, entities, record.shards)
        rules = self._pack(record.pack_sha256)
        if isinstance(event, CORRECTION_EVENTS):
            original = self._originals.before(event, row.digest)
            item = draft_correction(event, original, facts, rules)[row.position]
        else:
            item = draft(event, self._lines[type(event)], facts, rules)[row.position]
        allocated = record.numbers[row.position]
        block = NumberBlock(allocated.sequence, b"")
        return number([item], {item.document.series: block})[0]

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


def recorded_chain(row: StoredDocument) -> bytes | None:
    """The chain value a document was issued with; None where its record cannot be read."""
    try:
        return bytes.fromhex(_records.decode(row.record).numbers[row.position].chain)
    except UNREADABLE:
        return None


def _differences(computed: Document, stored: Document) -> list[str]:
    return [
        name
        for name in computed.__struct_fields__
        if getattr(computed, name) != getattr(stored, name)
    ]
