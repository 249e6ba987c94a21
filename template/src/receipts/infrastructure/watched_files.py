"""What a file or folder says, read again when it changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

from receipts.domain.errors import BrokenConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Content = TypeVar("Content")

LOOK_EVERY_S = 1.0
"""How long a change may stay unseen."""


class Watched(Generic[Content]):
    """Reads a file or folder, and again when it changed; a broken one opens nothing."""

    def __init__(self, path: Path, read: Callable[[Path], Content]) -> None:
        """Read it.

        Raises:
            BrokenConfiguration: It cannot be used.
        """
        self._path = path
        self._read = read
        self._stamp = _stamp(path)
        self._content: Content | BrokenConfiguration = read(path)
        self._looked_at = time.monotonic()

    def content(self) -> Content:
        """As it is now, or was a second ago.

        Raises:
            BrokenConfiguration: It was changed into something that cannot be used.
        """
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._look()
        if isinstance(self._content, BrokenConfiguration):
            raise self._content.with_traceback(None)
        return self._content

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        stamp = _stamp(self._path)
        if stamp == self._stamp and not isinstance(self._content, BrokenConfiguration):
            return
        self._stamp = stamp
        try:
            self._content = self._read(self._path)
        except BrokenConfiguration as error:
            self._content = error


def _stamp(path: Path) -> list[tuple[int, int, int]]:
    """Differs whenever the content does: a secret mount swaps what the path leads to."""
    try:
        files = [path, *sorted(path.iterdir())] if path.is_dir() else [path]
        found = [file.stat() for file in files]
    except OSError:
        return []
    return [(each.st_ino, each.st_mtime_ns, each.st_size) for each in found]
