"""Tokens of every kind, and a key that signs links, in a folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from receipts.infrastructure.tokens import Scope, add_token, revoke_token

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = "q3Jr8vTzLk5XwPc2Yb9NsDf6Hg4Mt7Ra"


def make_tokens(path: Path) -> dict[str, str]:
    """A file of tokens; answers with each by its name."""
    made, later = {}, datetime(2099, 1, 1, tzinfo=UTC)
    for name, scope, expires in (
        ("reader", Scope.RECEIPTS_READ, later),
        ("writer", Scope.EVENTS_WRITE, later),
        ("admin", Scope.ADMIN, later),
        ("revoked", Scope.RECEIPTS_READ, later),
        ("expired", Scope.RECEIPTS_READ, NOW - timedelta(seconds=1)),
    ):
        made[name] = add_token(path, name, (scope,), NOW - timedelta(days=1), expires)
    revoke_token(path, "revoked", NOW)
    return made


def make_key(folder: Path, name: str = "2026-11", key: str = KEY) -> Path:
    """A folder with a key of that name."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(key)
    return folder
