"""A real server on a free port, and a real client of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx
import msgspec
from tests.service import open_pipeline, open_shards

from receipts.api.access import Access
from receipts.api.issuing import Issuing
from receipts.api.reading import Reading
from receipts.business_lines.business_line import find_business_lines
from receipts.cli.serve import listen, server_of
from receipts.engine.facts import LegalEntities
from receipts.infrastructure.stores import Stores
from receipts.pipeline.pipeline import Pipeline
from receipts.settings import load_settings
from receipts.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from tests.service import Service

NUMBER = "OURSQQ-QQ-R2026-0-0001"
"""Of the one receipt in the store of these tests."""


def open_access() -> Access:
    """Lets everyone read, as often as these tests do."""
    return Access(requests_per_minute=1_000_000)


def _no_pipeline() -> Pipeline:
    """For servers that are only read: without shards and rules."""
    nobody = LegalEntities({}, b"", "0" * 64)
    return Pipeline(Stores(()), packs=(), lines=find_business_lines(), legal_entities=nobody)


class serving:  # noqa: N801  reads as a phrase: with serving(…)
    """Runs a server in a thread, and gives a client of it."""

    def __init__(
        self,
        stores: Stores,
        access: Access | None = None,
        proxies: tuple[str, ...] = (),
        public_url: str | None = None,
        service: Service | None = None,
        **api: object,
    ) -> None:
        self.listener = listen("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        settings = load_settings({"api": {"trusted_proxies": proxies, **api}})
        # With the made-up pack where a test issues; readers need none.
        self.writing = open_shards(service, len(stores.shards)) if service else None
        pipeline = open_pipeline(self.writing, service) if self.writing and service else None
        self.issuing = Issuing(pipeline or _no_pipeline(), self.writing or stores, Metrics("1"))
        self.reading = Reading(stores, settings.api.read_timeout_s)
        self.server = server_of(
            settings,
            self.reading,
            access or open_access(),
            public_url or self.address,
            self.issuing,
        )
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],))

    def __enter__(self) -> httpx.Client:
        self.thread.start()
        # The port is open before the server runs, so the first request waits for it.
        self.client = httpx.Client(
            # To load all the world's certificates takes longer than most tests.
            base_url=self.address,
            # As the tests of lengths and ETags compare; test_compression.py asks for gzip.
            headers={"accept-encoding": "identity"},
            trust_env=False,
            verify=False,  # noqa: S501  http, on this machine
        )
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join()
        self.reading.close()
        self.issuing.close()
        if self.writing is not None:
            self.writing.close()


def assert_problem(answer: httpx.Response, status: int, title: str) -> None:
    """The answer is a problem document (RFC 9457) of that status."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(answer.content)
    assert set(problem) == {"type", "title", "status", "detail", "remedy"}
    assert (problem["status"], problem["title"]) == (status, title)
    assert problem["type"].startswith("urn:receipts:problem:")
    assert problem["detail"].endswith(".")
    assert problem["remedy"].endswith(".")
