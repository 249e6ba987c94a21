"""A shard in one SQLite file.

Commits are synced (``synchronous=full``): at a power cut nothing that was
acknowledged is lost, so no number is ever given twice. Any process may open the
file; writers wait for each other.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from receipts.domain.events import EventKey
from receipts.infrastructure.sqlite_migrations import migrate
from receipts.infrastructure.store import (
    Counter,
    DeadLetterRow,
    StoredDocument,
    StoredEvent,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from receipts.infrastructure.store import DocumentFilter

BUSY_TIMEOUT_S = 10
"""How long a writer waits for another one; a batch holds the lock for some 20 ms."""

_DOCUMENT = (
    "document_id, series, sequence, number, country, business_line, kind, supply_date, "
    "sha256, chain, body"
)
_EVENT = "source, event_id, document_count, record"
_DEAD_LETTER = (
    "origin, code, path, reason, content, dead_letter_id, first_seen_at, last_seen_at, times_seen"
)
_KNOWN = """
    select e.source, e.event_id from json_each(?) as j
    join events as e on e.source = j.value ->> 0 and e.event_id = j.value ->> 1
"""


class SqliteStore:
    """One shard; implements `receipts.infrastructure.store.Store`."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring its schema up to date.

        Raises:
            StoreUnavailable: The file cannot be opened or is newer than this version.
        """
        self._path = path
        with _in_words(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            # Two-kilobyte rows waste most of a 4 KB page; only a new file takes the size.
            self._connection.execute("pragma page_size = 16384")
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            migrate(self._connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it."""
        with _in_words(self._path):
            self._connection.execute("begin immediate")
            try:
                yield SqliteTransaction(self._connection)
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def known(self, keys: Sequence[EventKey]) -> set[EventKey]:
        """Those of the keys that were issued before."""
        return _known(self._connection, keys)

    def freeze(self, sha256: str, kind: str, content: bytes) -> None:
        """Keep a pack or the legal entities for ever."""
        with _in_words(self._path):
            self._connection.execute(
                "insert into frozen_inputs (sha256, kind, content) values (?, ?, ?) "
                "on conflict do nothing",
                (sha256, kind, content),
            )

    def frozen(self, sha256: str) -> bytes | None:
        """Content kept under that digest."""
        row = self._one("select content from frozen_inputs where sha256 = ?", sha256)
        return None if row is None else row[0]

    def document(self, document_id: str) -> StoredDocument | None:
        """One document by id."""
        row = self._one(f"select {_DOCUMENT} from documents where document_id = ?", document_id)
        return None if row is None else StoredDocument(*row)

    def document_numbered(self, number: str) -> StoredDocument | None:
        """One document by number."""
        row = self._one(f"select {_DOCUMENT} from documents where number = ?", number)
        return None if row is None else StoredDocument(*row)

    def event(self, key: EventKey) -> StoredEvent | None:
        """One issued event."""
        row = self._one(f"select {_EVENT} from events where source = ? and event_id = ?", *key)
        return None if row is None else StoredEvent(*row)

    def chain_before(self, series: str, sequence: int) -> bytes | None:
        """Chain value of the document before that one; None for the first."""
        row = self._one(
            "select chain from documents where series = ? and sequence = ?", series, sequence - 1
        )
        return None if row is None else row[0]

    def documents(self, chosen: DocumentFilter, limit: int) -> list[StoredDocument]:
        """The newest documents first."""
        rows = self._all(
            f"""
            select {_DOCUMENT} from documents
            where (:country is null or country = :country)
              and (:business_line is null or business_line = :business_line)
              and (:series is null or series = :series)
              and (:supplied_from is null or supply_date >= :supplied_from)
              and (:supplied_to is null or supply_date <= :supplied_to)
            order by rowid desc limit :limit
            """,
            msgspec.to_builtins(chosen) | {"limit": limit},
        )
        return [StoredDocument(*row) for row in rows]

    def in_series_order(self) -> Iterator[StoredDocument]:
        """Every document, by series and sequence."""
        rows = self._all(f"select {_DOCUMENT} from documents order by series, sequence")
        return (StoredDocument(*row) for row in rows)

    def document_ids(self) -> Iterator[str]:
        """Every document id."""
        return (row[0] for row in self._all("select document_id from documents"))

    def events(self) -> Iterator[StoredEvent]:
        """Every issued event."""
        return (StoredEvent(*row) for row in self._all(f"select {_EVENT} from events"))

    def all_counters(self) -> dict[str, Counter]:
        """Where every series stands."""
        rows = self._all("select series, last_sequence, last_chain from counters order by series")
        return {series: Counter(sequence, chain) for series, sequence, chain in rows}

    def bury(self, letters: Sequence[DeadLetterRow], at: datetime) -> None:
        """Keep dead letters; the same bytes again only count."""
        now = at.isoformat()
        rows = [
            (
                sha256(letter.content).digest(),
                now,
                now,
                letter.origin,
                letter.code,
                letter.path,
                letter.reason,
                letter.content,
            )
            for letter in letters
        ]
        with _in_words(self._path), self.transaction():
            self._connection.executemany(
                """
                insert into dead_letters (sha256, first_seen_at, last_seen_at, times_seen, origin,
                    code, path, reason, content)
                values (?, ?, ?, 1, ?, ?, ?, ?, ?)
                on conflict (sha256) do update set last_seen_at = excluded.last_seen_at,
                    times_seen = times_seen + 1, origin = excluded.origin, code = excluded.code,
                    path = excluded.path, reason = excluded.reason
                """,
                rows,
            )

    def dead_letters(self) -> Iterator[DeadLetterRow]:
        """Every dead letter, oldest first."""
        rows = self._all(f"select {_DEAD_LETTER} from dead_letters order by dead_letter_id")
        for row in rows:
            origin, code, path, reason, content, number, first, last, times = row
            yield DeadLetterRow(
                origin=origin,
                code=code,
                path=path,
                reason=reason,
                content=content,
                dead_letter_id=number,
                first_seen_at=datetime.fromisoformat(first),
                last_seen_at=datetime.fromisoformat(last),
                times_seen=times,
            )

    def _one(self, sql: str, *values: Any) -> Any:
        with _in_words(self._path):
            return self._connection.execute(sql, values).fetchone()

    def _all(self, sql: str, values: Mapping[str, Any] | tuple[()] = ()) -> sqlite3.Cursor:
        with _in_words(self._path):
            return self._connection.execute(sql, values)


