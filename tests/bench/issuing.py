"""Our service in process: what a stream worker does with batches of raw events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog
from receipts.business_lines.business_line import find_business_lines
from receipts.countries.loader import load_packs
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.infrastructure.ndjson import RawEvent
from receipts.infrastructure.stores import open_stores
from receipts.pipeline.pipeline import Pipeline, Tally
from receipts.rendering.canonical import canonical_json

ISSUED_TOGETHER = 500
"""Events a batch; the service's default."""


class OurService:
    """A pipeline over a fresh SQLite store of one shard."""

    def __init__(self, service: Path, store: Path) -> None:
        # A line a batch goes to standard output of whoever set no logs up.
        quiet = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(wrapper_class=quiet)
        self._folder = store
        self._stores = open_stores(f"sqlite:{store}", 1)
        self._pipeline = Pipeline(
            self._stores,
            packs=load_packs(service / "config" / "countries"),
            lines=find_business_lines(),
            legal_entities=load_legal_entities(service / "config" / "issuers.toml"),
        )

    def issue(self, events: list[bytes]) -> None:
        """Issue and store, in batches; documents are let go, as a worker does.

        Raises:
            ValueError: An event was not issued; the bench makes only sound ones.
        """
        issued = sum(len(documents) for documents in self._batches(events))
        if issued != len(events):
            raise ValueError(f"{len(events)} events gave {issued}: {self._pipeline.tally}")

    def bodies(self, events: list[bytes]) -> list[bytes]:
        """Issue and store; canonical bodies in the order of the events."""
        return [canonical_json(each) for documents in self._batches(events) for each in documents]

    def _batches(self, events: list[bytes]) -> Iterator[list[Any]]:
        for first in range(0, len(events), ISSUED_TOGETHER):
            batch = [RawEvent(event, "bench") for event in events[first : first + ISSUED_TOGETHER]]
            yield self._pipeline.run(batch)

    def run(self, batch: list[RawEvent]) -> list[Any]:
        """Put a batch through, sound or not; its documents."""
        return self._pipeline.run(batch)

    @property
    def tally(self) -> Tally:
        """What all batches came to."""
        return self._pipeline.tally

    def close(self) -> int:
        """Let go of the store; answers with its size in bytes."""
        self._stores.close()
        return sum(file.stat().st_size for file in self._folder.iterdir())
