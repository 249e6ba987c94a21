"""Work that would hold up everybody else, done in a thread of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from receipts.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class OneThread:
    """Does one piece of work after the other, so that what it works on needs no lock."""

    def __init__(self, name: str, most_waiting: int) -> None:
        """Start no thread yet.

        Args:
            name: Of the thread, for whoever looks into the process.
            most_waiting: Pieces of work that may wait for their turn or be done; more would only
                wait longer, and take memory.
        """
        self._most_waiting = most_waiting
        self._waiting = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def do(self, work: Callable[[], Result]) -> Result:
        """Wait for the turn of a piece of work, and for its end.

        Raises:
            Problem: 503, too many are waiting.
        """
        if self._waiting >= self._most_waiting:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                detail="Too many requests are waiting for the store.",
                remedy="Send it again after the seconds that Retry-After names.",
                headers={"retry-after": "1"},
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Finish what was begun."""
        self._thread.shutdown()