class SqliteTransaction:
    """Statements between ``begin immediate`` and ``commit``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work on a connection that is inside a transaction."""
        self._connection = connection

    def known(self, keys: Sequence[EventKey]) -> set[EventKey]:
        """Those of the keys that were issued before."""
        return _known(self._connection, keys)

    def counters(self, series: Iterable[str]) -> dict[str, Counter]:
        """Where series stand."""
        rows = self._connection.execute(
            "select c.series, c.last_sequence, c.last_chain from json_each(?) as j "
            "join counters as c on c.series = j.value",
            (msgspec.json.encode(list(series)).decode(),),
        )
        return {name: Counter(sequence, chain) for name, sequence, chain in rows}

    def add(self, events: Sequence[StoredEvent], documents: Sequence[StoredDocument]) -> None:
        """Insert issued events and their documents."""
        self._connection.executemany(
            f"insert into events ({_EVENT}) values (?, ?, ?, ?)",
            map(msgspec.structs.astuple, events),
        )
        self._connection.executemany(
            f"insert into documents ({_DOCUMENT}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(msgspec.structs.astuple, documents),
        )

    def advance(self, counters: Mapping[str, Counter]) -> None:
        """Set where series stand now."""
        self._connection.executemany(
            "insert into counters (series, last_sequence, last_chain) values (?, ?, ?) "
            "on conflict (series) do update set last_sequence = excluded.last_sequence, "
            "last_chain = excluded.last_chain",
            [(name, each.last_sequence, each.last_chain) for name, each in counters.items()],
        )


def _known(connection: sqlite3.Connection, keys: Sequence[EventKey]) -> set[EventKey]:
    rows = connection.execute(_KNOWN, (msgspec.json.encode(keys).decode(),))
    return {EventKey(*row) for row in rows}


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(
            f"The store {path} cannot be used: {error}. Nothing was half done; "
            "check that the folder exists, is writable and has room, then run the command again."
        ) from error
