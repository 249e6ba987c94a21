"""A flipped byte, at any place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from receipts.business_lines.business_line import find_business_lines
from receipts.infrastructure.store import DocumentFilter, StoredDocument
from receipts.infrastructure.stores import open_stores
from receipts.pipeline.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_flipped_byte_anywhere_in_a_document_is_found(shard: Path) -> None:
    with open_stores(f"sqlite:{shard.parent}", 1) as stores:
        verifier = Verifier(stores.shards[0], find_business_lines())
        row = stored(stores.shards[0].documents(DocumentFilter(), 1))
        assert verifier.verify(row) == []

        for position in range(len(row.body)):
            assert verifier.verify(replace(row, body=flipped(row.body, position)))


def test_a_flipped_byte_anywhere_in_a_record_is_no_reason_to_fall_over(shard: Path) -> None:
    with open_stores(f"sqlite:{shard.parent}", 1) as stores:
        verifier = Verifier(stores.shards[0], find_business_lines())
        row = stored(stores.shards[0].documents(DocumentFilter(), 1))

        found = [
            verifier.verify(replace(row, record=flipped(row.record, position)))
            for position in range(len(row.record))
        ]

    # A letter in a field that no document shows may go unnoticed.
    assert sum(map(bool, found)) > len(found) * 0.9


def stored(rows: Iterator[StoredDocument]) -> StoredDocument:
    return next(rows)


def flipped(content: bytes, position: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= 0x5A
    return bytes(changed)
