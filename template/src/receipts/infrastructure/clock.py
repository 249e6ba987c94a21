"""The only place that asks what time it is for a document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The present instant in UTC."""


def system_clock() -> datetime:
    """Now, in UTC, to the millisecond: as fine as a document needs."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
