"""A shard as blocks of events and a narrow index, in whatever database.

What is read and written is the same everywhere; an adapter connects, begins and commits, and
says in words what its database says. Statements have ``?`` for values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from receipts.infrastructure.block_dead_letters import (
    BURY,
    RESOLVE,
    buried,
    letter_in,
    resolved,
)
from receipts.infrastructure.block_dead_letters import SELECT as LETTERS
from receipts.infrastructure.block_reading import (
    READ_TOGETHER,
    SELECT,
    Block,
    readable_blocks,
    unpacked,
)
from receipts.infrastructure.block_transaction import SERIES, marks
from receipts.infrastructure.store import (
    DamagedBlock,
    DamagedStore,
    Series,
    StoredDocument,
    StoredEvent,
    in_transaction,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from receipts.infrastructure.block_transaction import BlockTransaction
    from receipts.infrastructure.blocks import BlockEntry
    from receipts.infrastructure.store import (
        Damaged,
        DeadLetterRow,
        DocumentFilter,
        DocumentKey,
    )

MOST_DIGITS = 18
"""Of a sequence number."""

LAST_BLOCK = 2**62
"""Greater than any block's number."""


class BlockStore(ABC):
    """One shard; implements `receipts.infrastructure.store.Store` but for the connection."""

    def __init__(self, place: str) -> None:
        """Hold what errors call it: a file, or an address without its password."""
        self._place = place
        self._series: dict[int, Series] = {}

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[BlockTransaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it."""

    @abstractmethod
    def _all(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of a statement."""

    @abstractmethod
    def _run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row of values, inside a transaction."""

    def _write_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        in_transaction(self, lambda _: self._run_each(sql, rows))

    def _one(self, sql: str, *values: Any) -> Any:
        return next(iter(self._all(sql, values)), None)

    def is_known(self, digest: bytes) -> bool:
        """Whether the event was issued before."""
        return self._one("select 1 from events where event_digest = ?", digest) is not None

    def records(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Input records of those events that were issued before; each block is read once."""
        places: dict[int, set[bytes]] = {}
        for digest, block_id in self._all(
            f"select event_digest, block_id from events where event_digest in ({marks(digests)})",
            tuple(digests),
        ):
            places.setdefault(block_id, set()).add(digest)
        found: dict[bytes, bytes] = {}
        for block_id, wanted in places.items():
            entries = {each.digest: each.record for each in self._block(block_id).entries}
            found.update({each: entries[each] for each in wanted if each in entries})
        return found

    def freeze(self, sha256: str, kind: str, content: bytes) -> None:
        """Keep a pack or the legal entities for ever."""
        self._write_each(
            "insert into frozen_inputs (sha256, kind, content) values (?, ?, ?) "
            "on conflict do nothing",
            [(sha256, kind, content)],
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
        entries = self._block(block_id).entries
        if place >= len(entries) or entries[place].digest != digest:
            raise DamagedStore(f"{self._place}: block {block_id} lacks an event it must hold.")
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
            "select name, number_head from series where number_head = substr(cast(? as text), 1, "
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
        for block in self._blocks(">=", row[0]):
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

    def _latest_first(self, last: int = LAST_BLOCK) -> Iterator[StoredDocument]:
        for block in self._blocks("<=", last):
            for entry in reversed(block.entries):
                yield from reversed(self._documents_of(entry))

    def _before(self, key: DocumentKey) -> Iterator[StoredDocument]:
        row = self._one("select block_id from events where event_digest = ?", key.digest)
        if row is None:
            return
        later = self._latest_first(row[0])
        for document in later:
            if (document.digest, document.position) == key:
                yield from later

    def events(self, damaged: Damaged | None = None) -> Iterator[StoredEvent]:
        """Every issued event in the order of commits; behind damage only if somebody is told."""
        tell = damaged or _refuse
        for block in readable_blocks(self._all, self._place, tell):
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
        # Where the answer to a commit is lost, a letter may be counted once more; it is kept once.
        self._write_each(BURY, buried(letters, at))

    def resolve(self, resolved_by: dict[int, tuple[str, ...]], at: datetime) -> None:
        """Close dead letters by id, naming the ids of the documents that came of each."""
        self._write_each(RESOLVE, resolved(resolved_by, at))

    def dead_letters(self, after: int = 0) -> Iterator[DeadLetterRow]:
        """Every dead letter with a greater id, by id."""
        while letters := list(map(letter_in, self._all(LETTERS, (after,)))):
            yield from letters
            after = letters[-1].dead_letter_id

    def _block(self, block_id: int) -> Block:
        rows = self._all(f"{SELECT} where block_id = ?", (block_id,))
        return next((unpacked(self._place, *row) for row in rows), Block(block_id, ()))

    def _blocks(self, which: str, first: int) -> Iterator[Block]:
        """Blocks from one on, ``>=`` in their order or ``<=`` backwards."""
        order = "" if which == ">=" else "desc"
        step = 1 if which == ">=" else -1
        sql = f"{SELECT} where block_id {which} ? order by block_id {order} limit {READ_TOGETHER}"
        while rows := list(self._all(sql, (first,))):
            for block_id, content in rows:
                yield unpacked(self._place, block_id, content)
            first = rows[-1][0] + step

    def _claimed_places(self, block: Block) -> dict[bytes, int]:
        """Where in the block the index believes its events to be."""
        digests = [entry.digest for entry in block.entries]
        rows = self._all(
            "select event_digest, place from events "
            f"where block_id = ? and event_digest in ({marks(digests)})",
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
                raise DamagedStore(f"{self._place}: there is no series {series_id}.")
            self._series[series_id] = Series(*row)
        return self._series[series_id]


def _refuse(block: DamagedBlock) -> None:
    raise DamagedStore(block.reason)
