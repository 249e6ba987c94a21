"""``receipts demo``: everything in one process, on sample events.

Its store is made for it and thrown away at its end. Whatever store the settings name, by a
variable that somebody forgot, too, never gets a sample among its documents.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from receipts.cli.access import access_of
from receipts.cli.assembly import pipeline_of, start
from receipts.cli.issue import summary
from receipts.cli.public_address import public_address
from receipts.cli.sample import sample_events
from receipts.cli.serve import issuing_of, listen, reading_of, server_of
from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.ndjson import RawEvent
from receipts.infrastructure.stores import SQLITE_SCHEME
from receipts.pipeline.sample_corrections import with_corrections

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import uvicorn

    from receipts.infrastructure.stores import Stores
    from receipts.settings import Settings

SAMPLE_EVENTS = 100
CORRECTED_PERCENT = 10
ANSWER_WITHIN_S = 10


def demo(*, exit_: Annotated[bool, Parameter(name="--exit", negative="")] = False) -> int:
    """Issue sample events, serve their receipts and print the address of the first.

    They are kept in a folder of their own until it stops; the store of the settings is not used.

    Args:
        exit_: Ask for that receipt once, then stop.
    """
    with _throw_away_store() as url:
        return _demo(start({"log": {"level": "warning"}, "store": {"url": url}}), exit_=exit_)


@contextmanager
def _throw_away_store() -> Iterator[str]:
    """Address of an empty store that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="receipts-demo-") as folder:
        yield f"{SQLITE_SCHEME}:{folder}"


def _demo(settings: Settings, *, exit_: bool) -> int:
    with stores_of(settings) as stores:
        document_id = _issue_samples(settings, stores)
    with (
        reading_of(settings) as reading,
        issuing_of(settings) as issuing,
        _listener(settings.api.port) as listener,
    ):
        port = listener.getsockname()[1]
        public_url = public_address(settings, "127.0.0.1", port)
        every = f"http://127.0.0.1:{port}/receipts"
        address = f"{every}/{document_id}.html"
        print(f"\nA receipt:     {address}\nAll of them:   {every}", flush=True)
        server = server_of(settings, reading, access_of(settings), public_url, issuing)
        if not exit_:
            print("Stop with Ctrl-C.", flush=True)
            server.run(sockets=[listener])
            return 0
        visit = _Visit(address, server)
        visit.start()
        server.run(sockets=[listener])
        visit.join()
    return 0 if visit.answered else 1


class _Visit(threading.Thread):
    """Asks for one page as soon as the server is up, then stops the server."""

    def __init__(self, address: str, server: uvicorn.Server) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._server = server
        self.answered = False

    def run(self) -> None:
        """Wait for the server, ask once, stop it; `answered` tells how it went."""
        # This machine's own address is not for the proxy that the environment may name.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        give_up = time.monotonic() + ANSWER_WITHIN_S
        while not self._server.started and time.monotonic() < give_up:
            time.sleep(0.01)
        try:
            with direct.open(self._address, timeout=ANSWER_WITHIN_S) as answer:
                size = len(answer.read())
            print(f"It answers:    {answer.status}, {size:,} bytes.", flush=True)
            self.answered = True
        except OSError as error:
            print(f"It does not answer: {error}.", file=sys.stderr)
        finally:
            self._server.should_exit = True


def _issue_samples(settings: Settings, stores: Stores) -> str:
    """Issue the samples and answer with the id of the first document.

    Raises:
        BrokenConfiguration: Not one could be issued.
    """
    pipeline = pipeline_of(settings, stores)
    began = time.perf_counter()
    rides_and_orders = sample_events(settings.rules.team_packs, SAMPLE_EVENTS, 1, None, None)
    events = with_corrections(rides_and_orders, percent=CORRECTED_PERCENT, seed=1)
    issued = pipeline.run([RawEvent(msgspec.json.encode(event), "sample") for event in events])
    print(summary(pipeline.tally, time.perf_counter() - began))
    if not issued:
        raise BrokenConfiguration(
            f"Not one sample could be issued: {settings.rules.legal_entities} must name a legal "
            "entity for each country that samples come from."
        )
    return issued[0].document_id


def _listener(wanted: int) -> socket.socket:
    """The wanted port of this machine, or any free one where something else listens on it."""
    try:
        return listen("127.0.0.1", wanted)
    except BrokenConfiguration:
        return listen("127.0.0.1", 0)
