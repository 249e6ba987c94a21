"""How far a long command has come, for whoever watches; a pipe or a log sees nothing of it."""

from __future__ import annotations

import sys
import time

STEP = 1000
"""Between two looks at the clock."""

EVERY_S = 0.2
"""Between two lines on the screen."""


class Progress:
    """Counts on one line of the terminal, and wipes it at the end."""

    def __init__(self, what: str) -> None:
        """Begin.

        Args:
            what: What is counted, in the plural.
        """
        self._what = what
        self._is_watched = sys.stderr.isatty()
        self._began = time.monotonic()
        self._next_count = STEP
        self._next_s = 0.0
        self._width = 0

    def __call__(self, count: int) -> None:
        """Show how many are done, and how many a second."""
        if not self._is_watched or count < self._next_count:
            return
        self._next_count = count + STEP
        passed_s = time.monotonic() - self._began
        if passed_s >= self._next_s:
            self._next_s = passed_s + EVERY_S
            self._show(f"{count:,} {self._what}, {count / max(passed_s, 1e-3):,.0f}/s")

    def clear(self) -> None:
        """Leave the line to the answer."""
        if self._width:
            self._show("")
            print("\r", end="", file=sys.stderr, flush=True)

    def _show(self, text: str) -> None:
        print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(text)
