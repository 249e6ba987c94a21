"""A shard in one SQLite file.

Commits are synced (``synchronous=full``): at a power cut nothing that was
acknowledged is lost, so no number is ever given twice. Any process may open the
file; writers wait for each other.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from receipts.infrastructure.blocks import (
    EVENTS_IN_BLOCK,
    BlockEntry,
    pack_block,
    unpack_block,
)
from receipts.infrastructure.sqlite_migrations import migrate
from receipts.infrastructure.store import (
    DamagedStore,
    DeadLetterRow,
    Series,
    StoredDocument,
    StoredEvent,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from receipts.infrastructure.store import DocumentFilter, NewEvent

BUSY_TIMEOUT_S = 10
"""How long a writer waits for another one; a batch holds the lock for some 20 ms."""

_SERIES = (
    "name, number_head, number_digits, country, business_line, kind, last_sequence, last_chain"
)
_DOCUMENT = """
    select d.event_digest, d.position, s.name, d.sequence, s.number_head, s.number_digits,
        s.country, s.business_line, s.kind, d.supply_date, d.block_id, d.place
    from documents as d join series as s on s.series_id = d.series_id
"""
_DEAD_LETTER = (
    "origin, code, path, reason, content, dead_letter_id, first_seen_at, last_seen_at, times_seen"
)


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
            self._connection = _connect(path)

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

    def is_known(self, digest: bytes) -> bool:
        """Whether the event was issued before."""
        found = self._one("select 1 from documents where event_digest = ? and position = 0", digest)
        return found is not None

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

    def document(self, digest: bytes, position: int) -> StoredDocument | None:
        """One document of an event."""
        return self._found("where d.event_digest = ? and d.position = ?", digest, position)

    def document_numbered(self, number: str) -> StoredDocument | None:
        """One document by number."""
        series = self._all(
            "select name, number_head from series where number_head = substr(?, 1, "
            "length(number_head))",
            (number,),
        )
        for name, head in list(series):
            digits = number[len(head) :]
            found = self.document_in_series(name, int(digits)) if digits.isdecimal() else None
            if found is not None and found.number == number:
                return found
        return None

    def document_in_series(self, series: str, sequence: int) -> StoredDocument | None:
        """One document by series and sequence."""
        return self._found("where s.name = ? and d.sequence = ?", series, sequence)

    def documents(self, chosen: DocumentFilter, limit: int) -> Iterator[StoredDocument]:
        """The latest stored first."""
        return self._chosen(
            """
            where (:country is null or s.country = :country)
              and (:business_line is null or s.business_line = :business_line)
              and (:series is null or s.name = :series)
              and (:supplied_from is null or d.supply_date >= :supplied_from)
              and (:supplied_to is null or d.supply_date <= :supplied_to)
            order by d.block_id desc, d.place desc, d.position desc limit :limit
            """,
            msgspec.to_builtins(chosen) | {"limit": limit},
        )

    def in_commit_order(self) -> Iterator[StoredDocument]:
        """Every document that the index names; each series comes in its own order."""
        return self._chosen("order by d.block_id, d.place, d.position")

    def events(self) -> Iterator[StoredEvent]:
        """Every issued event that the blocks hold."""
        for block_id, content in self._all("select block_id, content from blocks order by 1"):
            for entry in self._unpacked(block_id, content):
                yield StoredEvent(entry.record, entry.bodies)

    def all_series(self) -> dict[str, Series]:
        """Every series and where it stands."""
        rows = self._all(f"select {_SERIES} from series order by name")
        return {row[0]: Series(*row) for row in rows}

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

    def _found(self, where: str, *values: Any) -> StoredDocument | None:
        return next(self._chosen(where, values), None)

    def _chosen(
        self, where: str, values: Mapping[str, Any] | tuple[Any, ...] = ()
    ) -> Iterator[StoredDocument]:
        block_id = 0
        entries: tuple[BlockEntry, ...] = ()
        for row in self._all(f"{_DOCUMENT} {where}", values):
            (digest, position, series, sequence, head, digits, country, line, kind, day) = row[:-2]
            block, place = row[-2:]
            if block != block_id:
                block_id, entries = block, self._block(block)
            if place >= len(entries) or position >= len(entries[place].bodies):
                raise DamagedStore(f"{self._path}: block {block} lacks a document it must hold.")
            yield StoredDocument(
                digest=digest,
                position=position,
                series=series,
                sequence=sequence,
                number=f"{head}{sequence:0{digits}}",
                country=country,
                business_line=line,
                kind=kind,
                supply_date=date.fromisoformat(day),
                body=entries[place].bodies[position],
                record=entries[place].record,
            )

    def _block(self, block_id: int) -> tuple[BlockEntry, ...]:
        row = self._one("select content from blocks where block_id = ?", block_id)
        return self._unpacked(block_id, row[0]) if row else ()

    def _unpacked(self, block_id: int, content: bytes) -> tuple[BlockEntry, ...]:
        try:
            return unpack_block(content)
        # SQLite keeps text in a column for bytes, if somebody puts it there by hand.
        except (ValueError, TypeError) as error:
            raise DamagedStore(f"{self._path}: block {block_id}: {error}.") from error

    def _one(self, sql: str, *values: Any) -> Any:
        with _in_words(self._path):
            return self._connection.execute(sql, values).fetchone()

    def _all(
        self, sql: str, values: Mapping[str, Any] | tuple[Any, ...] = ()
    ) -> Iterator[tuple[Any, ...]]:
        with _in_words(self._path):
            yield from self._connection.execute(sql, values)


class SqliteTransaction:
    """Statements between ``begin immediate`` and ``commit``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work on a connection that is inside a transaction."""
        self._connection = connection

    def known(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those of the event digests that were issued before."""
        marks = ", ".join("?" * len(digests))
        rows = self._connection.execute(
            f"select event_digest from documents where position = 0 and event_digest in ({marks})",
            digests,
        )
        return {row[0] for row in rows}

    def series(self, names: Iterable[str]) -> dict[str, Series]:
        """Where series stand."""
        rows = self._connection.execute(
            f"select {_SERIES} from series where name in (select value from json_each(?))",
            (msgspec.json.encode(list(names)).decode(),),
        )
        return {row[0]: Series(*row) for row in rows}

    def write(self, events: Sequence[NewEvent], series: Iterable[Series]) -> None:
        """Store issued events with their documents, and where their series stand now."""
        series_ids = self._advance(series)
        (block_id,) = self._connection.execute("select max(block_id) from blocks").fetchone()
        blocks: list[tuple[int, bytes]] = []
        documents: list[tuple[bytes, int, int, int, str, int, int]] = []
        for start in range(0, len(events), EVENTS_IN_BLOCK):
            block_id = (block_id or 0) + 1
            members = events[start : start + EVENTS_IN_BLOCK]
            entries = [
                BlockEntry(event.record, tuple([each.body for each in event.documents]))
                for event in members
            ]
            blocks.append((block_id, pack_block(entries)))
            documents += [
                (
                    event.digest,
                    position,
                    series_ids[document.series],
                    document.sequence,
                    document.supply_date.isoformat(),
                    block_id,
                    place,
                )
                for place, event in enumerate(members)
                for position, document in enumerate(event.documents)
            ]
        self._connection.executemany("insert into blocks values (?, ?)", blocks)
        self._connection.executemany(
            "insert into documents values (?, ?, ?, ?, ?, ?, ?)", documents
        )

    def _advance(self, series: Iterable[Series]) -> dict[str, int]:
        rows = [msgspec.structs.astuple(each) for each in series]
        self._connection.executemany(
            f"insert into series ({_SERIES}) values (?, ?, ?, ?, ?, ?, ?, ?) "
            "on conflict (name) do update set last_sequence = excluded.last_sequence, "
            "last_chain = excluded.last_chain",
            rows,
        )
        names = msgspec.json.encode([row[0] for row in rows]).decode()
        found = self._connection.execute(
            "select name, series_id from series where name in (select value from json_each(?))",
            (names,),
        )
        return dict(found.fetchall())


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
        raise StoreUnavailable(
            f"The store {path} cannot be used: {error}. Nothing was half done; "
            "check that the folder exists, is writable and has room, then run the command again."
        ) from error
