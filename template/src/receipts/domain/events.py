"""The envelope of every event (CloudEvents 1.0) and what all charges share."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from receipts.domain.money import AmountMinor
from receipts.domain.parties import Identifier

Instant = Annotated[datetime, Meta(tz=True)]
"""A point in time; an event without a zone is refused."""


class Event(Struct, frozen=True, gc=False, kw_only=True, tag_field="type"):
    """Attributes of CloudEvents 1.0; unknown ones are tolerated and kept in the raw bytes.

    Source and id together make an event unique, over all its deliveries.
    """

    id: Identifier
    """Of the event, unique within its source."""
    source: Identifier
    """The system that sends it, for example ``/trips``."""
    specversion: Annotated[str, Meta(pattern=r"^1\.0$")]
    """Of CloudEvents."""
    time: Instant | None = None
    """When the event was made; no rule depends on it."""


class Charge(Struct, frozen=True, gc=False):
    """One part of what the customer was charged."""

    amount_minor: AmountMinor
    """As the pack's prices are stated: with tax where they include it."""
    code: Annotated[str, Meta(min_length=1, max_length=60)]
    """A charge of the country's pack, for example ``fare`` or ``tip``."""


class PaymentMethod(Enum):
    """How the customer paid."""

    ACCOUNT = "account"
    CARD = "card"
    CASH = "cash"
    WALLET = "wallet"
    OTHER = "other"


class Payment(Struct, frozen=True, gc=False):
    """How the total was or will be settled (BG-16)."""

    method: PaymentMethod
    """One method for the whole total."""
