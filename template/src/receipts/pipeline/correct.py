"""Third stage: corrections become documents beside those that they correct.

What is left of a document is read and taken in one transaction, so two refunds can
never give back the same cent. That holds the shard longer than a ride does; they are
rare, and one original has a limited number of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from receipts.domain.document_ids import event_digest
from receipts.domain.errors import Rejected, UnknownCountry, UnknownOriginal
from receipts.engine.corrections import draft_correction
from receipts.engine.facts import Facts
from receipts.infrastructure.store import in_transaction
from receipts.pipeline.intake import dead_letter
from receipts.pipeline.issue import DraftedEvent, Issued, digest_of, unclaimed, write_events
from receipts.pipeline.moments import check_order
from receipts.pipeline.originals import Originals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.domain.corrections import CorrectionEvent
    from receipts.engine.facts import LegalEntities
    from receipts.engine.rules import Rules
    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.ndjson import RawEvent
    from receipts.infrastructure.store import DeadLetterRow, Store, Transaction
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.intake import ReceivedEvent


class CorrectStage:
    """Issues corrections into the shards of their originals."""

    def __init__(
        self,
        stores: Stores,
        rules: Mapping[str, Rules],
        legal_entities: LegalEntities,
        clock: Clock,
        lines: Sequence[BusinessLine],
    ) -> None:
        """Hold the ports and the rules by country code."""
        self._stores = stores
        self._rules = rules
        self._legal_entities = legal_entities
        self._clock = clock
        self._lines = lines

    def run(self, batch: Sequence[ReceivedEvent]) -> Issued:
        """Issue what is new; a rejected event leaves as a dead letter, a known one is counted."""
        facts = Facts(self._clock(), self._legal_entities, len(self._stores.shards))
        outcome = Issued([], [], 0)
        waiting = list(batch)
        while waiting:
            now, waiting = _one_of_each_original(waiting)
            for store, members in self._by_shard(now, outcome):
                self._correct(store, members, facts, outcome)
        return outcome

    def _by_shard(
        self, batch: Sequence[ReceivedEvent], outcome: Issued
    ) -> list[tuple[Store, list[ReceivedEvent]]]:
        by_shard: dict[int, tuple[Store, list[ReceivedEvent]]] = {}
        repeats: list[RawEvent] = []
        for received in batch:
            named = _correction_in(received).data.original
            store = self._stores.shard_of_event(_original_digest(received))
            if self._stores.is_known(digest_of(received)):
                repeats.append(received.raw)
            elif store is None:
                unknown = UnknownOriginal(named.id, named.source)
                outcome.dead_letters.append(dead_letter(received.raw, unknown))
            else:
                by_shard.setdefault(id(store), (store, []))[1].append(received)
        outcome.settle(self._stores, repeats)
        return list(by_shard.values())

    def _correct(
        self, store: Store, batch: Sequence[ReceivedEvent], facts: Facts, outcome: Issued
    ) -> None:
        def work(transaction: Transaction) -> tuple[Issued, list[RawEvent]]:
            originals = Originals(store, self._lines)
            drafted: list[DraftedEvent] = []
            letters: list[DeadLetterRow] = []
            repeats: list[RawEvent] = []
            for received in batch:
                if self._stores.is_known(digest_of(received)):
                    repeats.append(received.raw)
                    continue
                try:
                    drafted.append(self._draft(received, originals, facts))
                except Rejected as rejection:
                    letters.append(dead_letter(received.raw, rejection))
            documents = []
            # Two events of one batch may bear one id and name different originals.
            claimed = transaction.claim([each.digest for each in drafted]) if drafted else []
            repeats += unclaimed(drafted, claimed)
            if claimed:
                documents = write_events(transaction, [drafted[at] for at in claimed], facts)
            return Issued(letters, documents, 0), repeats

        issued, repeats = in_transaction(store, work)
        outcome.add(issued)
        outcome.settle(self._stores, repeats)

    def _draft(self, received: ReceivedEvent, originals: Originals, facts: Facts) -> DraftedEvent:
        event = _correction_in(received)
        original = originals.before(event, digest_of(received))
        check_order(event, original.event)
        country = original.documents[0].country
        rules = self._rules.get(country)
        if rules is None:
            raise UnknownCountry(country, sorted(self._rules))
        drafts = draft_correction(event, original, facts, rules)
        return DraftedEvent(drafts, rules.sha256, received.raw, _original_digest(received))


def _one_of_each_original(
    batch: Sequence[ReceivedEvent],
) -> tuple[list[ReceivedEvent], list[ReceivedEvent]]:
    """Events that correct different originals, and those that must wait for them."""
    now: dict[bytes, ReceivedEvent] = {}
    later: list[ReceivedEvent] = []
    issued_now: set[bytes] = set()
    for received in batch:
        digest = _original_digest(received)
        # What is given back of a later tip waits for the tip.
        if digest in now or digest in issued_now:
            later.append(received)
        else:
            now[digest] = received
            issued_now.add(digest_of(received))
    return list(now.values()), later


def _correction_in(received: ReceivedEvent) -> CorrectionEvent:
    return cast("CorrectionEvent", received.event)


def _original_digest(received: ReceivedEvent) -> bytes:
    named = _correction_in(received).data.original
    return event_digest(named.source, named.id)
