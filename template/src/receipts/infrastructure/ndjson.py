"""Newline-delimited JSON, read with bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_EVENT_BYTES = 256 * 1024
"""A trip is 1 KB, a very long order 100 KB; beyond this a line is cut and set aside."""


class RawEvent(Struct, frozen=True, gc=False):
    """Bytes as they arrived, and where from."""

    content: bytes
    origin: str
    """For example ``rides.ndjson:12``."""
    cut: bool = False
    """Whether the line was longer than `LARGEST_EVENT_BYTES` and only its start is kept."""


def read_batches(stream: BinaryIO, name: str, size: int) -> Iterator[list[RawEvent]]:
    """Batches of lines; empty lines are passed over."""
    batch: list[RawEvent] = []
    for event in _lines(stream, name):
        batch.append(event)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(stream: BinaryIO, name: str) -> Iterator[RawEvent]:
    number = 0
    while line := stream.readline(LARGEST_EVENT_BYTES + 1):
        number += 1
        cut = len(line) > LARGEST_EVENT_BYTES and not line.endswith(b"\n")
        if cut:
            _skip_rest(stream)
        # What was cut stays as long as it is, so it can be told from a whole one later.
        content = line if cut else line.strip()
        if content:
            yield RawEvent(content, f"{name}:{number}", cut)


def _skip_rest(stream: BinaryIO) -> None:
    while (rest := stream.readline(LARGEST_EVENT_BYTES)) and not rest.endswith(b"\n"):
        pass
