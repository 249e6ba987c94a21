"""What the engine must be told besides the event and the rules."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from receipts.domain.parties import LegalEntity


class LegalEntities(Struct, frozen=True):
    """Our own companies, one for each pack, and the bytes they were read from."""

    by_country: dict[str, LegalEntity]
    content: bytes
    """Canonical JSON; the form in which they are frozen with documents."""
    sha256: str


class Facts(Struct, frozen=True):
    """The world of one batch, frozen."""

    issued_at: datetime
    """Instant of issue, in UTC."""
    legal_entities: LegalEntities
    shards: int
    """Number of shards; fixed while a series year is open."""
