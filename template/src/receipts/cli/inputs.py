"""Where a command reads events from."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from receipts.domain.errors import BrokenConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def opened(file: str) -> Iterator[tuple[BinaryIO, str]]:
    """A file of events, or standard input for ``-``, and the name it goes by.

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
        yield stream, path.name
