"""Whether the books are whole: numbers dense, chain unbroken, every event accounted for."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.domain.input_records import InputRecord
from receipts.domain.numbering import next_link
from receipts.infrastructure.store import DamagedStore
from receipts.pipeline.verify import UNREADABLE, recorded_chain
from receipts.pipeline.walk import Finding, Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from receipts.infrastructure.store import Store, StoredDocument, StoredEvent
    from receipts.infrastructure.stores import Stores

    Progress = Callable[[int], None]


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


def audit(stores: Stores, progress: Progress | None = None) -> Audit:
    """Audit every shard; what cannot be read is named, and everything behind it audited.

    Args:
        stores: Opened shards.
        progress: Told after each event how many documents were audited so far.
    """
    result = Audit()
    for store in stores.shards:
        _ShardAudit(store, result).run(progress)
    return result


class _ShardAudit:
    def __init__(self, store: Store, result: Audit) -> None:
        self._store = store
        self._result = result
        self._walk = Walk()
        self._held = self._corrections = 0

    def run(self, progress: Progress | None) -> None:
        """One pass over the events, then what only their sum can show."""
        for event in self._store.events(self._walk.damaged):
            self._held += 1
            self._corrections += _is_correction(event)
            self._audit_event(event)
            for document in event.documents:
                self._audit_document(document)
            if progress is not None:
                progress(self._result.documents)
        self._result.findings += self._walk.findings
        for part in (self._audit_series, self._audit_index, self._count_dead_letters):
            try:
                part()
            except DamagedStore as damage:
                self._find("store", f"{damage} What else is kept there was audited.")

    def _audit_index(self) -> None:
        walk = self._walk
        claimed, held = self._store.claims(), self._held + walk.lost_events
        if claimed != held:
            beside = f", {walk.lost_events} of them damaged" if walk.lost_events else ""
            self._find("index", f"the blocks hold {held} events{beside}, the index names {claimed}")
        indexed = self._store.corrections()
        # Whether an event was a correction, a damaged block does not say.
        if not self._corrections <= indexed <= self._corrections + walk.lost_events:
            problem = f"the blocks hold {self._corrections} corrections, the index names {indexed}"
            self._find("index", problem)

    def _count_dead_letters(self) -> None:
        self._result.dead_letters.update(
            letter.code for letter in self._store.dead_letters() if letter.resolved_at is None
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
        step = self._walk.step(document)
        if step.lost is not None:
            self._result.findings.append(step.lost)
        elif sequence != step.expected:
            self._find(series, f"number {step.expected} is missing before {sequence}")
        recorded, chain = recorded_chain(document), None
        if step.previous is not None:
            chain = next_link(step.previous, sha256(document.body).digest())
            if recorded != chain:
                self._find(series, f"the chain breaks at number {sequence}")
        self._walk.reach(document, recorded or chain)

    def _audit_series(self) -> None:
        for name, series in self._store.all_series().items():
            self._result.series += 1
            reached, chain = self._walk.reached(series)
            if (lost := self._walk.lost_at_the_end(series)) is not None:
                self._result.findings.append(lost)
            elif reached != series.last_sequence:
                problem = f"it stands at {series.last_sequence}, its last document is {reached}"
                self._find(name, problem)
            elif reached and chain is not None and chain != series.last_chain:
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
