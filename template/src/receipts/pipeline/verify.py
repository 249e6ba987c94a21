"""Proof that stored documents are what the law and the event made of them.

Each document is computed again from its input record, with the pack and the
legal entities kept under the digests that the record names, and compared byte
for byte; then its digest and its link in the chain are checked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

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
from receipts.infrastructure.store import StoreUnavailable, stored_documents
from receipts.pipeline.intake import event_decoder
from receipts.pipeline.originals import Originals
from receipts.pipeline.walk import Finding, Walk
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
        self.verified = 0
        """Documents that `verify_all` has read."""

    def verify_all(self) -> Iterator[list[Finding]]:
        """What is wrong, a list a document in the order of commits, and one for the end.

        What cannot be read is named, and everything behind it proven.
        """
        walk = Walk()
        for row in stored_documents(self._store, walk.damaged):
            self.verified += 1
            step = walk.step(row)
            chain = None
            if step.previous is not None:
                chain = next_link(step.previous, sha256(row.body).digest())
            # What was recorded goes on, so one changed document accuses no other.
            walk.reach(row, recorded_chain(row) or chain)
            found = [*walk.findings, *filter(None, [step.lost])]
            walk.findings.clear()
            yield found + self._verify(row, chain)
        yield [*walk.findings, *self._at_the_end(walk)]

    def _at_the_end(self, walk: Walk) -> Iterator[Finding]:
        if walk.damages:
            try:
                ends = map(walk.lost_at_the_end, self._store.all_series().values())
                yield from filter(None, ends)
            except StoreUnavailable as damage:
                yield Finding("store", f"{damage} The ends of its series are not known.")

    def verify(self, row: StoredDocument) -> list[Finding]:
        """What is wrong with one document; empty when it is genuine."""
        previous = first_link(row.series)
        if row.sequence > 1:
            before = self._store.document_in_series(row.series, row.sequence - 1)
            if before is None:
                return [Finding(row.number, "the document before it in its series is missing")]
            previous = recorded_chain(before) or first_link(row.series)
        return self._verify(row, next_link(previous, sha256(row.body).digest()))

    def _verify(self, row: StoredDocument, chain: bytes | None) -> list[Finding]:
        try:
            return list(self._findings(row, chain))
        except UNREADABLE as error:
            return [Finding(row.number, f"it cannot be computed again: {error}")]

    def _findings(self, row: StoredDocument, chain: bytes | None) -> Iterator[Finding]:
        if chain is not None and recorded_chain(row) != chain:
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
