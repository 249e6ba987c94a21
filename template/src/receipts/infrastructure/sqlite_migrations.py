"""Schema of a SQLite file: numbered SQL files, applied once each, in order."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from receipts.infrastructure.store import StoreUnavailable

if TYPE_CHECKING:
    import sqlite3

_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version's schema; another process may be doing the same.

    Raises:
        StoreUnavailable: The file was written by a newer version.
    """
    steps = migrations()
    latest = max(steps)
    if _version(connection) == latest:
        return
    connection.execute("begin immediate")
    try:
        found = _version(connection)
        if found > latest:
            raise StoreUnavailable(
                f"The database has schema {found}, this version knows {latest}: "
                "run the version that wrote it, or a newer one."
            )
        for version in range(found + 1, latest + 1):
            for statement in steps[version].split(";\n"):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {version}")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def migrations() -> dict[int, str]:
    """SQL of each step by its number, from 1 without holes."""
    folder = resources.files("receipts.infrastructure").joinpath("migrations", "sqlite")
    found = {
        int(match.group(1)): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if (match := _NAME.match(entry.name))
    }
    if sorted(found) != list(range(1, len(found) + 1)):
        raise StoreUnavailable(f"Migration files must count from 1 without holes: {sorted(found)}.")
    return found


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("pragma user_version").fetchone()[0]
    return version
