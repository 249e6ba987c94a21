"""Bad input in great number: damaged events through the pipeline, into a real store.

python -m tests.bench.fuzz SERVICE STORE [COUNT]

Sound events are damaged in their bytes or in their values and put through in batches, as a
stream worker does. Each must be issued, counted as a repeat or kept as a dead letter; every
hundredth document that comes of it must be a page. What raises anything else is printed.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import traceback
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from receipts.cli.sample import sample_events
from receipts.infrastructure.ndjson import RawEvent
from receipts.pipeline.sample_corrections import with_corrections
from receipts.rendering.canonical import canonical_json
from receipts.rendering.html import render_html
from receipts.rendering.view import stored_view

from tests.bench.issuing import OurService

EVENTS = 100_000
BATCH = 100
SHOWN = 3
"""Crashes whose events are printed."""

NUMBERS = (0, -1, 1, 0.5, 1e300, 2**31, 2**63, 2**64, 10**30, True)
TEXTS = (
    "",
    " ",
    "\0",
    "\u202egnp.exe",
    "\ud83d",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "Ω" * 5_000,
    "2026-02-30T25:61:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "2026-11-02T10:00:00",
    "XX",
    "EUR",
    "DE129273399",
    "../../etc/passwd",
    "' OR 1=1 --",
    "#set page(width: 0pt)",
)
"""What has broken programs before: no text, bidirectional marks, half a pair, markup of every
format that is made, times that are none, a wrong check digit."""

STRANGE: tuple[Any, ...] = (*NUMBERS, *TEXTS, None, [], {}, [[]] * 3, {"": None})


def damaged_events(count: int, seed: int) -> Iterator[bytes]:
    """So many events, each damaged in one to three places, repeatable."""
    random = Random(seed)  # noqa: S311  repeatable by design
    samples = sample_events(Path("config/countries"), count, seed, None, None)
    sound = with_corrections(samples, percent=20, seed=seed)
    for event in itertools.islice(sound, count):
        if random.randrange(4):
            # Half a surrogate pair cannot be encoded, but arrives written as an escape.
            yield json.dumps(_damaged(random, msgspec.to_builtins(event))).encode()
        else:
            yield _flipped(random, msgspec.json.encode(event))


def _damaged(random: Random, event: Any) -> Any:
    for _ in range(random.randint(1, 3)):
        places = list(_places(event))
        holder, key = random.choice(places)
        change = random.randrange(10)
        if change == 0:
            del holder[key]
        elif change == 1 and isinstance(holder, list):
            holder.insert(random.randrange(len(holder) + 1), holder[key])
        elif change == 2:
            other, name = random.choice(places)
            holder[key] = deepcopy(other[name]) if name in _keys(other) else None
        elif change == 3:
            holder[key] = deepcopy(random.choice(STRANGE))
        else:
            holder[key] = _of_its_sort(random, holder[key])
    return event


def _of_its_sort(random: Random, value: Any) -> Any:
    """Another value that a schema may let in: only the law or a page can find it wrong."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((value + 1, value - 1, -value, value * 1_000, *NUMBERS))
    if isinstance(value, str):
        return random.choice((value.swapcase(), value[:-1], value * 2, value + "\n", *TEXTS))
    return deepcopy(random.choice(STRANGE))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a JSON value: what holds it, and the name or number there."""
    for key in _keys(value):
        yield value, key
        yield from _places(value[key])


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def _flipped(random: Random, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(random.randint(1, 4)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    # Some lose their end, too.
    kept = len(damaged) if random.randrange(3) else random.randrange(len(damaged))
    return bytes(damaged[:kept])


class Fuzzing:
    """Puts damaged events through and counts what becomes of them."""

    def __init__(self, service: OurService) -> None:
        self._service = service
        self.crashes = 0
        self.pages = 0

    def run(self, events: Iterator[bytes]) -> None:
        """Put them through in batches; a batch that crashes is tried event by event."""
        while batch := list(itertools.islice(events, BATCH)):
            try:
                self._try(batch)
            except Exception:  # noqa: BLE001  a crash is what is looked for
                for event in batch:
                    self._try_alone(event)

    def _try_alone(self, event: bytes) -> None:
        try:
            self._try([event])
        except Exception:  # noqa: BLE001  a crash is what is looked for
            self.crashes += 1
            if self.crashes <= SHOWN:
                print(f"CRASH {event!r}\n{traceback.format_exc()}", file=sys.stderr)

    def _try(self, batch: list[bytes]) -> None:
        documents = self._service.run([RawEvent(event, "fuzz") for event in batch])
        for document in documents[:1]:
            view = stored_view(canonical_json(document), None, None)
            render_html(view, [])
            self.pages += 1


def main(arguments: list[str]) -> int:
    """Fuzz; exit code 1 where something crashed."""
    service, store, *count = arguments
    events = int(count[0]) if count else EVENTS
    ours = OurService(Path(service), Path(store))
    fuzzing, began = Fuzzing(ours), time.perf_counter()
    seed = int(time.time())
    fuzzing.run(damaged_events(events, seed))
    tally, seconds = ours.tally, time.perf_counter() - began
    issued = sum(tally.issued.values())
    tried = f"{events:,} damaged events tried in {seconds:.0f} s (seed {seed})"
    print(f"{tried}: {fuzzing.crashes} crashes")
    print(f"  {tally.events_issued:,} led to {issued:,} documents; {tally.duplicates:,} repeats")
    print(f"  {tally.dead_letters.total():,} dead letters:")
    for code, found in tally.dead_letters.most_common():
        print(f"    {found:>7,} {code}")
    print(f"  {fuzzing.pages:,} pages made of what was issued")
    ours.close()
    return 1 if fuzzing.crashes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
