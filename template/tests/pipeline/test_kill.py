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
from tests.service import Service, numbers_by_series, open_shards, sample_lines

from receipts.infrastructure.store import DocumentFilter
from receipts.rendering.canonical import read_document

if TYPE_CHECKING:
    import subprocess

BATCHES = 300
EVENTS = 7 * BATCHES
KILLS = 8
SMALL_BATCHES = {"RECEIPTS_ISSUE__BATCH_SIZE": "7"}

BATCH_S = 0.006
"""What one such batch takes; a kill comes at any instant of it."""


def kill_after(process: subprocess.Popen[str], batches: int, moment_s: float) -> None:
    """Kill the process a moment after its log said so often that a batch is done."""
    assert process.stderr is not None
    with process:
        for done, _ in enumerate(process.stderr, start=1):
            if done == batches:
                time.sleep(moment_s)
                process.kill()


def test_killing_it_at_any_instant_loses_nothing_and_issues_nothing_twice(
    service: Service,
) -> None:
    random = Random(2026)  # noqa: S311  repeatable by design
    lines = sample_lines(EVENTS)
    service.write("big.ndjson", lines)
    killed = 0
    for _ in range(KILLS):
        process = service.start("issue", "big.ndjson", **SMALL_BATCHES)
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
            read_document(row.body).event.id for row in stores.documents(DocumentFilter(), -1)
        )
        assert issued == Counter(msgspec.json.decode(line)["id"] for line in lines)
        for numbers in numbers_by_series(stores).values():
            assert numbers == list(range(1, len(numbers) + 1))
    assert service.run("verify", "--all").code == 0
    assert service.run("audit").code == 0


def test_killing_it_within_the_first_commits_leaves_a_store_that_goes_on(service: Service) -> None:
    service.write("rides.ndjson", sample_lines(50))
    for wait_s in (0.15, 0.25, 0.35, 0.45):
        with service.start("issue", "rides.ndjson", **SMALL_BATCHES) as process:
            time.sleep(wait_s)
            process.kill()

    again = service.run("issue", "rides.ndjson", **SMALL_BATCHES)

    assert again.code == 0
    assert "50 document(s) in" in service.run("audit").out


def test_the_same_file_again_is_only_duplicates(service: Service) -> None:
    service.write("rides.ndjson", sample_lines(500))
    service.run("issue", "rides.ndjson", **SMALL_BATCHES)

    again = service.run("issue", "rides.ndjson", "--json", **SMALL_BATCHES)

    assert again.code == 0
    assert msgspec.json.decode(again.out) == {
        "received": 500,
        "issued": {},
        "events_issued": 0,
        "duplicates": 500,
        "dead_letters": {},
    }
