"""Killing the process at any instant loses nothing, issues nothing twice and leaves no hole.

Killed for real, with SIGKILL, while it commits some hundred small batches. Each run
continues where the last one died, so the instants wander over the whole file.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import msgspec
from tests.service import (
    Service,
    as_lines,
    numbers_by_series,
    open_shards,
    refund,
    ride,
    sample_lines,
)

from receipts.infrastructure.store import DocumentFilter
from receipts.rendering.canonical import read_document

if TYPE_CHECKING:
    import subprocess

    from tests.service import Command

BATCHES = 200
EVENTS = 10 * BATCHES
KILLS = 5
SMALL_BATCHES = {"RECEIPTS_ISSUE__BATCH_SIZE": "10"}

BATCH_S = 0.006
"""What one such batch takes; a kill comes at any instant of it."""


def kill_after(process: subprocess.Popen[str], batches: int, moment_s: float) -> None:
    """Kill the process a moment after its log said so often that a batch is done."""
    assert process.stderr is not None
    for done, _ in enumerate(process.stderr, start=1):
        if done == batches:
            time.sleep(moment_s)
            process.kill()


def test_killing_it_at_any_instant_loses_nothing_and_issues_nothing_twice(
    service: Service, receipts: Command
) -> None:
    random = Random(2026)  # noqa: S311  repeatable by design
    lines = sample_lines(EVENTS)
    service.write("big.ndjson", lines)
    killed = 0
    for _ in range(KILLS):
        with service.start("issue", "big.ndjson", **SMALL_BATCHES) as process:
            # Batches that were issued before are passed over quickly, at a line each as well.
            kill_after(process, random.randrange(1, BATCHES), random.uniform(0, BATCH_S))
        killed += process.returncode == -signal.SIGKILL
    last = service.run("issue", "big.ndjson", "--json", **SMALL_BATCHES)

    assert killed == KILLS
    tally = msgspec.json.decode(last.out)
    assert (last.code, tally["received"]) == (0, EVENTS)
    assert tally["events_issued"] + tally["duplicates"] == EVENTS
    with open_shards(service) as stores:
        issued = Counter(
            read_document(row.body).event.id
            for row in stores.documents(DocumentFilter(), -1)
            if row.position == 0
        )
        assert issued == Counter(msgspec.json.decode(line)["id"] for line in lines)
        for numbers in numbers_by_series(stores).values():
            assert numbers == list(range(1, len(numbers) + 1))
    assert receipts("verify", "--all").code == 0
    assert receipts("audit").code == 0


def test_killing_it_within_the_first_commits_leaves_a_store_that_goes_on(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", sample_lines(50))
    for wait_s in (0.2, 0.3, 0.4):
        with service.start("issue", "rides.ndjson", **SMALL_BATCHES) as process:
            time.sleep(wait_s)
            process.kill()

    again = service.run("issue", "rides.ndjson", **SMALL_BATCHES)

    assert again.code == 0
    assert "from 50 event(s)" in receipts("audit").out


def test_killing_it_between_refunds_gives_nothing_back_twice(
    service: Service, receipts: Command
) -> None:
    random = Random(2026)  # noqa: S311  repeatable by design
    events = []
    for number in range(100):
        events += [
            ride(number),
            refund(f"{number}-1", number, 6_00),
            refund(f"{number}-2", number, 5_90),
        ]
    service.write("refunds.ndjson", as_lines(events))
    for _ in range(3):
        with service.start("issue", "refunds.ndjson", **SMALL_BATCHES) as process:
            kill_after(process, random.randrange(1, 30), random.uniform(0, BATCH_S))
    last = service.run("issue", "refunds.ndjson", "--json", **SMALL_BATCHES)

    tally = msgspec.json.decode(last.out)
    assert (last.code, tally["events_issued"] + tally["duplicates"]) == (0, 300)
    with open_shards(service) as stores:
        left: Counter[str] = Counter()
        for row in stores.documents(DocumentFilter(), -1):
            document = read_document(row.body)
            left[document.trade_id] += document.totals.payable_minor
        assert left == Counter({f"trip-{number}": 0 for number in range(100)})
    assert receipts("verify", "--all").code == 0
    assert receipts("audit").code == 0


def test_the_same_file_again_is_only_duplicates(service: Service, receipts: Command) -> None:
    service.write("rides.ndjson", sample_lines(500))
    receipts("issue", "rides.ndjson")

    again = receipts("issue", "rides.ndjson", "--json")

    assert again.code == 0
    assert msgspec.json.decode(again.out) == {
        "received": 500,
        "issued": {},
        "events_issued": 0,
        "duplicates": 500,
        "dead_letters": {},
    }
