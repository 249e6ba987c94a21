"""What each step of issuing costs, batch by batch, as the pipeline does them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Raw
from receipts.business_lines.business_line import find_business_lines
from receipts.countries.loader import load_packs
from receipts.domain.input_records import AllocatedNumber, InputRecord
from receipts.domain.numbering import NumberBlock, first_link, next_link
from receipts.engine.draft import draft_all
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.engine.rules import Rules
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.infrastructure.ndjson import RawEvent
from receipts.pipeline.intake import Intake
from receipts.rendering.canonical import canonical_json

DECODE = "decode + validate (typed union)"
DRAFT = "draft: issuer, rates, tax, lines, kind, phrases"
NUMBER = "number"
CANONICAL = "canonical JSON"
CHAIN = "SHA-256 and chain"
RECORD = "input record"

ENGINE = (DRAFT, NUMBER, CANONICAL)
"""What the engine alone is: no decoding, no hashing, no store."""


class Steps(NamedTuple):
    """Microseconds an event."""

    each_us: dict[str, float]
    engine_us: float


def time_steps(service: Path, events: list[bytes], batch_size: int) -> Steps:
    """Time every step before the store, over all events."""
    stopwatch = _Stopwatch()
    issue = _issuer(service, stopwatch)
    for first in range(0, len(events), batch_size):
        issue([RawEvent(event, "bench") for event in events[first : first + batch_size]])
    each_us = {name: took / len(events) * 1e6 for name, took in stopwatch.seconds.items()}
    return Steps(each_us, sum(each_us[name] for name in ENGINE))


class _Stopwatch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add what the block takes to a step."""
        began = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - began


def _issuer(service: Path, stopwatch: _Stopwatch) -> Callable[[list[Any]], None]:
    """A function that issues a batch step by step; numbers go on from batch to batch."""
    lines = find_business_lines()
    packs = load_packs(service / "config" / "countries")
    entities = load_legal_entities(service / "config" / "issuers.toml")
    rules = {loaded.pack.identity.code: Rules(loaded, lines) for loaded in packs}
    intake = Intake(lines)
    blocks: dict[str, NumberBlock] = {}

    def issue(batch: list[Any]) -> None:
        facts = Facts(system_clock(), entities, 1)
        with stopwatch.step(DECODE):
            received, _ = intake.run(batch, facts.issued_at)
        with stopwatch.step(DRAFT):
            # Rides of one country only, so one call as the pipeline makes it.
            drafts = draft_all(
                [each.event for each in received], received[0].line, facts, rules["DE"]
            )
        together = [item for event in drafts for item in event]
        for item in together:
            series = item.document.series
            blocks.setdefault(series, NumberBlock(1, first_link(series)))
        with stopwatch.step(NUMBER):
            documents = number(together, blocks)
        with stopwatch.step(CANONICAL):
            bodies = [canonical_json(document) for document in documents]
        with stopwatch.step(CHAIN):
            links = _chain(documents, bodies, blocks)
        with stopwatch.step(RECORD):
            for each, document, link in zip(received, documents, links, strict=True):
                canonical_json(_record(each, document, link, facts))

    return issue


def _chain(
    documents: list[Any], bodies: list[bytes], blocks: dict[str, NumberBlock]
) -> list[bytes]:
    links: list[bytes] = []
    for document, body in zip(documents, bodies, strict=True):
        series = document.series
        link = next_link(blocks[series].previous_chain, sha256(body).digest())
        blocks[series] = NumberBlock(document.sequence + 1, link)
        links.append(link)
    return links


def _record(received: Any, document: Any, link: bytes, facts: Any) -> InputRecord:
    return InputRecord(
        event=Raw(received.raw.content),
        issued_at=facts.issued_at,
        legal_entities_sha256=facts.legal_entities.sha256,
        numbers=(AllocatedNumber(link.hex(), document.sequence, document.series),),
        pack_sha256=document.pack_sha256,
        shards=facts.shards,
    )
