"""Identity of a document: day of issue, shard, and the digest of its event.

The day and the shard tell a reader where to look; the digest makes the event's
key findable without storing it twice, and the same event gives the same id on
every attempt of a day.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

DIGEST_BYTES = 16
"""128 bits: two of a million million events share one with a chance of one in 10**14."""


def event_digest(source: str, event_id: str) -> bytes:
    """First 128 bits of SHA-256 over length of the source, source and id.

    The length keeps pairs apart whose source and id run into each other.
    """
    return sha256(f"{len(source)} {source} {event_id}".encode()).digest()[:DIGEST_BYTES]


class DocumentId(NamedTuple):
    """The parts of a document id, ``20261124-00-<32 hex digits>`` with ``-<n>`` after the first."""

    day: str
    """Day of issue in UTC, ``YYYYMMDD``."""
    shard: int
    digest: bytes
    position: int
    """Position among the documents of the event, from 0."""

    def __str__(self) -> str:
        """As it is printed and linked."""
        return written_document_id(*self)


def written_document_id(day: str, shard: int, digest: bytes, position: int) -> str:
    """The parts of a document id as it is printed and linked."""
    if position:
        return f"{day}-{shard:02x}-{digest.hex()}-{position}"
    return f"{day}-{shard:02x}-{digest.hex()}"


def parse_document_id(text: str) -> DocumentId | None:
    """The parts of an id; None for anything else, a document number for instance."""
    parts = text.split("-")
    if len(parts) not in (3, 4) or len(parts[2]) != 2 * DIGEST_BYTES:
        return None
    try:
        position = int(parts[3]) if len(parts) == 4 else 0
        found = DocumentId(parts[0], int(parts[1], 16), bytes.fromhex(parts[2]), position)
    except ValueError:
        return None
    return found if str(found) == text else None
