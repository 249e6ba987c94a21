"""Dead letters in a shard: statements and their values, the same in every database."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from receipts.infrastructure.store import DeadLetterRow

if TYPE_CHECKING:
    from collections.abc import Sequence

SELECT = """
    select origin, code, path, reason, content, dead_letter_id, first_seen_at, last_seen_at,
        times_seen, resolved_at, resolved_by
    from dead_letters where dead_letter_id > ? order by dead_letter_id limit 100
"""


BURY = """
    insert into dead_letters (sha256, first_seen_at, last_seen_at, times_seen, origin, code, path,
        reason, content)
    values (?, ?, ?, 1, ?, ?, ?, ?, ?)
    on conflict (sha256) do update set last_seen_at = excluded.last_seen_at,
        times_seen = dead_letters.times_seen + 1, origin = excluded.origin, code = excluded.code,
        path = excluded.path, reason = excluded.reason, resolved_at = null, resolved_by = '[]'
"""
"""The same bytes again only count, and open what was resolved."""

RESOLVE = "update dead_letters set resolved_at = ?, resolved_by = ? where dead_letter_id = ?"


def letter_in(row: tuple[Any, ...]) -> DeadLetterRow:
    """The dead letter in a row of `SELECT`."""
    origin, code, path, reason, content, number, first, last, times, resolved_at, resolved_by = row
    return DeadLetterRow(
        origin=origin,
        code=code,
        path=path,
        reason=reason,
        content=content,
        dead_letter_id=number,
        first_seen_at=datetime.fromisoformat(first),
        last_seen_at=datetime.fromisoformat(last),
        times_seen=times,
        resolved_at=datetime.fromisoformat(resolved_at) if resolved_at else None,
        resolved_by=msgspec.json.decode(resolved_by, type=tuple[str, ...]),
    )


def buried(letters: Sequence[DeadLetterRow], at: datetime) -> list[tuple[Any, ...]]:
    """Values of `BURY`."""
    now = at.isoformat()
    return [
        (
            sha256(each.content).digest(),
            now,
            now,
            each.origin,
            each.code,
            each.path,
            each.reason,
            each.content,
        )
        for each in letters
    ]


def resolved(resolved_by: dict[int, tuple[str, ...]], at: datetime) -> list[tuple[Any, ...]]:
    """Values of `RESOLVE`."""
    return [
        (at.isoformat(), msgspec.json.encode(documents).decode(), number)
        for number, documents in resolved_by.items()
    ]
