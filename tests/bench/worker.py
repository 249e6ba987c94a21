"""Ours and the usual service, in one process on one core, taking turns.

Runs in an environment that has the generated service and the usual one's
libraries; prints its figures as one JSON object on standard output.

    python -m tests.bench.worker SERVICE WORK
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.issuing import ISSUED_TOGETHER, OurService
from tests.bench.rides import ride_events
from tests.bench.steps import Steps, time_steps
from tests.bench.usual_models import Document
from tests.bench.usual_service import UsualService

ROUNDS = 3
OUR_EVENTS = 20_000
USUAL_EVENTS = 1_000
COMPARED = 1_000
SEED = 20261124


class Cost(NamedTuple):
    """What one event cost, in microseconds."""

    us: float
    """On the clock, waiting for the disk included."""
    processor_us: float


class Differs(Exception):
    """The two services do not issue the same document, so comparing them is worthless."""


def main(arguments: list[str]) -> int:
    """Measure and print."""
    service, work = (Path(argument) for argument in arguments)
    _pin_to_one_core()
    events = ride_events(OUR_EVENTS, seed=SEED)
    bench = _Bench(service, work)
    _say(f"comparing {COMPARED:,} documents of both services")
    bench.compare(events[:COMPARED])
    ours, usual = [], []
    for turn in range(ROUNDS):
        usual.append(bench.usual(events[:USUAL_EVENTS]))
        ours.append(bench.ours(events))
        took = f"usual {usual[-1].us:,.0f} us, ours {ours[-1].us:.1f} us"
        _say(f"turn {turn + 1} of {ROUNDS}: {took}")
    steps = sorted((bench.steps(events) for _ in range(ROUNDS)), key=lambda each: each.engine_us)
    result = {
        "ours": ours,
        "usual": usual,
        "steps_us": steps[ROUNDS // 2].each_us,
        "engine_us": steps[ROUNDS // 2].engine_us,
        "event_bytes": sum(map(len, events)) // len(events),
        "stored_bytes": bench.stored_bytes // len(events),
    }
    print(json.dumps(result))
    return 0


class _Bench:
    """Fresh stores for every measurement."""

    def __init__(self, service: Path, work: Path) -> None:
        self._service = service
        self._work = work
        self._stores = 0
        self.stored_bytes = 0
        """Of our last full run."""

    def ours(self, events: list[bytes]) -> Cost:
        """From raw bytes to the synced commit, in batches."""
        service = self._our_service()
        cost = _cost(lambda: service.issue(events), len(events))
        self.stored_bytes = service.close()
        return cost

    def usual(self, events: list[bytes]) -> Cost:
        """From raw bytes to the synced commit, one by one."""
        service = self._usual_service()
        cost = _cost(lambda: [service.issue(event) for event in events], len(events))
        service.close()
        return cost

    def steps(self, events: list[bytes]) -> Steps:
        """What each step of ours costs."""
        return time_steps(self._service, events, ISSUED_TOGETHER)

    def compare(self, events: list[bytes]) -> None:
        """Issue the same events both ways.

        Raises:
            Differs: One document is not the same in law.
        """
        ours, usual = self._our_service(), self._usual_service()
        for event, body in zip(events, ours.bodies(events), strict=True):
            document = usual.issue(event)
            if document is None:
                raise Differs(f"The usual service takes {event.decode()} for a repeat.")
            expected, found = _usual_facts(document), _our_facts(json.loads(body))
            if expected != found:
                raise Differs(f"For {event.decode()}\nusual: {expected}\nours:  {found}")
        ours.close()
        usual.close()

    def _our_service(self) -> OurService:
        return OurService(self._service, self._new_store())

    def _usual_service(self) -> UsualService:
        return UsualService(
            f"sqlite:///{self._new_store() / 'usual.sqlite3'}",
            pack=self._service / "src" / "receipts" / "countries" / "de",
            legal_entities=self._service / "config" / "issuers.toml",
        )

    def _new_store(self) -> Path:
        self._stores += 1
        folder = self._work / f"store-{self._stores}"
        folder.mkdir(parents=True)
        return folder


def _cost(issue: Callable[[], object], events: int) -> Cost:
    began, processor_began = time.perf_counter(), time.process_time()
    issue()
    seconds = time.perf_counter() - began
    return Cost(seconds / events * 1e6, (time.process_time() - processor_began) / events * 1e6)


def _usual_facts(document: Document) -> dict[str, Any]:
    """What both must agree on, amounts in cents."""
    totals = document.totals
    amounts = [totals.gross, totals.net, totals.pass_through, totals.payable, totals.tax]
    return {
        "kind": document.kind,
        "number": document.number,
        "supplier": document.supplier.id,
        "totals": [int(amount * 100) for amount in amounts],
        "lines": [
            (line.charge, line.rate_id, int(line.gross * 100), int(line.tax * 100))
            for line in document.lines
        ],
        "pass_through": [(each.rule_id, int(each.amount * 100)) for each in document.pass_through],
        "phrases": [phrase.id for phrase in document.phrases],
        "retain_until": document.retain_until.isoformat(),
    }


def _our_facts(body: dict[str, Any]) -> dict[str, Any]:
    names = ("gross", "net", "pass_through", "payable", "tax")
    return {
        "kind": body["kind"],
        "number": body["number"],
        "supplier": body["supplier"]["id"],
        "totals": [body["totals"][f"{name}_minor"] for name in names],
        "lines": [
            (line["charge"], line["rate_id"], line["gross_minor"], line["tax_minor"])
            for line in body["lines"]
        ],
        "pass_through": [(each["rule_id"], each["amount_minor"]) for each in body["pass_through"]],
        "phrases": [phrase["id"] for phrase in body["phrases"]],
        "retain_until": body["retain_until"],
    }


def _pin_to_one_core() -> None:
    """Stay on one core, the last, where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
