"""Whether the books are whole: numbers dense, chain unbroken, every event accounted for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.domain.input_records import InputRecord
from receipts.domain.numbering import first_link, next_link
from receipts.pipeline.verify import Finding

if TYPE_CHECKING:
    from receipts.infrastructure.store import Store, StoredDocument
    from receipts.infrastructure.stores import Stores

_records = msgspec.json.Decoder(InputRecord)


class Audit(Struct):
    """What an audit counted and found."""

    series: int = 0
    documents: int = 0
    events: int = 0
    dead_letters: Counter[str] = msgspec.field(default_factory=Counter)
    """By code."""
    findings: list[Finding] = msgspec.field(default_factory=list)


def audit(stores: Stores) -> Audit:
    """Audit every shard."""
    result = Audit()
    for store in stores.shards:
        _audit_series(store, result)
        _audit_events(store, result)
        result.dead_letters.update(letter.code for letter in store.dead_letters())
    return result


def _audit_series(store: Store, result: Audit) -> None:
    counters = store.all_counters()
    last: dict[str, StoredDocument] = {}
    for row in store.in_series_order():
        before = last.get(row.series)
        expected = before.sequence + 1 if before else 1
        if row.sequence != expected:
            problem = f"number {expected} is missing before {row.sequence}"
            result.findings.append(Finding(row.series, problem))
        elif next_link(before.chain if before else first_link(row.series), row.sha256) != row.chain:
            problem = f"the chain breaks at number {row.sequence}"
            result.findings.append(Finding(row.series, problem))
        last[row.series] = row
        result.documents += 1
    result.series += len(last)
    for series, counter in counters.items():
        row_or_none = last.get(series)
        reached = row_or_none.sequence if row_or_none else 0
        if reached != counter.last_sequence:
            problem = f"its counter is at {counter.last_sequence}, its last document is {reached}"
            result.findings.append(Finding(series, problem))
    for series in sorted(set(last) - set(counters)):
        result.findings.append(Finding(series, "it has documents but no counter"))


def _audit_events(store: Store, result: Audit) -> None:
    unclaimed = set(store.document_ids())
    for event in store.events():
        result.events += 1
        subject = f"event {event.event_id} of {event.source}"
        numbers = _records.decode(event.record).numbers
        if len(numbers) != event.document_count:
            result.findings.append(Finding(subject, "its record names another count of documents"))
        for allocated in numbers:
            if allocated.document_id not in unclaimed:
                problem = f"its document {allocated.document_id} is missing"
                result.findings.append(Finding(subject, problem))
            unclaimed.discard(allocated.document_id)
    for document_id in sorted(unclaimed):
        result.findings.append(Finding(document_id, "no event accounts for it"))
