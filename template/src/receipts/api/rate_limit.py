"""How often one client may ask, in bounded memory.

The generic cell rate algorithm: one instant for each address, at which it would have used up
what it took. Kept by each process for itself, so several let through as many times more.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESSES = 10_000
"""How many are remembered, some 2 MB; the one that asked longest ago is forgotten first."""


class RateLimit:
    """Lets each address ask so many times a minute, at once or spread."""

    def __init__(
        self,
        per_minute: int,
        seconds: Callable[[], float] = time.monotonic,
        addresses: int = ADDRESSES,
    ) -> None:
        """Nobody has asked yet."""
        self._interval_s = 60 / per_minute
        self._burst_s = 60 - self._interval_s
        self._seconds = seconds
        self._addresses = addresses
        self._used_up: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """0 where the address may ask now, which counts; else the seconds until it may."""
        now = self._seconds()
        used_up = max(self._used_up.get(address, now), now)
        if (wait := used_up - now - self._burst_s) > 1e-9:
            return wait
        self._used_up[address] = used_up + self._interval_s
        self._used_up.move_to_end(address)
        if len(self._used_up) > self._addresses:
            self._used_up.popitem(last=False)
        return 0
