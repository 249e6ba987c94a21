"""Second stage: events become numbered documents, all or none of a batch and shard.

Drafting happens outside the transaction, because it may fail and takes time.
Inside: claim the event keys, read where each series stands, number, hash, chain,
insert, advance, commit. A kill at any instant leaves either nothing or all.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Raw, Struct
from msgspec.structs import replace

from receipts.domain.document_ids import event_digest
from receipts.domain.documents import Document, Draft
from receipts.domain.errors import Rejected, UnknownCountry
from receipts.domain.input_records import AllocatedNumber, InputRecord
from receipts.domain.numbering import NumberBlock, first_link, next_link
from receipts.engine.draft import draft_all
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.infrastructure.ndjson import RawEvent
from receipts.infrastructure.store import (
    DeadLetterRow,
    NewDocument,
    NewEvent,
    Series,
    in_transaction,
)
from receipts.pipeline.intake import dead_letter
from receipts.pipeline.repeats import settle_repeats
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from receipts.engine.facts import LegalEntities
    from receipts.engine.rules import Rules
    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.store import Store, Transaction
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.intake import ReceivedEvent


class DraftedEvent(Struct, frozen=True, gc=False):
    """An event and the drafts of its documents."""

    drafts: tuple[Draft, ...]
    """At least one."""
    pack_sha256: str
    raw: RawEvent
    corrects: bytes | None = None
    """Digest of the event that it corrects."""

    @property
    def digest(self) -> bytes:
        """Claims the event in the store."""
        return self.drafts[0].event_digest


class Issued(Struct):
    """What a batch led to."""

    dead_letters: list[DeadLetterRow]
    documents: list[Document]
    duplicates: int

    def add(self, other: Issued) -> None:
        """Count what another stage did, too."""
        self.dead_letters += other.dead_letters
        self.documents += other.documents
        self.duplicates += other.duplicates

    def settle(self, stores: Stores, repeats: Sequence[RawEvent]) -> None:
        """Count events whose keys were issued before, by whether they say the same again."""
        if repeats:
            duplicates, conflicts = settle_repeats(stores, repeats)
            self.duplicates += duplicates
            self.dead_letters += conflicts


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
        repeats: list[RawEvent] = []
        for received, drafted in zip(batch, self._draft_all(batch, facts), strict=True):
            if isinstance(drafted, DraftedEvent):
                by_shard.setdefault(drafted.drafts[0].document.shard, []).append(drafted)
            # It may have been issued under rules that have changed since: then it is known.
            elif self._stores.is_known(digest_of(received)):
                repeats.append(received.raw)
            else:
                outcome.dead_letters.append(dead_letter(received.raw, drafted))
        for shard, events in sorted(by_shard.items()):
            fresh = self._unknown_elsewhere(shard, events, repeats)
            documents, repeated = self._issue(self._stores.shards[shard], fresh, facts)
            outcome.documents.extend(documents)
            repeats += repeated
        outcome.settle(self._stores, repeats)
        return outcome

    def _unknown_elsewhere(
        self, shard: int, events: list[DraftedEvent], repeats: list[RawEvent]
    ) -> list[DraftedEvent]:
        """Set aside events whose key another trip or order of another shard has."""
        others = [store for at, store in enumerate(self._stores.shards) if at != shard]
        known: set[bytes] = set()
        for store in others:
            known.update(store.records([event.digest for event in events]))
        if known:
            repeats += [event.raw for event in events if event.digest in known]
            events = [event for event in events if event.digest not in known]
        return events

    def _draft_all(
        self, batch: Sequence[ReceivedEvent], facts: Facts
    ) -> Iterable[DraftedEvent | Rejected]:
        """What became of each event, in the order of the batch."""
        places: dict[tuple[str, str], list[int]] = {}
        for place, received in enumerate(batch):
            line = received.line
            places.setdefault((line.name, line.country_of(received.event)), []).append(place)
        if len(places) == 1:
            ((_, country),) = places
            return self._draft_alike(batch, country, facts)
        drafted: dict[int, DraftedEvent | Rejected] = {}
        for (_, country), members in places.items():
            alike = [batch[place] for place in members]
            drafted.update(zip(members, self._draft_alike(alike, country, facts), strict=True))
        return [drafted[place] for place in range(len(batch))]

    def _draft_alike(
        self, alike: Sequence[ReceivedEvent], country: str, facts: Facts
    ) -> list[DraftedEvent | Rejected]:
        """Draft events of one line and country; halves find the ones that are refused."""
        try:
            rules = self._rules.get(country)
            if rules is None:
                raise UnknownCountry(country, sorted(self._rules))
            drafts = draft_all([each.event for each in alike], alike[0].line, facts, rules)
        except Rejected as rejection:
            if len(alike) == 1:
                return [rejection]
            half = len(alike) // 2
            return [
                *self._draft_alike(alike[:half], country, facts),
                *self._draft_alike(alike[half:], country, facts),
            ]
        return [
            DraftedEvent(item, rules.sha256, each.raw)
            for item, each in zip(drafts, alike, strict=True)
        ]

    def _issue(
        self, store: Store, events: Sequence[DraftedEvent], facts: Facts
    ) -> tuple[list[Document], list[RawEvent]]:
        """The documents, and the events whose keys were issued before."""

        def work(transaction: Transaction) -> tuple[list[Document], list[RawEvent]]:
            claimed = transaction.claim([event.digest for event in events])
            fresh = [events[at] for at in claimed]
            documents = write_events(transaction, fresh, facts) if fresh else []
            return documents, unclaimed(events, claimed)

        return in_transaction(store, work)


def write_events(
    transaction: Transaction, events: Sequence[DraftedEvent], facts: Facts
) -> list[Document]:
    """Number and write claimed events; the last step before the commit."""
    drafts = [item for event in events for item in event.drafts]
    series = _series_of(drafts, transaction)
    blocks = {
        name: NumberBlock(each.last_sequence + 1, each.last_chain) for name, each in series.items()
    }
    documents = number(drafts, blocks)
    rows, chains = _chained(documents, blocks)
    reached = [
        replace(series[row.series], last_sequence=row.sequence, last_chain=chain)
        for row, chain in _last_of_each(rows, chains)
    ]
    transaction.write(_new_events(events, rows, chains, facts), reached)
    return documents


def unclaimed(events: Sequence[DraftedEvent], claimed: Sequence[int]) -> list[RawEvent]:
    """The events that a transaction could not claim."""
    if len(claimed) == len(events):
        return []
    ours = set(claimed)
    return [event.raw for at, event in enumerate(events) if at not in ours]


def digest_of(received: ReceivedEvent) -> bytes:
    """What claims a received event in the store."""
    return event_digest(received.event.source, received.event.id)


def _series_of(drafts: Sequence[Draft], transaction: Transaction) -> dict[str, Series]:
    first = {item.document.series: item for item in drafts}
    found = transaction.series(first)
    return {name: found.get(name) or _new_series(item) for name, item in first.items()}


def _new_series(item: Draft) -> Series:
    document = item.document
    return Series(
        name=document.series,
        number_head=item.number_head,
        number_digits=item.number_digits,
        country=document.country,
        business_line=document.business_line,
        kind=document.kind.value,
        last_sequence=0,
        last_chain=first_link(document.series),
    )


def _chained(
    documents: Sequence[Document], blocks: Mapping[str, NumberBlock]
) -> tuple[list[NewDocument], list[bytes]]:
    """Rows of the documents, and the chain value of each."""
    bodies = [canonical_json(document) for document in documents]
    digests = [sha256(body).digest() for body in bodies]
    links = {series: block.previous_chain for series, block in blocks.items()}
    chains: list[bytes] = []
    for document, digest in zip(documents, digests, strict=True):
        chain = next_link(links[document.series], digest)
        links[document.series] = chain
        chains.append(chain)
    rows = [
        NewDocument(document.series, document.sequence, document.supply.date, body)
        for document, body in zip(documents, bodies, strict=True)
    ]
    return rows, chains


def _last_of_each(
    rows: Sequence[NewDocument], chains: Sequence[bytes]
) -> Iterable[tuple[NewDocument, bytes]]:
    return {row.series: (row, chain) for row, chain in zip(rows, chains, strict=True)}.values()


def _new_events(
    events: Sequence[DraftedEvent],
    rows: Sequence[NewDocument],
    chains: Sequence[bytes],
    facts: Facts,
) -> list[NewEvent]:
    numbered = iter(zip(rows, chains, strict=True))
    new_events: list[NewEvent] = []
    for event in events:
        members = list(islice(numbered, len(event.drafts)))
        record = InputRecord(
            event=Raw(event.raw.content),
            issued_at=facts.issued_at,
            legal_entities_sha256=facts.legal_entities.sha256,
            numbers=tuple(
                [AllocatedNumber(chain.hex(), row.sequence, row.series) for row, chain in members]
            ),
            pack_sha256=event.pack_sha256,
            shards=facts.shards,
        )
        documents = tuple([row for row, _ in members])
        new_events.append(NewEvent(event.digest, canonical_json(record), documents, event.corrects))
    return new_events
