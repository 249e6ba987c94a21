"""The world as it was when a document was issued.

With the pack and the legal entities that it names by SHA-256, a record is all
that is needed to compute its documents again, byte for byte, years later. The
pack names its mechanisms (rounding scope and mode), and a mechanism never
changes behaviour under its name.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Raw, Struct

RECORD_VERSION = 1


class AllocatedNumber(Struct, frozen=True, gc=False):
    """The number a document of the event was given."""

    chain: str
    """Chain value of the document, hexadecimal."""
    sequence: int
    series: str


class InputRecord(Struct, frozen=True, gc=False, kw_only=True):
    """Event, frozen inputs and numbers of all documents of one event."""

    event: Raw
    """The event as it arrived."""
    issued_at: datetime
    legal_entities_sha256: str
    numbers: tuple[AllocatedNumber, ...]
    """In the order of the event's documents."""
    pack_sha256: str
    shards: int
    version: int = RECORD_VERSION
