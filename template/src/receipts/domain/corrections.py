"""Events that change what an earlier event was billed for.

Each names that event by its source and id. What it was billed on is never edited: every
change is a document of its own that names the first (Directive 2006/112/EC Art. 219).
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from receipts.domain.events import Event, Instant, Payment
from receipts.domain.money import LARGEST_AMOUNT_MINOR, AmountMinor
from receipts.domain.parties import Customer, Identifier

ChangeMinor = Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)]
"""An amount that changes something, in minor units."""


class CorrectionCause(Enum):
    """Why a document follows another one."""

    CANCELLATION = "cancellation"
    """What was billed is taken back whole: it was not due, or is billed anew."""
    REFUND = "refund"
    """Some or all of what was billed is given back."""
    REPLACEMENT = "replacement"
    """What was billed is billed anew, with more about the customer."""
    TIP = "tip"
    """A tip was given after the first document was issued."""


class RefundReason(Enum):
    """Why money is given back."""

    CANCELLED = "cancelled"
    """Nothing was due: every document is taken back, the merchant's commission too."""
    GOODWILL = "goodwill"
    NOT_SUPPLIED = "not_supplied"
    WRONG_PRICE = "wrong_price"


class OriginalEvent(Struct, frozen=True, gc=False):
    """The event whose documents are corrected."""

    id: Identifier
    """Of the event that was issued."""
    source: Identifier
    """Of the event that was issued."""


class RefundedCharge(Struct, frozen=True, gc=False):
    """A part of what is given back."""

    amount_minor: ChangeMinor
    """In the terms of the original: with tax where the pack's prices include it."""
    code: Annotated[str, Meta(min_length=1, max_length=60)]
    """A charge of the original, for example ``food`` or ``tip``."""
    position: Annotated[int, Meta(ge=0)] | None = None
    """Which of the original's charges with that code, from 0; spread over all of them if
    it is not stated."""


class Refund(Struct, frozen=True, gc=False, kw_only=True):
    """What is given back, and why."""

    charges: Annotated[tuple[RefundedCharge, ...], Meta(min_length=1, max_length=500)] | None = None
    """Absent: all that is left."""
    currency: str
    """ISO 4217; that of the original."""
    original: OriginalEvent
    """The event that was billed."""
    reason: RefundReason
    """``cancelled`` takes every document back; any other gives money back."""
    refunded_at: Instant
    """When the money was given back."""
    total_minor: AmountMinor
    """What the customer gets back, taxes and tip included."""


class LaterTip(Struct, frozen=True, gc=False, kw_only=True):
    """A tip that was given after the first document was issued."""

    amount_minor: ChangeMinor
    """The tip alone."""
    currency: str
    """ISO 4217; that of the original."""
    given_at: Instant
    """When the customer gave it."""
    original: OriginalEvent
    """The event that was billed."""
    payment: Payment | None = None
    """How it was paid; as the original was, if it is not stated."""


class DocumentRequest(Struct, frozen=True, gc=False, kw_only=True):
    """A full invoice is wanted where a simplified one was issued."""

    customer: Customer
    """Whom the full invoice names."""
    original: OriginalEvent
    """The event that was billed."""
    requested_at: Instant
    """When it was asked for."""


class ChargeRefunded(Event, frozen=True, gc=False, kw_only=True, tag="charge.refunded.v1"):
    """Money was given back."""

    data: Refund


class TipAdded(Event, frozen=True, gc=False, kw_only=True, tag="tip.added.v1"):
    """A tip came later."""

    data: LaterTip


class DocumentRequested(Event, frozen=True, gc=False, kw_only=True, tag="document.requested.v1"):
    """A full invoice was asked for."""

    data: DocumentRequest


CorrectionEvent = ChargeRefunded | TipAdded | DocumentRequested

CORRECTION_EVENTS: tuple[type[CorrectionEvent], ...] = (ChargeRefunded, TipAdded, DocumentRequested)
