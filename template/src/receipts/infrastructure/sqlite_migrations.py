"""Schema of a SQLite file: numbered SQL files, applied once each, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receipts.infrastructure.migration_files import migrations, newer_than_code

if TYPE_CHECKING:
    import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version's schema; another process may be doing the same.

    Raises:
        StoreUnavailable: The file was written by a newer version.
    """
    steps = migrations("sqlite")
    latest = max(steps)
    if _version(connection) == latest:
        return
    connection.execute("begin immediate")
    try:
        found = _version(connection)
        if found > latest:
            raise newer_than_code(found, latest)
        for version in range(found + 1, latest + 1):
            for statement in steps[version]:
                connection.execute(statement)
            connection.execute(f"pragma user_version = {version}")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("pragma user_version").fetchone()[0]
    return version
