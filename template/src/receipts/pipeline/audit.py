"""Whether the books are whole: numbers dense, chain unbroken, every event accounted for."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.domain.input_records import InputRecord
from receipts.domain.numbering import first_link, next_link
from receipts.infrastructure.store import DamagedStore
from receipts.pipeline.verify import UNREADABLE, Finding, recorded_chain

if TYPE_CHECKING:
    from receipts.infrastructure.store import Store, StoredDocument, StoredEvent
    from receipts.infrastructure.stores import Stores


class Envelope(Struct, frozen=True):
    """What names an event."""

    id: str
    source: str


class Told(Struct, frozen=True):
    """What a document says about others."""

    correction: dict[str, object] | None = None


_told = msgspec.json.Decoder(Told)
_records = msgspec.json.Decoder(InputRecord)


class Audit(Struct):
    """What an audit counted and found."""

    series: int = 0
    documents: int = 0
    events: int = 0
    dead_letters: Counter[str] = msgspec.field(default_factory=Counter)
    """Open ones, by code."""
    findings: list[Finding] = msgspec.field(default_factory=list)


def audit(stores: Stores) -> Audit:
    """Audit every shard."""
    result = Audit()
    for store in stores.shards:
        try:
            _ShardAudit(store, result).run()
        except DamagedStore as damage:
            problem = f"{damage} What comes after it was not audited."
            result.findings.append(Finding("store", problem))
        result.dead_letters.update(
            letter.code for letter in store.dead_letters() if letter.resolved_at is None
        )
    return result


class _ShardAudit:
    def __init__(self, store: Store, result: Audit) -> None:
        self._store = store
        self._result = result
        self._last: dict[str, int] = {}
        self._chains: dict[str, bytes] = {}

    def run(self) -> None:
        """One pass over the events, then what only their sum can show."""
        held = corrections = 0
        for event in self._store.events():
            held += 1
            corrections += _is_correction(event)
            self._audit_event(event)
            for document in event.documents:
                self._audit_document(document)
        self._audit_series()
        claimed = self._store.claims()
        if claimed != held:
            self._find("index", f"the blocks hold {held} events, the index names {claimed}")
        indexed = self._store.corrections()
        if indexed != corrections:
            self._find(
                "index", f"the blocks hold {corrections} corrections, the index names {indexed}"
            )

    def _audit_event(self, event: StoredEvent) -> None:
        result = self._result
        result.events += 1
        if not event.is_claimed:
            subject = f"event {_key(event) or result.events}"
            self._find(subject, "the index does not find it, so it could be issued again")
        try:
            named = len(_records.decode(event.record).numbers)
        except UNREADABLE as error:
            self._find(f"event {result.events}", f"its record: {error}")
            return
        if named != len(event.documents):
            problem = f"its record names {named} documents, {len(event.documents)} are there"
            self._find(f"event {_key(event)}", problem)

    def _audit_document(self, document: StoredDocument) -> None:
        self._result.documents += 1
        series, sequence = document.series, document.sequence
        expected = self._last.get(series, 0) + 1
        if sequence != expected:
            self._find(series, f"number {expected} is missing before {sequence}")
        self._last[series] = sequence
        previous = self._chains.get(series) or first_link(series)
        chain = next_link(previous, sha256(document.body).digest())
        recorded = recorded_chain(document)
        self._chains[series] = recorded or chain
        if recorded != chain:
            self._find(series, f"the chain breaks at number {sequence}")

    def _audit_series(self) -> None:
        for name, series in self._store.all_series().items():
            self._result.series += 1
            reached = self._last.get(name, 0)
            if reached != series.last_sequence:
                problem = f"it stands at {series.last_sequence}, its last document is {reached}"
                self._find(name, problem)
            elif reached and self._chains[name] != series.last_chain:
                self._find(name, "its last chain value is not the one of its last document")

    def _find(self, subject: str, problem: str) -> None:
        self._result.findings.append(Finding(subject, problem))


def _is_correction(event: StoredEvent) -> bool:
    """Whether its documents say that they correct others."""
    try:
        return _told.decode(event.documents[0].body).correction is not None
    except UNREADABLE:
        return False


def _key(event: StoredEvent) -> str:
    """What names an event; empty where its record cannot be read."""
    try:
        envelope = msgspec.json.decode(_records.decode(event.record).event, type=Envelope)
    except UNREADABLE:
        return ""
    return f"{envelope.id} of {envelope.source}"
