"""The blocks of a shard, read with bounded memory and on behind those that are damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from receipts.infrastructure.blocks import BlockEntry, unpack_block
from receipts.infrastructure.store import DamagedBlock, DamagedStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from receipts.infrastructure.store import Damaged

    Query = Callable[[str, tuple[Any, ...]], Iterator[tuple[Any, ...]]]
    """Rows of a statement; `DamagedStore` where the database finds its own pages broken."""


SELECT = "select block_id, content from blocks"

READ_TOGETHER = 16
"""Blocks; each is some 15 KB."""


class Block(NamedTuple):
    """A block and its number."""

    block_id: int
    entries: tuple[BlockEntry, ...]


def unpacked(place: str, block_id: int, content: bytes) -> Block:
    """A block as its events.

    Raises:
        DamagedStore: Its bytes are not those that were written.
    """
    try:
        return Block(block_id, unpack_block(content))
    # SQLite keeps text in a column for bytes, if somebody puts it there by hand.
    except (ValueError, TypeError) as error:
        raise DamagedStore(f"{place}: block {block_id}: {error}.") from error


def readable_blocks(query: Query, place: str, damaged: Damaged) -> Iterator[Block]:
    """Every block that can be read, in the order of commits.

    Blocks count from 1 without holes, so behind a broken page reading goes on with the next
    number, up to the greatest that any table names.
    """
    after, last = 0, None
    while True:
        try:
            rows = query(
                f"{SELECT} where block_id > ? order by block_id limit {READ_TOGETHER}", (after,)
            )
            before = after
            for block_id, content in rows:
                after = block_id
                try:
                    block = unpacked(place, block_id, content)
                except DamagedStore as damage:
                    damaged(lost(query, block_id, damage))
                else:
                    yield block
        except DamagedStore as damage:
            last = _last_block(query) if last is None else last
            if after >= last:
                damaged(DamagedBlock(after + 1, f"{damage} Nothing behind it was found.", ()))
                return
            after += 1
            damaged(lost(query, after, DamagedStore(f"{place}: block {after}: {damage}")))
        else:
            if after == before:
                return


def lost(query: Query, block_id: int, damage: DamagedStore) -> DamagedBlock:
    """A block that cannot be read, with the events that the index places in it."""
    try:
        rows = query(
            "select event_digest from events where block_id = ? order by place", (block_id,)
        )
        events = tuple([row[0] for row in rows])
    except DamagedStore:
        events = ()
    return DamagedBlock(block_id, str(damage), events)


def _last_block(query: Query) -> int:
    found = [0]
    for table in ("blocks", "number_runs", "events"):
        try:
            found += [row[0] or 0 for row in query(f"select max(block_id) from {table}", ())]
        except DamagedStore:
            continue
    return max(found)
