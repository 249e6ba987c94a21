"""A server that ends in order: it says so, waits, finishes, and ends with 0."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import structlog
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

log = structlog.get_logger()


class DrainingServer(uvicorn.Server):
    """Ends some time after SIGTERM, so that whoever sends requests can look elsewhere.

    Meanwhile it still answers. A second signal ends the wait; open requests are finished then,
    too. Ctrl-C ends at once, as people expect it.
    """

    def __init__(self, config: uvicorn.Config, drain: Callable[[], None], drain_s: float) -> None:
        """Serve an application.

        Args:
            config: Of the server.
            drain: Called when the process is about to end.
            drain_s: How long to go on serving then, in seconds.
        """
        super().__init__(config)
        self._drain = drain
        self._drain_s = drain_s
        self._ends_at: float | None = None
        self._is_told = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second signal does not wait any longer."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
            return
        # It is not kept to be raised again: what ends in order ends with 0.
        if self._ends_at is not None:
            self.should_exit = True
            return
        self._ends_at = time.monotonic() + self._drain_s

    async def on_tick(self, counter: int) -> bool:
        """What happens every tenth of a second; answers whether to end."""
        if self._ends_at is not None and not self._is_told:
            self._tell()
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def _tell(self) -> None:
        # Not in the handler of the signal: a log line may be half written then.
        self._is_told = True
        self._drain()
        log.info("server.draining", drain_s=self._drain_s)
