"""A service in a folder, as a team has it: the shipped packs, a pack of its own, companies.

The pack is the made-up country of the pack tests, so what is tested here holds for
whatever countries this service was generated with.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from tests.countries import made_up
from tests.telemetry.ecs_fields import check_lines

from receipts.business_lines.business_line import find_business_lines
from receipts.cli.sample import sample_events
from receipts.countries.loader import load_packs, shipped_packs
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.infrastructure.ndjson import RawEvent
from receipts.infrastructure.store import stored_documents
from receipts.infrastructure.stores import open_stores
from receipts.pipeline.audit import audit
from receipts.pipeline.pipeline import Pipeline
from receipts.pipeline.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.walk import Finding

COMMAND = Path(sys.executable).with_name("receipts")
"""The installed command, for tests that need a process of its own."""

ISSUED_AT = datetime(2026, 11, 24, 13, 31, 7, tzinfo=UTC)

EVENT_TYPE = "trip.completed.v1"

PATIENCE_S = 60
"""How long a command may take before a test gives it up."""


class Answer(NamedTuple):
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


class Service(NamedTuple):
    """Where a service keeps what."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def shard(self) -> Path:
        """The only shard's file, at the default settings."""
        return self.folder / "data" / "shard-00.sqlite3"

    def write(self, name: str, events: Iterable[bytes]) -> Path:
        """A file of events, one a line."""
        path = self.folder / name
        path.write_bytes(b"".join(event + b"\n" for event in events))
        return path

    def accept_unseen_sources(self) -> None:
        """Let production use every row, as whoever owns tax may decide."""
        packs = load_packs(self.config / "countries")
        rows = [row for loaded in packs for row in loaded.pack.unverified()]
        accepted = f"rules.accept_unverified = {msgspec.json.encode(rows).decode()}"
        (self.config / "production.toml").write_text(accepted, "utf-8")

    def run(self, *arguments: str, **environment: str) -> Answer:
        """Run a command as a process of its own; what it logs has the fields of ECS."""
        return self._run([str(COMMAND), *arguments], environment)

    def python(self, code: str) -> Answer:
        """Run code as a process of its own; what it logs has the fields of ECS."""
        return self._run([sys.executable, "-c", code], {})

    def _run(self, command: list[str], environment: dict[str, str]) -> Answer:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        check_lines(done.stderr)
        return Answer(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command as a process of its own; what it logs has the fields of ECS.

        None outlives a test that fails or hangs.
        """
        process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        too_late = threading.Timer(PATIENCE_S, process.kill)
        too_late.start()
        try:
            with process:
                try:
                    yield process
                    # Answers with the same again where the test has read it already.
                    _, written = process.communicate()
                except BaseException:
                    process.kill()
                    raise
            check_lines(written)
        finally:
            too_late.cancel()


def make_service(folder: Path) -> Service:
    """Write the configuration of a service into a folder."""
    countries = folder / "config" / "countries"
    countries.mkdir(parents=True)
    made_up.write_pack(countries, made_up.CORRECTABLE)
    codes = ["QQ", *(pack.name.upper() for pack in shipped_packs())]
    (folder / "config" / "issuers.toml").write_text("\n".join(map(_company, codes)), "utf-8")
    return Service(folder)


def _company(code: str) -> str:
    return f"""
[[legal_entities]]
country = "{code}"

[legal_entities.supplier]
id      = "OURS{code.replace("-", "")}"
name    = "Our Rides {code}"
tax_id  = "TAX1"
address = {{ lines = ["1 Street"], city = "Town", country = "{code[:2]}" }}
"""


def ride(number: int | str, **trip: Any) -> dict[str, Any]:
    """A ride in the made-up country for 11.90, tax included, changed as told."""
    return {
        "type": EVENT_TYPE,
        "id": f"ride-{number}",
        "source": "/tests",
        "specversion": "1.0",
        "data": {
            "charges": [{"amount_minor": 11_90, "code": "fare"}],
            "country": "QQ",
            "currency": "EUR",
            "distance_m": 7_840,
            "ended_at": "2026-11-23T14:29:00Z",
            "licence": "taxi",
            "origin": {"name": "Station"},
            "started_at": "2026-11-23T14:05:00Z",
            "total_minor": 11_90,
            "trip_id": f"trip-{number}",
            **trip,
        },
    }


def refund(
    number: int | str, of: int | str, amount_minor: int = 1_00, **data: Any
) -> dict[str, Any]:
    """Gives back some of the fare of a ride, changed as told."""
    return {
        "type": "charge.refunded.v1",
        "id": f"refund-{number}",
        "source": "/tests",
        "specversion": "1.0",
        "data": {
            "charges": [{"amount_minor": amount_minor, "code": "fare"}],
            "currency": "EUR",
            "original": {"id": f"ride-{of}", "source": "/tests"},
            "reason": "goodwill",
            "refunded_at": "2026-11-24T09:00:00Z",
            "total_minor": amount_minor,
            **data,
        },
    }


def as_lines(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """Each event as its line in a file."""
    return [msgspec.json.encode(event) for event in events]


def as_batch(lines: Iterable[bytes], name: str = "rides.ndjson") -> list[RawEvent]:
    """The lines as they come out of a file of that name."""
    return [RawEvent(line, f"{name}:{number}") for number, line in enumerate(lines, start=1)]


@cache
def sample_lines(count: int, seed: int = 1) -> tuple[bytes, ...]:
    """Sample events of every shipped pack; there is at least one."""
    events = sample_events(Path("no-team-packs"), count, seed, None, "rides")
    return tuple(map(msgspec.json.encode, events))


def open_pipeline(stores: Stores, service: Service, clock: Clock = lambda: ISSUED_AT) -> Pipeline:
    """The pipeline of that service."""
    return Pipeline(
        stores,
        packs=load_packs(service.config / "countries"),
        lines=find_business_lines(),
        legal_entities=load_legal_entities(service.config / "issuers.toml"),
        clock=clock,
    )


def open_shards(service: Service, shards: int = 1) -> Stores:
    """The store of that service."""
    return open_stores(f"sqlite:{service.folder / 'data'}", shards)


def findings_of(stores: Stores) -> Iterator[Finding]:
    """Whatever verification and audit of every shard find."""
    for shard in stores.shards:
        for findings in Verifier(shard, find_business_lines()).verify_all():
            yield from findings
    yield from audit(stores).findings


def numbers_by_series(stores: Stores) -> dict[str, Sequence[int]]:
    """The sequence numbers of every series, in the order in which they were stored."""
    numbers: dict[str, list[int]] = {}
    for shard in stores.shards:
        for document in stored_documents(shard):
            numbers.setdefault(document.series, []).append(document.sequence)
    return dict(numbers)
