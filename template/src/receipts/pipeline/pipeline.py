"""The whole way of a batch, and the tally of a run."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct, field

from receipts.engine.rules import Rules
from receipts.infrastructure.clock import system_clock
from receipts.pipeline.correct import CorrectStage
from receipts.pipeline.intake import Intake
from receipts.pipeline.issue import Issued, IssueStage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.countries.loader import LoadedPack
    from receipts.domain.documents import Document
    from receipts.engine.facts import LegalEntities
    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.ndjson import RawEvent
    from receipts.infrastructure.stores import Stores

log = structlog.get_logger()


class Tally(Struct):
    """What a run came to; ``received`` is the sum of all others."""

    received: int = 0
    issued: Counter[str] = field(default_factory=Counter)
    """Documents by kind."""
    events_issued: int = 0
    duplicates: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    """By code."""


class Pipeline:
    """Intake, issue and correct, in one process."""

    def __init__(
        self,
        stores: Stores,
        *,
        packs: Sequence[LoadedPack],
        lines: Sequence[BusinessLine],
        legal_entities: LegalEntities,
        clock: Clock = system_clock,
    ) -> None:
        """Compile the packs and keep them with the legal entities in every shard."""
        for store in stores.shards:
            store.freeze(legal_entities.sha256, "legal_entities", legal_entities.content)
            for loaded in packs:
                store.freeze(loaded.sha256, "pack", loaded.content)
        rules = {loaded.pack.identity.code: Rules(loaded, lines) for loaded in packs}
        self._intake = Intake(lines)
        self._issue = IssueStage(stores, rules, legal_entities, clock)
        self._correct = CorrectStage(stores, rules, legal_entities, clock, lines)
        self._stores = stores
        self._clock = clock
        self.tally = Tally()

    def run(self, batch: Sequence[RawEvent]) -> list[Document]:
        """Issue a batch; what could not be issued is a dead letter when this returns."""
        return self.take(batch).documents

    def take(self, batch: Sequence[RawEvent]) -> Issued:
        """The same, and what became of the rest; it is kept, too."""
        issued = self.process(batch)
        if issued.dead_letters:
            self._stores.shards[0].bury(issued.dead_letters, self._clock())
        return issued

    def process(self, batch: Sequence[RawEvent]) -> Issued:
        """Issue a batch; what could not be issued is for the caller to keep."""
        began = time.perf_counter_ns()
        received, dead_letters = self._intake.run(batch, self._clock())
        corrections = [each for each in received if each.line is None]
        if corrections:
            issued = self._issue.run([each for each in received if each.line is not None])
            # After the batch's other events: a refund may come with what it refunds.
            issued.add(self._correct.run(corrections))
        else:
            issued = self._issue.run(received)
        self.tally.received += len(batch)
        kinds = Counter([document.kind for document in issued.documents])
        self.tally.issued.update({kind.value: count for kind, count in kinds.items()})
        self.tally.events_issued += len(received) - issued.duplicates - len(issued.dead_letters)
        dead_letters += issued.dead_letters
        self.tally.duplicates += issued.duplicates
        self.tally.dead_letters.update(letter.code for letter in dead_letters)
        if log.is_enabled_for(logging.DEBUG):
            _log_each(issued.documents)
        log.info(
            "batch.issued",
            duration_ns=time.perf_counter_ns() - began,
            received=len(batch),
            duplicates=issued.duplicates,
            dead_letters=len(dead_letters),
            document_ids=[document.document_id for document in issued.documents],
        )
        return Issued(dead_letters, issued.documents, issued.duplicates)


def _log_each(documents: Sequence[Document]) -> None:
    # No number and no series: they begin with the id of the issuer, who may be a person.
    for document in documents:
        log.debug(
            "document.issued",
            document_id=document.document_id,
            event_id=document.event.id,
            event_source=document.event.source,
            kind=document.kind.value,
        )
