"""What the engine must be told besides the event and the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.parties import LegalEntity

if TYPE_CHECKING:
    from datetime import datetime


class LegalEntities(Struct, frozen=True):
    """Our own companies, one for each pack, and the bytes they were read from."""

    by_country: dict[str, LegalEntity]
    content: bytes
    """Canonical JSON; the form in which they are frozen with documents."""
    sha256: str


class Facts:
    """The world of one batch, frozen."""

    __slots__ = ("day_of_issue", "issued_at", "legal_entities", "shards")

    def __init__(self, issued_at: datetime, legal_entities: LegalEntities, shards: int) -> None:
        """Hold the instant of issue (UTC), our legal entities and the number of shards."""
        self.issued_at = issued_at
        self.legal_entities = legal_entities
        self.shards = shards
        self.day_of_issue = f"{issued_at:%Y%m%d}"
