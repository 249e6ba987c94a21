"""A shard in one schema of a PostgreSQL database.

A commit is durable when it returns, as long as the server syncs (``synchronous_commit``). A writer
holds its shard until its commit, so numbers follow each other; readers never wait. A connection
that was lost is made anew at the next call: what was not committed is undone, and whether a commit
whose answer was lost took place is told by the claims when the batch comes again.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors

from receipts.domain.masking import without_password
from receipts.infrastructure.block_store import BlockStore
from receipts.infrastructure.block_transaction import BlockTransaction
from receipts.infrastructure.migration_files import newer_than_code
from receipts.infrastructure.postgres_migrations import latest_version, migrate, schema_version
from receipts.infrastructure.store import DamagedStore, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOCK_TIMEOUT_S = 10
"""How long a writer waits for another one."""

STATEMENT_TIMEOUT_S = 60
"""How long one statement may take; a batch takes some 20 ms."""

CONNECT_TIMEOUT_S = 10


def schema_of(shard: int) -> str:
    """The PostgreSQL schema that holds a shard."""
    return f"receipts_{shard:02x}"


@lru_cache(maxsize=256)
def _marked(sql: str) -> str:
    return sql.replace("?", "%s")


class PostgresStatements:
    """Runs statements on a connection that is inside a transaction."""

    conflict: type[Exception] = errors.UniqueViolation

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Run them there."""
        self._connection = connection

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one; its rows."""
        cursor = self._connection.execute(_marked(sql), values or None)
        return cursor.fetchall() if cursor.description else []

    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one for each row of values, without waiting for each answer."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_marked(sql), rows)


class PostgresStore(BlockStore):
    """One shard; implements `receipts.infrastructure.store.Store`."""

    def __init__(self, url: str, shard: int, *, migrates: bool) -> None:
        """Connect.

        Args:
            url: ``postgresql://…``, as libpq reads it.
            shard: Its number.
            migrates: Whether to bring an older schema up to date; if not, it is refused.

        Raises:
            StoreUnavailable: There is no such database, or its schema is another version's.
        """
        super().__init__(f"{without_password(url)}, schema {schema_of(shard)}")
        self._url = url
        self._schema = schema_of(shard)
        self._open: psycopg.Connection[tuple[Any, ...]] | None = None
        try:
            with self._in_words():
                if migrates:
                    migrate(self._connection, self._schema)
                self._check_version()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
        self._url = ""

    @contextmanager
    def transaction(self) -> Iterator[BlockTransaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it."""
        with self._in_words():
            connection = self._connection
            with connection.transaction():
                # Other writers wait here until the commit; readers do not.
                connection.execute("lock table series in share row exclusive mode")
                yield BlockTransaction(PostgresStatements(connection))

    def _run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        PostgresStatements(self._connection).run_each(sql, rows)

    def _all(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with self._in_words():
            rows = PostgresStatements(self._connection).run(sql, values)
        yield from rows

    @property
    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._open is None or self._open.closed or self._open.broken:
            self._open = self._connected()
        return self._open

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if not self._url:
            raise psycopg.OperationalError("it was closed")
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="receipts",
        )
        for name, value in (
            ("search_path", self._schema),
            ("lock_timeout", f"{LOCK_TIMEOUT_S}s"),
            ("statement_timeout", f"{STATEMENT_TIMEOUT_S}s"),
        ):
            connection.execute("select set_config(%s, %s, false)", (name, value))
        return connection

    def _check_version(self) -> None:
        found, latest = schema_version(self._connection, self._schema), latest_version()
        if found > latest:
            raise newer_than_code(found, latest)
        if found < latest:
            raise StoreUnavailable(
                f"The store {self._place} has schema {found}, this version needs {latest}: "
                "run `receipts database upgrade` first; the running release goes on with it."
            )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (errors.DataCorrupted, errors.IndexCorrupted) as error:
            raise DamagedStore(f"{self._place}: {_said(error)}.") from error
        except psycopg.Error as error:
            remedy = (
                f"another writer has held it for {LOCK_TIMEOUT_S} s, stop that one or wait"
                if isinstance(error, errors.LockNotAvailable)
                else "check that the server runs, may be reached and lets this user in"
            )
            raise StoreUnavailable(
                f"The store {self._place} cannot be used: {_said(error)}. Nothing was half done; "
                f"{remedy}, then run the command again."
            ) from error


def _said(error: psycopg.Error) -> str:
    """What the server said, on one line."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(text.split()).rstrip(".")
