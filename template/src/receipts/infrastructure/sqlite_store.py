"""A shard in one SQLite file.

Commits are synced (``synchronous=full``): at a power cut nothing that was
acknowledged is lost, so no number is ever given twice. Any process may open the
file; writers wait for each other.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from receipts.infrastructure.block_store import BlockStore
from receipts.infrastructure.block_transaction import BlockTransaction
from receipts.infrastructure.sqlite_migrations import migrate
from receipts.infrastructure.store import DamagedStore, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_TIMEOUT_S = 10
"""How long a writer waits for another one; a batch holds the lock for some 20 ms."""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""What SQLite says, in its lowest byte, of pages that it did not write so."""

UNREADABLE = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ)
"""What it says of pages that the disk does not give back."""


class SqliteStatements:
    """Runs statements on a connection that is inside a transaction."""

    conflict: type[Exception] = sqlite3.IntegrityError

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Run them there."""
        self._connection = connection

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one; its rows."""
        return self._connection.execute(sql, values).fetchall()

    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one for each row of values."""
        self._connection.executemany(sql, rows)


class SqliteStore(BlockStore):
    """One shard; implements `receipts.infrastructure.store.Store`."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring its schema up to date.

        Raises:
            StoreUnavailable: The file cannot be opened or is newer than this version.
        """
        super().__init__(str(path))
        with _in_words(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(path)
        self._path = path

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[BlockTransaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it."""
        with _in_words(self._path):
            self._connection.execute("begin immediate")
            try:
                yield BlockTransaction(SqliteStatements(self._connection))
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def _run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def _all(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with _in_words(self._path):
            # Not "yield from": left early, it would close the cursor, maybe of a closed database.
            for row in self._connection.execute(sql, values):  # noqa: UP028
                yield row


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        # A block is some 15 KB; only a new file takes the size.
        connection.execute("pragma page_size = 8192")
        _use_write_ahead_log(connection)
        connection.execute("pragma synchronous = full")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch the journal; unlike a write, the switch itself never waits for another process."""
    give_up = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF in DAMAGED or code in UNREADABLE:
            raise DamagedStore(f"{path}: {error}.") from error
        remedy = (
            f"another process has been writing to it for {BUSY_TIMEOUT_S} s, stop that one or wait"
            if code == sqlite3.SQLITE_BUSY
            else "check that the folder exists, is writable and has room"
        )
        raise StoreUnavailable(
            f"The store {path} cannot be used: {error}. Nothing was half done; "
            f"{remedy}, then run the command again."
        ) from error
