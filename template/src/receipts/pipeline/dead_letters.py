"""Dead letters issued again, after a pack or the configuration was put right."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct, field

from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES, RawEvent
from receipts.pipeline.repeats import documents_of, key_of
from receipts.rendering.canonical import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.store import DeadLetterRow, Store
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.pipeline import Pipeline

BATCH = 500


class Replayed(Struct):
    """What became of open dead letters."""

    resolved: int = 0
    """Issued now, or found to have been issued since."""
    failed: Counter[str] = field(default_factory=Counter)
    """Refused again, by the new code."""


class Replay:
    """Issues dead letters again; what is resolved is kept, with the documents it led to.

    Killed between the two, the next replay finds the event issued and resolves its letter.
    """

    def __init__(self, stores: Stores, pipeline: Pipeline, clock: Clock) -> None:
        """Issue with that pipeline."""
        self._stores = stores
        self._pipeline = pipeline
        self._clock = clock
        self.result = Replayed()

    def run(self, chosen: Callable[[int, DeadLetterRow], bool]) -> Replayed:
        """Replay the open dead letters that are chosen by shard and content, oldest first."""
        for shard, store in enumerate(self._stores.shards):
            after = 0
            while page := list(islice(store.dead_letters(after), BATCH)):
                after = page[-1].dead_letter_id
                letters = [
                    each for each in page if each.resolved_at is None and chosen(shard, each)
                ]
                if letters:
                    self._replay(store, letters)
        return self.result

    def _replay(self, store: Store, letters: Sequence[DeadLetterRow]) -> None:
        outcome = self._pipeline.process(
            [
                RawEvent(each.content, each.origin, cut=len(each.content) > LARGEST_EVENT_BYTES)
                for each in letters
            ]
        )
        if outcome.dead_letters:
            store.bury(outcome.dead_letters, self._clock())
        refused = {each.content for each in outcome.dead_letters}
        resolved = {
            each.dead_letter_id: self._documents(each)
            for each in letters
            if each.content not in refused
        }
        store.resolve(resolved, self._clock())
        self.result.resolved += len(resolved)
        self.result.failed.update(each.code for each in outcome.dead_letters)

    def _documents(self, letter: DeadLetterRow) -> tuple[str, ...]:
        documents = documents_of(self._stores, key_of(letter.content).digest)
        return tuple([read_document(each.body).document_id for each in documents])
