"""A shard in one schema of a PostgreSQL database.

A commit is durable when it returns, as long as the server syncs (``synchronous_commit``). A writer
holds its shard until its commit, so numbers follow each other; readers never wait. A connection
that was lost is made anew: a read is asked again, a transaction is undone and may be done again.
Whether a commit took place whose answer was lost is told by what lies where it would have written.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors

from receipts.domain.masking import without_password
from receipts.infrastructure.block_store import BlockStore
from receipts.infrastructure.block_transaction import BlockTransaction
from receipts.infrastructure.migration_files import newer_than_code
from receipts.infrastructure.postgres_connection import (
    ANSWER_TIMEOUT_S,
    STATEMENT_TIMEOUT_S,
    Connection,
    connect,
    remedy_of,
    said_in,
)
from receipts.infrastructure.postgres_migrations import latest_version, migrate, schema_version
from receipts.infrastructure.store import (
    PATIENCE_S,
    PAUSE_S,
    ConnectionLost,
    DamagedStore,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOCK_TIMEOUT_S = 10
"""How long a writer waits for another one."""


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

    def __init__(
        self,
        url: str,
        shard: int,
        *,
        migrates: bool,
        answers_within_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        """Connect.

        Args:
            url: ``postgresql://…``, as libpq reads it.
            shard: Its number.
            migrates: Whether to bring an older schema up to date; if not, it is refused.
            answers_within_s: How long one call, once it is opened, waits for the server, in
                seconds; then the connection is given up.

        Raises:
            StoreUnavailable: There is no such database, or its schema is another version's.
        """
        super().__init__(f"{without_password(url)}, schema {schema_of(shard)}")
        self._url = url
        self._schema = schema_of(shard)
        self._open: Connection | None = None
        # To make or change tables takes its time.
        self._answers_within_s: float = ANSWER_TIMEOUT_S
        self._is_writing = False
        self._connecting = threading.Lock()
        try:
            with self._in_words():
                if migrates:
                    migrate(self._connection, self._schema)
                self._check_version()
        except BaseException:
            self.close()
            raise
        self._answers_within_s = answers_within_s
        self._connection.answers_within_s = answers_within_s

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
        self._url = ""

    @contextmanager
    def transaction(self) -> Iterator[BlockTransaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it.

        Raises:
            ConnectionLost: Nothing was stored; it can be done again.
        """
        with self._in_words():
            try:
                transaction = BlockTransaction(PostgresStatements(self._begun()))
                yield transaction
                self._commit(transaction)
            finally:
                self._is_writing = False
                # Whatever was not committed; of a lost connection the server undoes it.
                if self._open is not None and not self._open.closed:
                    self._open.rollback()

    def _begun(self) -> Connection:
        connection = self._connection
        connection.execute("begin")
        self._is_writing = True
        # Other writers wait here until the commit; readers do not.
        connection.execute("lock table series in share row exclusive mode")
        return connection

    def _commit(self, transaction: BlockTransaction) -> None:
        connection = self._connection
        try:
            connection.execute("commit")
        except psycopg.OperationalError as error:
            if not connection.closed:
                raise
            if not self._took_place(transaction):
                raise self._lost(error) from error

    def _took_place(self, transaction: BlockTransaction) -> bool:
        """Whether a transaction was committed whose answer was lost."""
        self._is_writing = False
        if transaction.written is None:
            return False
        block_id, content = transaction.written
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                # The lock waits until the server has ended what it may still be committing.
                connection = self._begun()
                found = connection.execute(
                    "select content from blocks where block_id = %s", (block_id,)
                ).fetchone()
            except ConnectionLost:
                if time.monotonic() > give_up:
                    raise
                time.sleep(PAUSE_S)
            else:
                # Another writer's block of that number holds other events or another time of issue.
                return found is not None and found[0] == content

    def _run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        PostgresStatements(self._connection).run_each(sql, rows)

    def _all(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            rows = self._read(sql, values)
        except ConnectionLost as lost:
            # Nobody is to wait a second time for a server that does not answer.
            if self._is_writing or isinstance(lost.__cause__, errors.ConnectionTimeout):
                raise
            rows = self._read(sql, values)
        yield from rows

    def _read(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._in_words():
            connection = self._connection
            try:
                return PostgresStatements(connection).run(sql, values)
            except psycopg.OperationalError as error:
                # Another reader may have connected anew since.
                if connection.closed:
                    raise self._lost(error) from error
                raise

    @property
    def _connection(self) -> Connection:
        with self._connecting:
            if self._open is None:
                self._open = self._connected()
            # Within a transaction a new connection would be outside of it.
            elif self._open.closed and not self._is_writing:
                self._open = self._connected_again()
            return self._open

    def _connected_again(self) -> Connection:
        try:
            return self._connected()
        except psycopg.OperationalError as error:
            # A store that was closed is not to be tried again.
            if not self._url:
                raise self._unavailable(error) from error
            raise self._lost(error) from error

    def _connected(self) -> Connection:
        if not self._url:
            raise psycopg.OperationalError("it was closed")
        connection = connect(self._url)
        connection.answers_within_s = self._answers_within_s
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
            raise DamagedStore(f"{self._place}: {said_in(error)}.") from error
        except psycopg.Error as error:
            if isinstance(error, psycopg.OperationalError) and self._open and self._open.closed:
                raise self._lost(error) from error
            raise self._unavailable(error) from error

    def _lost(self, error: psycopg.Error) -> ConnectionLost:
        return ConnectionLost(str(self._unavailable(error)))

    def _unavailable(self, error: psycopg.Error) -> StoreUnavailable:
        return StoreUnavailable(
            f"The store {self._place} cannot be used: {said_in(error)}. Nothing was half done; "
            f"{_remedy(error)}, then run the command again."
        )


def _remedy(error: psycopg.Error) -> str:
    match error:
        case errors.LockNotAvailable():
            return f"another writer has held it for {LOCK_TIMEOUT_S} s, stop that one or wait"
        case errors.DiskFull():
            return "make room on the server's disk"
        case errors.ReadOnlySqlTransaction():
            return "name a server that may be written to: this one is a replica or set to read only"
        case errors.InsufficientPrivilege():
            return "let this user use its schemas, see docs/how-to/use-postgresql.md"
        case _:
            return remedy_of(error)
