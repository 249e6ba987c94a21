"""What is done to a shard between ``begin`` and ``commit``: the same in every database.

Statements have ``?`` for values; whoever runs them knows how its database writes that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from receipts.infrastructure.blocks import (
    EVENTS_IN_BLOCK,
    BlockDocument,
    BlockEntry,
    pack_block,
)
from receipts.infrastructure.store import Series, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from receipts.infrastructure.store import NewDocument, NewEvent

SERIES = "name, number_head, number_digits, country, business_line, kind, last_sequence, last_chain"
"""Columns of `Series`, in its order."""


def marks(values: Sequence[object]) -> str:
    """A mark for each value of a list; nothing is in an empty one."""
    return ", ".join("?" * len(values)) or "null"


class Statements(Protocol):
    """Runs statements inside a transaction."""

    conflict: type[Exception]
    """Raised by an insert whose key is there already."""

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one; its rows."""

    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one for each row of values."""


class BlockTransaction:
    """Claims, blocks and numbers of one transaction."""

    def __init__(self, statements: Statements) -> None:
        """Work by statements that run inside a transaction, beside no other writer."""
        self._statements = statements
        self._claimed: list[bytes] = []
        self._first_block = 0
        self.written: tuple[int, bytes] | None = None
        """Number and content of the first block, once there is one: it tells this transaction
        from every other."""

    def claim(self, digests: Sequence[bytes]) -> list[int]:
        """Claim events, once; answers with the positions of those that are claimed now."""
        ((last,),) = self._statements.run("select max(block_id) from blocks")
        self._first_block = (last or 0) + 1
        new = list(range(len(digests)))
        self._statements.run("savepoint claims")
        try:
            # Nearly always nothing of a batch was issued before, so it is not asked first.
            self._insert_claims(digests)
        except self._statements.conflict:
            self._statements.run("rollback to claims")
            new = self._unknown(digests)
            self._insert_claims([digests[at] for at in new])
        self._statements.run("release savepoint claims")
        return new

    def _insert_claims(self, digests: Sequence[bytes]) -> None:
        rows = [
            (digest, block_id, place)
            for block_id, start in enumerate(
                range(0, len(digests), EVENTS_IN_BLOCK), self._first_block
            )
            for place, digest in enumerate(digests[start : start + EVENTS_IN_BLOCK])
        ]
        self._statements.run_each("insert into events values (?, ?, ?)", rows)
        self._claimed = list(digests)

    def _unknown(self, digests: Sequence[bytes]) -> list[int]:
        """Positions of those that are not in the store, the first of each."""
        known = self._statements.run(
            f"select event_digest from events where event_digest in ({marks(digests)})", digests
        )
        seen = {row[0] for row in known}
        positions: list[int] = []
        for position, digest in enumerate(digests):
            if digest not in seen:
                seen.add(digest)
                positions.append(position)
        return positions

    def series(self, names: Iterable[str]) -> dict[str, Series]:
        """Where series stand."""
        wanted = list(names)
        rows = self._statements.run(
            f"select {SERIES} from series where name in ({marks(wanted)})", wanted
        )
        return {row[0]: Series(*row) for row in rows}

    def write(self, events: Sequence[NewEvent], series: Iterable[Series]) -> None:
        """Store issued events with their documents, and where their series stand now."""
        if [event.digest for event in events] != self._claimed:
            raise StoreUnavailable("Events were to be stored that were not claimed; none was.")
        upcoming = self._advance(series)
        blocks: list[tuple[int, bytes]] = []
        for start in range(0, len(events), EVENTS_IN_BLOCK):
            block_id = self._first_block + start // EVENTS_IN_BLOCK
            entries = [
                BlockEntry(
                    event.digest,
                    event.record,
                    tuple([upcoming[each.series].take(each, block_id) for each in event.documents]),
                )
                for event in events[start : start + EVENTS_IN_BLOCK]
            ]
            blocks.append((block_id, pack_block(entries)))
        runs = [each.run for each in upcoming.values() if each.run]
        self._statements.run_each("insert into blocks values (?, ?)", blocks)
        self.written = blocks[0]
        self._statements.run_each("insert into number_runs values (?, ?, ?)", runs)
        corrections = [(each.corrects, each.digest) for each in events if each.corrects]
        if corrections:
            self._statements.run_each("insert into corrections values (?, ?)", corrections)

    def _advance(self, series: Iterable[Series]) -> dict[str, Upcoming]:
        """Move series on; answers with the numbers that may follow now."""
        rows = [msgspec.structs.astuple(each) for each in series]
        names = [row[0] for row in rows]
        before = {name: each.last_sequence for name, each in self.series(names).items()}
        self._statements.run_each(
            f"insert into series ({SERIES}) values (?, ?, ?, ?, ?, ?, ?, ?) "
            "on conflict (name) do update set last_sequence = excluded.last_sequence, "
            "last_chain = excluded.last_chain",
            rows,
        )
        found = self._statements.run(
            f"select name, series_id from series where name in ({marks(names)})", names
        )
        return {
            name: Upcoming(name, series_id, before.get(name, 0) + 1) for name, series_id in found
        }


class Upcoming:
    """The numbers of one series that a transaction gives, one after the other."""

    __slots__ = ("_name", "_sequence", "_series_id", "run")

    def __init__(self, name: str, series_id: int, first: int) -> None:
        """Begin with a number."""
        self._name = name
        self._series_id = series_id
        self._sequence = first
        self.run: tuple[int, int, int] | None = None
        """Row of the run, once a number was taken."""

    def take(self, document: NewDocument, block_id: int) -> BlockDocument:
        """Place a document, if its number is the next one.

        Raises:
            StoreUnavailable: It is not; to store it would leave a hole or a double.
        """
        if document.sequence != self._sequence:
            raise StoreUnavailable(
                f"Number {document.sequence} cannot follow {self._sequence - 1} "
                f"in series {self._name}; nothing was stored."
            )
        if self.run is None:
            self.run = (self._series_id, self._sequence, block_id)
        self._sequence += 1
        return BlockDocument(
            self._series_id, document.sequence, document.supply_date, document.body
        )
