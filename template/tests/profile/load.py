"""The service as its users keep it busy: events come in, receipts are read."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

from receipts.cli.sample import sample_events

if TYPE_CHECKING:
    from collections.abc import Callable

SERVE = ("-m", "receipts.cli.app", "serve")
STARTS_WITHIN_S = 30
EVENTS_IN_ONE_REQUEST = 50
READS_AFTER_EACH = 20
LINES = {"content-type": "application/x-ndjson"}


def settings_for(folder: Path, port: int) -> dict[str, str]:
    """Environment of a service that stores into a folder and not among a laptop's receipts."""
    return {
        "RECEIPTS_API__PORT": str(port),
        "RECEIPTS_STORE__URL": f"sqlite:{folder}",
        "RECEIPTS_LOG__LEVEL": "error",
    }


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def keep_busy(address: str, still: Callable[[], bool]) -> int:
    """Post new events and read their receipts for as long as told.

    Returns:
        How many requests were answered.
    """
    answered = 0
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        try:
            _await_start(client, still)
            seed = time.time_ns()
            while still():
                answered += _one_round(client, seed + answered)
        # The profiler ends its child when its time is over.
        except httpx.TransportError:
            if still():
                raise
    return answered


def _await_start(client: httpx.Client, still: Callable[[], bool]) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_S
    while still() and time.monotonic() < give_up:
        try:
            client.get("/health/live")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return


def _one_round(client: httpx.Client, seed: int) -> int:
    events = sample_events(Path("config/countries"), EVENTS_IN_ONE_REQUEST, seed, None, None)
    content = b"\n".join(map(msgspec.json.encode, events))
    posted = client.post("/events", content=content, headers=LINES).raise_for_status()
    issued = [document for event in posted.json()["events"] for document in event["documents"]]
    for document in issued[:READS_AFTER_EACH]:
        client.get(f"/receipts/{document['document_id']}.html").raise_for_status()
    return 1 + len(issued[:READS_AFTER_EACH])
