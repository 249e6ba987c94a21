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
    from receipts.infrastructure.store import Store, StoredEvent
    from receipts.infrastructure.stores import Stores


class Envelope(Struct, frozen=True):
    """What names an event."""

    id: str
    source: str


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
        try:
            named = _audit_index(store, result)
            _audit_blocks(store, named, result)
        except DamagedStore as damage:
            problem = f"{damage} What comes after it was not audited."
            result.findings.append(Finding("store", problem))
        result.dead_letters.update(letter.code for letter in store.dead_letters())
    return result


def _audit_index(store: Store, result: Audit) -> int:
    """Check numbers and chains of what the index names; answers with the count of documents."""
    last: dict[str, int] = {}
    chains: dict[str, bytes] = {}
    count = 0
    for row in store.in_commit_order():
        count += 1
        expected = last.get(row.series, 0) + 1
        if row.sequence != expected:
            problem = f"number {expected} is missing before {row.sequence}"
            result.findings.append(Finding(row.series, problem))
        last[row.series] = row.sequence
        previous = chains.get(row.series) or first_link(row.series)
        chain = next_link(previous, sha256(row.body).digest())
        recorded = recorded_chain(row)
        chains[row.series] = recorded or chain
        if recorded != chain:
            problem = f"the chain breaks at number {row.sequence}"
            result.findings.append(Finding(row.series, problem))
    _audit_series(store, last, chains, result)
    result.documents += count
    return count


def _audit_series(
    store: Store, last: dict[str, int], chains: dict[str, bytes], result: Audit
) -> None:
    for name, series in store.all_series().items():
        result.series += 1
        reached = last.get(name, 0)
        if reached != series.last_sequence:
            problem = f"it stands at {series.last_sequence}, its last document is {reached}"
            result.findings.append(Finding(name, problem))
        elif reached and chains[name] != series.last_chain:
            problem = "its last chain value is not the one of its last document"
            result.findings.append(Finding(name, problem))


def _audit_blocks(store: Store, named: int, result: Audit) -> None:
    """Check that every event's documents are all there, and that the index names them all."""
    held = 0
    for event in store.events():
        result.events += 1
        held += len(event.bodies)
        try:
            named_by_record = len(_records.decode(event.record).numbers)
        except UNREADABLE as error:
            result.findings.append(Finding(f"event {result.events}", f"its record: {error}"))
            continue
        if named_by_record != len(event.bodies):
            problem = f"its record names {named_by_record} documents, {len(event.bodies)} are there"
            result.findings.append(Finding(f"event {_key(event)}", problem))
    if held != named:
        problem = f"the blocks hold {held} documents, the index names {named}"
        result.findings.append(Finding("index", problem))


def _key(event: StoredEvent) -> str:
    envelope = msgspec.json.decode(_records.decode(event.record).event, type=Envelope)
    return f"{envelope.id} of {envelope.source}"
