"""Where a command reads events from."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from receipts.domain.errors import BrokenConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_JSON_FILE_BYTES = 16 * 1024 * 1024
"""It is read whole; what is larger is read by lines."""


@contextmanager
def opened(file: str) -> Iterator[tuple[BinaryIO, str]]:
    """A file of events, or standard input for ``-``, and the name it goes by.

    A line holds an event. A file called ``*.json`` may also hold one event over many lines, or
    a list of events, as people write them.

    Raises:
        BrokenConfiguration: The file cannot be read.
    """
    if file == "-":
        yield sys.stdin.buffer, "standard input"
        return
    path = Path(file)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise BrokenConfiguration(
            f"{file} cannot be read ({error.strerror}); name a file, or - for standard input."
        ) from error
    with stream:
        yield (_by_lines(stream) if path.suffix == ".json" else stream), path.name


def _by_lines(stream: BinaryIO) -> BinaryIO:
    """The events of a JSON file, one a line; what is no JSON stays as it is."""
    content = stream.read(LARGEST_JSON_FILE_BYTES + 1)
    stream.seek(0)
    if len(content) > LARGEST_JSON_FILE_BYTES:
        return stream
    try:
        events = [content]
        if content.lstrip().startswith(b"["):
            events = [bytes(each) for each in msgspec.json.decode(content, type=list[msgspec.Raw])]
        return BytesIO(b"\n".join([msgspec.json.format(event, indent=-1) for event in events]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return stream
