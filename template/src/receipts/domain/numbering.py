"""Series, sequence numbers and shards.

A series belongs to (legal entity, country, kind, year, shard). Its numbers are
dense: a number exists only with its document. The shard is a function of the
trip or order, so corrections land in the shard of their original.
"""

from __future__ import annotations

import zlib
from hashlib import sha256

from msgspec import Struct


def series_name(supplier_id: str, country: str, kind: str, year: int, shard: int) -> str:
    """Name of a series; also the seed of its chain."""
    return f"{supplier_id}/{country}/{kind}/{year}/{shard}"


def shard_of(trade_id: str, shards: int) -> int:
    """Shard of a trip or order: CRC-32 of its id, modulo the number of shards."""
    return 0 if shards == 1 else zlib.crc32(trade_id.encode()) % shards


def first_link(series: str) -> bytes:
    """The chain value before the first document: SHA-256 of the series name."""
    return sha256(series.encode()).digest()


def next_link(previous: bytes, document_sha256: bytes) -> bytes:
    """The chain value of a document: SHA-256(previous chain ‖ document SHA-256)."""
    return sha256(previous + document_sha256).digest()


class NumberBlock(Struct, frozen=True):
    """Numbers of one series, reserved inside the transaction that uses them up."""

    first: int
    """First sequence number of the block, from 1."""
    previous_chain: bytes
    """Chain value of the document before the first."""
