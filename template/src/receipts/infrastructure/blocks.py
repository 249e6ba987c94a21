"""Blocks: the records and documents of some events, compressed together.

Receipts of one batch are much alike, so a block takes far less room than
its parts, needs no trained dictionary, and costs less to store than to leave
plain. Reading one document unpacks one block.

A block says all there is to say about its documents, so an index only has to
say in which block an event lies.
"""

from __future__ import annotations

from datetime import date

import msgspec
import zstandard
from msgspec import Struct

EVENTS_IN_BLOCK = 64
"""More saves little room and makes every read dearer."""

LARGEST_BLOCK_BYTES = 64 * 1024 * 1024
"""Unpacked; 64 of the largest events and their documents take half of it."""

LEVEL = 1


class BlockDocument(Struct, frozen=True, gc=False, array_like=True):
    """One document in a block."""

    series_id: int
    sequence: int
    supply_date: date
    body: bytes
    """Canonical JSON."""


class BlockEntry(Struct, frozen=True, gc=False, array_like=True):
    """One event in a block."""

    digest: bytes
    """See `receipts.domain.document_ids.event_digest`."""
    record: bytes
    """Canonical JSON of its input record."""
    documents: tuple[BlockDocument, ...]


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(tuple[BlockEntry, ...])
_compress = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress
_decompress = zstandard.ZstdDecompressor().decompress


def pack_block(entries: list[BlockEntry]) -> bytes:
    """One zstd frame with a checksum."""
    return _compress(_encode(entries))


def unpack_block(content: bytes) -> tuple[BlockEntry, ...]:
    """The entries of a block.

    Raises:
        ValueError: The bytes are not a whole block.
    """
    try:
        return _decoder.decode(_decompress(content, max_output_size=LARGEST_BLOCK_BYTES))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise ValueError(f"the block cannot be unpacked: {error}") from error
