"""What somebody with access to the file could do to it, behind the service's back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from receipts.infrastructure.blocks import pack_block, unpack_block

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from receipts.infrastructure.blocks import BlockEntry


def execute(shard: Path, sql: str, *values: Any) -> int:
    """Run a statement; answers with the number of rows it changed."""
    with closing(sqlite3.connect(shard)) as connection, connection:
        return connection.execute(sql, values).rowcount


def blocks(shard: Path) -> list[tuple[int, list[BlockEntry]]]:
    """What the blocks hold."""
    with closing(sqlite3.connect(shard)) as connection:
        rows = connection.execute("select block_id, content from blocks order by block_id")
        return [(block_id, list(unpack_block(content))) for block_id, content in rows]


def write_block(shard: Path, block_id: int, entries: list[BlockEntry]) -> None:
    """Put other entries into a block; its checksum fits them."""
    content = pack_block(entries)
    execute(shard, "update blocks set content = ? where block_id = ?", content, block_id)


def change_entry(
    shard: Path, block_id: int, place: int, change: Callable[[BlockEntry], BlockEntry]
) -> None:
    """Change one event's entry."""
    entries = dict(blocks(shard))[block_id]
    entries[place] = change(entries[place])
    write_block(shard, block_id, entries)


def with_body(entry: BlockEntry, old: bytes, new: bytes) -> BlockEntry:
    """The entry with other text in its only document; it must stand there."""
    (document,) = entry.documents
    if old not in document.body:
        raise LookupError(f"{old!r} does not stand in the document.")
    return replace(entry, documents=(replace(document, body=document.body.replace(old, new)),))


def with_sequence(entry: BlockEntry, sequence: int) -> BlockEntry:
    """The entry with its only document kept under another number."""
    (document,) = entry.documents
    return replace(entry, documents=(replace(document, sequence=sequence),))


def with_record(entry: BlockEntry, **fields: Any) -> BlockEntry:
    """The entry with other values in its record."""
    record = msgspec.json.decode(entry.record)
    return replace(entry, record=msgspec.json.encode(record | fields))


def with_chain(entry: BlockEntry, chain: bytes) -> BlockEntry:
    """The entry with another chain value for its only document."""
    numbers = msgspec.json.decode(entry.record)["numbers"]
    return with_record(entry, numbers=[numbers[0] | {"chain": chain.hex()}])
