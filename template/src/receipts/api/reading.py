"""Reads the store for requests, in a thread of its own and within a time.

A store that has stopped to answer, as a server that hangs, holds up those who read it and nobody
else: the process still says that it is alive, and issues where it can.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from receipts.api.one_thread import OneThread
from receipts.infrastructure.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from receipts.infrastructure.stores import Stores

Answer = TypeVar("Answer")

MOST_WAITING = 1_024
"""Requests that may wait for their turn; a read takes less than a millisecond."""


class Reading:
    """The one reader of this process."""

    def __init__(self, stores: Stores, within_s: float) -> None:
        """Read opened shards.

        Args:
            stores: What nobody else in this process uses; it must give up by itself to wait for
                a server, or what was asked later waits for that, too.
            within_s: How long a request may wait for its turn and its answer, in seconds.
        """
        self.shards = len(stores.shards)
        self._stores = stores
        self._within_s = within_s
        self._thread = OneThread("reading", MOST_WAITING)

    async def read(self, question: Callable[[Stores], Answer]) -> Answer:
        """Ask the store something.

        Args:
            question: Asks the store; its answer must not be read from it later.

        Raises:
            Problem: 503, too many requests are waiting.
            StoreUnavailable: There is no answer, or none in time.
        """
        try:
            async with asyncio.timeout(self._within_s):
                # One whose time is over before its turn is never asked.
                return await self._thread.do(partial(question, self._stores))
        except TimeoutError as error:
            raise StoreUnavailable(
                f"The store has not answered a reader for {self._within_s:g} s: check that it "
                "runs and may be reached, or raise api.read_timeout_s."
            ) from error

    def close(self) -> None:
        """Finish what was begun."""
        self._thread.close()
