"""A shard in one SQLite file.

Commits are synced (``synchronous=full``): at a power cut nothing that was
acknowledged is lost, so no number is ever given twice. Any process may open the
file; writers wait for each other.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from receipts.infrastructure import sqlite_dead_letters
from receipts.infrastructure.sqlite_blocks import SELECT, Block, readable_blocks, unpacked
from receipts.infrastructure.sqlite_migrations import migrate
from receipts.infrastructure.sqlite_transaction import SERIES, SqliteTransaction
from receipts.infrastructure.store import (
    DamagedBlock,
    DamagedStore,
    Series,
    StoredDocument,
    StoredEvent,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from receipts.infrastructure.blocks import BlockEntry
    from receipts.infrastructure.store import (
        Damaged,
        DeadLetterRow,
        DocumentFilter,
        DocumentKey,
    )

BUSY_TIMEOUT_S = 10
"""How long a writer waits for another one; a batch holds the lock for some 20 ms."""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""What SQLite says, in its lowest byte, of pages that it did not write so."""

UNREADABLE = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ)
"""What it says of pages that the disk does not give back."""

MOST_DIGITS = 18
"""Of a sequence number."""


class SqliteStore:
    """One shard; implements `receipts.infrastructure.store.Store`."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring its schema up to date.

        Raises:
            StoreUnavailable: The file cannot be opened or is newer than this version.
        """
        self._path = path
        self._series: dict[int, Series] = {}
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
        return self._one("select 1 from events where event_digest = ?", digest) is not None

    def records(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Input records of those events that were issued before; each block is read once."""
        marks = ", ".join("?" * len(digests))
        places: dict[int, set[bytes]] = {}
        for digest, block_id in self._all(
            f"select event_digest, block_id from events where event_digest in ({marks})",
            tuple(digests),
        ):
            places.setdefault(block_id, set()).add(digest)
        found: dict[bytes, bytes] = {}
        for block_id, wanted in places.items():
            for block in self._blocks("where block_id = ?", block_id):
                entries = {each.digest: each.record for each in block.entries}
                found.update({each: entries[each] for each in wanted if each in entries})
        return found

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

    def event(self, digest: bytes) -> StoredEvent | None:
        """An issued event."""
        row = self._one("select block_id, place from events where event_digest = ?", digest)
        if row is None:
            return None
        block_id, place = row
        entries = next(self._blocks("where block_id = ?", block_id), Block(block_id, ())).entries
        if place >= len(entries) or entries[place].digest != digest:
            raise DamagedStore(f"{self._path}: block {block_id} lacks an event it must hold.")
        entry = entries[place]
        return StoredEvent(entry.record, self._documents_of(entry), is_claimed=True)

    def corrections_of(self, digest: bytes) -> list[StoredEvent]:
        """The events that corrected an event, in the order of commits."""
        rows = self._all(
            """
            select c.event_digest from corrections as c
            join events as e on e.event_digest = c.event_digest
            where c.original_digest = ? order by e.block_id, e.place
            """,
            (digest,),
        )
        found = [self.event(row[0]) for row in list(rows)]
        return [event for event in found if event is not None]

    def corrections(self) -> int:
        """How many events the index names as corrections."""
        count: int = self._one("select count(*) from corrections")[0]
        return count

    def document(self, digest: bytes, position: int) -> StoredDocument | None:
        """One document of an event."""
        event = self.event(digest)
        if event is None or position >= len(event.documents):
            return None
        return event.documents[position]

    def document_numbered(self, number: str) -> StoredDocument | None:
        """One document by number."""
        series = self._all(
            "select name, number_head from series where number_head = substr(?, 1, "
            "length(number_head))",
            (number,),
        )
        for name, head in list(series):
            digits = number[len(head) :]
            # SQLite's whole numbers end at 19 digits, and no series comes near.
            if not digits.isdecimal() or len(digits) > MOST_DIGITS:
                continue
            found = self.document_in_series(name, int(digits))
            if found is not None and found.number == number:
                return found
        return None

    def document_in_series(self, series: str, sequence: int) -> StoredDocument | None:
        """One document by series and sequence."""
        row = self._one(
            """
            select r.block_id from number_runs as r join series as s on s.series_id = r.series_id
            where s.name = ? and r.first_sequence <= ? and ? <= s.last_sequence
            order by r.first_sequence desc limit 1
            """,
            series,
            sequence,
            sequence,
        )
        if row is None:
            return None
        for block in self._blocks("where block_id >= ? order by block_id", row[0]):
            for document in chain.from_iterable(map(self._documents_of, block.entries)):
                if document.series == series and document.sequence >= sequence:
                    return document if document.sequence == sequence else None
        return None

    def documents(
        self, chosen: DocumentFilter, limit: int, before: DocumentKey | None = None
    ) -> Iterator[StoredDocument]:
        """The latest stored first."""
        stored = self._latest_first() if before is None else self._before(before)
        found = filter(chosen.takes, stored)
        return found if limit < 0 else islice(found, limit)

    def _latest_first(self, which: str = "", *values: int) -> Iterator[StoredDocument]:
        for block in self._blocks(f"{which} order by block_id desc", *values):
            for entry in reversed(block.entries):
                yield from reversed(self._documents_of(entry))

    def _before(self, key: DocumentKey) -> Iterator[StoredDocument]:
        row = self._one("select block_id from events where event_digest = ?", key.digest)
        if row is None:
            return
        later = self._latest_first("where block_id <= ?", row[0])
        for document in later:
            if (document.digest, document.position) == key:
                yield from later

    def events(self, damaged: Damaged | None = None) -> Iterator[StoredEvent]:
        """Every issued event in the order of commits; behind damage only if somebody is told."""
        tell = damaged or _refuse
        for block in readable_blocks(self._all, self._path, tell):
            try:
                places = self._claimed_places(block)
            except DamagedStore as damage:
                tell(DamagedBlock(block.block_id, f"{damage} The index does not answer.", ()))
                places = {}
            for place, entry in enumerate(block.entries):
                try:
                    documents = self._documents_of(entry)
                except DamagedStore as damage:
                    tell(DamagedBlock(block.block_id, str(damage), (entry.digest,)))
                    continue
                yield StoredEvent(
                    record=entry.record,
                    documents=documents,
                    is_claimed=places.get(entry.digest) == place,
                )

    def claims(self) -> int:
        """How many events the index names."""
        count: int = self._one("select count(*) from events")[0]
        return count

    def all_series(self) -> dict[str, Series]:
        """Every series and where it stands."""
        rows = self._all(f"select {SERIES} from series order by name")
        return {row[0]: Series(*row) for row in rows}

    def bury(self, letters: Sequence[DeadLetterRow], at: datetime) -> None:
        """Keep dead letters, open; the same bytes again only count."""
        with _in_words(self._path), self.transaction():
            sqlite_dead_letters.bury(self._connection, letters, at)

    def resolve(self, resolved_by: dict[int, tuple[str, ...]], at: datetime) -> None:
        """Close dead letters by id, naming the ids of the documents that came of each."""
        with _in_words(self._path), self.transaction():
            sqlite_dead_letters.resolve(self._connection, resolved_by, at)

    def dead_letters(self, after: int = 0) -> Iterator[DeadLetterRow]:
        """Every dead letter with a greater id, by id."""
        return map(sqlite_dead_letters.letter_in, self._all(sqlite_dead_letters.SELECT, (after,)))

    def _blocks(self, which: str, *values: Any) -> Iterator[Block]:
        rows = self._all(f"{SELECT} {which}", values)
        for block_id, content in rows:
            yield unpacked(self._path, block_id, content)

    def _claimed_places(self, block: Block) -> dict[bytes, int]:
        """Where in the block the index believes its events to be."""
        digests = [entry.digest for entry in block.entries]
        marks = ", ".join("?" * len(digests))
        rows = self._all(
            "select event_digest, place from events "
            f"where block_id = ? and event_digest in ({marks})",
            (block.block_id, *digests),
        )
        return dict(rows)

    def _documents_of(self, entry: BlockEntry) -> tuple[StoredDocument, ...]:
        return tuple([self._stored(entry, position) for position in range(len(entry.documents))])

    def _stored(self, entry: BlockEntry, position: int) -> StoredDocument:
        document = entry.documents[position]
        series = self._series_numbered(document.series_id)
        return StoredDocument(
            digest=entry.digest,
            position=position,
            series=series.name,
            sequence=document.sequence,
            number=f"{series.number_head}{document.sequence:0{series.number_digits}}",
            country=series.country,
            business_line=series.business_line,
            kind=series.kind,
            supply_date=document.supply_date,
            body=document.body,
            record=entry.record,
        )

    def _series_numbered(self, series_id: int) -> Series:
        """A series as it was when it was first asked for; what it is called never changes."""
        if series_id not in self._series:
            row = self._one(f"select {SERIES} from series where series_id = ?", series_id)
            if row is None:
                raise DamagedStore(f"{self._path}: there is no series {series_id}.")
            self._series[series_id] = Series(*row)
        return self._series[series_id]

    def _one(self, sql: str, *values: Any) -> Any:
        with _in_words(self._path):
            return self._connection.execute(sql, values).fetchone()

    def _all(
        self, sql: str, values: Mapping[str, Any] | tuple[Any, ...] = ()
    ) -> Iterator[tuple[Any, ...]]:
        with _in_words(self._path):
            # Not "yield from": left early, it would close the cursor, maybe of a closed database.
            for row in self._connection.execute(sql, values):  # noqa: UP028
                yield row


def _refuse(block: DamagedBlock) -> None:
    raise DamagedStore(block.reason)


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
