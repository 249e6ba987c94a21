"""Second stage: events become numbered documents, all or none of a batch and shard.

Drafting happens outside the transaction, because it may fail and takes time.
Inside: claim the event keys, read where each series stands, number, hash, chain,
insert, advance, commit. A kill at any instant leaves either nothing or all.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Raw, Struct

from receipts.domain.documents import Draft
from receipts.domain.errors import Rejected, UnknownCountry
from receipts.domain.events import EventKey
from receipts.domain.input_records import AllocatedNumber, InputRecord
from receipts.domain.numbering import NumberBlock, first_link, next_link
from receipts.engine.draft import draft
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.infrastructure.store import (
    Counter,
    DeadLetterRow,
    StoredDocument,
    StoredEvent,
)
from receipts.pipeline.intake import dead_letter
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from receipts.domain.documents import Document
    from receipts.engine.facts import LegalEntities
    from receipts.engine.rules import Rules
    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.store import Store, Transaction
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.intake import ReceivedEvent


class DraftedEvent(Struct, frozen=True, gc=False):
    """An event and the drafts of its documents."""

    drafts: tuple[Draft, ...]
    key: EventKey
    raw: bytes
    rules_sha256: str


class Issued(Struct):
    """What a batch led to."""

    dead_letters: list[DeadLetterRow]
    documents: list[StoredDocument]
    duplicates: int


class IssueStage:
    """Issues documents into the shards of a store."""

    def __init__(
        self,
        stores: Stores,
        rules: Mapping[str, Rules],
        legal_entities: LegalEntities,
        clock: Clock,
    ) -> None:
        """Hold the ports and the rules by country code; frozen inputs are kept by then."""
        self._stores = stores
        self._rules = rules
        self._legal_entities = legal_entities
        self._clock = clock
        self._shards = len(stores.shards)

    def run(self, batch: Sequence[ReceivedEvent]) -> Issued:
        """Issue what is new; a rejected event leaves as a dead letter, a known one is counted."""
        facts = Facts(self._clock(), self._legal_entities, self._shards)
        outcome = Issued([], [], 0)
        by_shard: dict[int, list[DraftedEvent]] = {}
        for received in batch:
            try:
                drafted = self._draft(received, facts)
            except Rejected as rejection:
                # It may have been issued under rules that have changed since: then it is known.
                if self._stores.event(received.event.key) is None:
                    outcome.dead_letters.append(dead_letter(received.raw, rejection))
                else:
                    outcome.duplicates += 1
            else:
                by_shard.setdefault(drafted.drafts[0].document.shard, []).append(drafted)
        for shard, events in sorted(by_shard.items()):
            documents, duplicates = self._issue(self._stores.shards[shard], events, facts)
            outcome.documents.extend(documents)
            outcome.duplicates += duplicates
        return outcome

    def _draft(self, received: ReceivedEvent, facts: Facts) -> DraftedEvent:
        event, line = received.event, received.line
        country = line.country_of(event)
        rules = self._rules.get(country)
        if rules is None:
            raise UnknownCountry(country, sorted(self._rules))
        drafts = draft(event, line, facts, rules)
        return DraftedEvent(drafts, event.key, received.raw.content, rules.sha256)

    def _issue(
        self, store: Store, events: Sequence[DraftedEvent], facts: Facts
    ) -> tuple[list[StoredDocument], int]:
        with store.transaction() as transaction:
            fresh = _unknown(events, transaction)
            if not fresh:
                return [], len(events)
            drafts = [item for event in fresh for item in event.drafts]
            counters = _counters(transaction, drafts)
            blocks = {
                series: NumberBlock(counter.last_sequence + 1, counter.last_chain)
                for series, counter in counters.items()
            }
            rows = _chained(number(drafts, blocks), counters)
            transaction.add(_event_rows(fresh, rows, facts), rows)
            transaction.advance(counters)
        return rows, len(events) - len(fresh)


def _unknown(events: Sequence[DraftedEvent], transaction: Transaction) -> list[DraftedEvent]:
    seen = transaction.known([event.key for event in events])
    fresh: list[DraftedEvent] = []
    for event in events:
        if event.key not in seen:
            seen.add(event.key)
            fresh.append(event)
    return fresh


def _counters(transaction: Transaction, drafts: Iterable[Draft]) -> dict[str, Counter]:
    names = dict.fromkeys(item.document.series for item in drafts)
    found = transaction.counters(names)
    return {name: found.get(name) or Counter(0, first_link(name)) for name in names}


def _chained(documents: Sequence[Document], counters: dict[str, Counter]) -> list[StoredDocument]:
    """Rows of the documents; each counter is moved to the last of its series."""
    chains = {series: counter.last_chain for series, counter in counters.items()}
    rows: list[StoredDocument] = []
    for document in documents:
        body = canonical_json(document)
        digest = sha256(body).digest()
        chain = next_link(chains[document.series], digest)
        chains[document.series] = chain
        rows.append(
            StoredDocument(
                document.document_id,
                document.series,
                document.sequence,
                document.number,
                document.country,
                document.business_line,
                document.kind.value,
                str(document.supply.date),
                digest,
                chain,
                body,
            )
        )
    for row in rows:
        counters[row.series] = Counter(row.sequence, row.chain)
    return rows


def _event_rows(
    events: Sequence[DraftedEvent], rows: Sequence[StoredDocument], facts: Facts
) -> list[StoredEvent]:
    numbered = iter(rows)
    event_rows: list[StoredEvent] = []
    for event in events:
        numbers = tuple(
            [
                AllocatedNumber(row.chain.hex(), row.document_id, row.sequence, row.series)
                for row in (next(numbered) for _ in event.drafts)
            ]
        )
        record = InputRecord(
            event=Raw(event.raw),
            issued_at=facts.issued_at,
            legal_entities_sha256=facts.legal_entities.sha256,
            numbers=numbers,
            pack_sha256=event.rules_sha256,
            shards=facts.shards,
        )
        source, event_id = event.key
        event_rows.append(StoredEvent(source, event_id, len(numbers), canonical_json(record)))
    return event_rows
