"""The legal document: its parts, and the draft it is before it has a number.

Fields stand in alphabetical order, so plain encoding gives canonical JSON
(see ``rendering/canonical.py``); a test compares it with a sorting encoder.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

from msgspec import Struct

from receipts.domain.corrections import CorrectionCause, RefundReason
from receipts.domain.events import Payment
from receipts.domain.parties import Customer, IssuerRole, Supplier
from receipts.domain.taxes import TaxCategory

Texts = dict[str, str]
"""One text in each language of the pack, by language code."""

DOCUMENT_VERSION = 1
"""Version of this shape; it grows by optional fields only."""


class DocumentKind(Enum):
    """What a document is in law (BT-3 maps from it)."""

    RECEIPT = "receipt"
    """Proof of payment where the law asks for no invoice."""
    SIMPLIFIED_INVOICE = "simplified_invoice"
    """Directive 2006/112/EC Art. 226b: below a national threshold, no customer needed."""
    INVOICE = "invoice"
    """Directive 2006/112/EC Art. 226."""
    CREDIT_NOTE = "credit_note"
    """Gives back some or all of an earlier document (Art. 219); its amounts are negative."""
    CANCELLATION = "cancellation"
    """Takes an earlier document back whole (Art. 219); its amounts are negative."""


class PassThroughKind(Enum):
    """Why an amount is collected but not earned."""

    LEVY = "levy"
    TIP = "tip"
    TOLL = "toll"


class EventReference(Struct, frozen=True, gc=False):
    """The event a document was issued for."""

    id: str
    source: str
    type: str


class Option(Struct, frozen=True, gc=False):
    """What was chosen with an item; its price, for all pieces, is part of the item's."""

    amount_minor: int
    name: str


class OfferShare(Struct, frozen=True, gc=False):
    """How a line comes by its amount where one price covers several goods."""

    price_minor: int | None
    """The single price, before a discount; None where all of it is on this line."""
    rule_id: str
    """Row of the pack that decided how the price is shared."""


class Item(Struct, frozen=True, gc=False, omit_defaults=True):
    """What was bought (BG-31), as its seller calls it."""

    discount_minor: int
    """What was taken off the price of all pieces; the line shows what is left."""
    name: str
    """BT-153."""
    options: tuple[Option, ...]
    quantity: int
    """BT-129, in pieces."""
    share_of: OfferShare | None = None
    """Of a combined offer, whose parts on this line are its options; None for what has a price
    of its own."""


class Line(Struct, frozen=True, gc=False):
    """A taxed line (BG-25): net + tax = gross."""

    charge: str
    description: Texts
    gross_minor: int
    item: Item | None
    """None where the charge says it all."""
    net_minor: int
    """BT-131."""
    rate_id: str
    """Row of the pack that decided the rate."""
    tax_minor: int
    tax_subtotal: int
    """Position of its rate in the document's ``tax_subtotals`` (BT-151 and BT-152 are there)."""


class PassThroughCharge(Struct, frozen=True, gc=False):
    """An amount collected for somebody else, outside the scope of the tax (category O)."""

    amount_minor: int
    charge: str
    description: Texts
    kind: PassThroughKind
    receiver: str
    """Who gets the money: ``driver`` or ``authority``."""
    rule_id: str


class TaxSubtotal(Struct, frozen=True, gc=False):
    """All lines of one rate (BG-23)."""

    category: TaxCategory
    gross_minor: int
    net_minor: int
    """BT-116."""
    rate_id: str
    rate_percent: str
    """As the pack states it, for example ``"8.875"`` (BT-119)."""
    tax: Texts
    """Name of the tax in each language."""
    tax_minor: int
    """BT-117."""


class Totals(Struct, frozen=True, gc=False):
    """Sums of the document, in minor units."""

    gross_minor: int
    """Lines with tax (BT-112)."""
    net_minor: int
    """BT-109."""
    pass_through_minor: int
    payable_minor: int
    """Gross and pass-through: what the customer was charged (BT-115)."""
    tax_minor: int
    """BT-110."""


class Route(Struct, frozen=True, gc=False):
    """From where to where a ride went."""

    destination: str | None
    distance_m: int
    licence: str
    """What the vehicle is licensed as, for example ``taxi``; it may decide the rate."""
    origin: str


class Supply(Struct, frozen=True, gc=False):
    """When and where it was supplied; times are local to the country."""

    date: date
    """Date that selects the rules (BT-72)."""
    ended_at: datetime
    route: Route | None
    started_at: datetime


class Phrase(Struct, frozen=True, gc=False):
    """A sentence that the law or honesty demands on the document (BT-22, BT-120)."""

    id: str
    text: Texts


class PrecedingDocument(Struct, frozen=True, gc=False):
    """The document that is corrected (BG-3)."""

    document_id: str
    issued_at: datetime
    """UTC (BT-26)."""
    kind: DocumentKind
    number: str
    """BT-25."""


class Correction(Struct, frozen=True, gc=False):
    """How a document changes an earlier one."""

    cause: CorrectionCause
    first: str
    """Id of the document that began it all; the preceding one may have replaced it."""
    lines: tuple[int, ...]
    """For each line its position among those of the first document; empty for a tip."""
    pass_through: tuple[int, ...]
    """The same for what was collected for others."""
    preceding: PrecedingDocument
    reason: RefundReason | None
    """None where nothing is given back."""


class Document(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A legal document as issued; never edited, only corrected by another one."""

    business_line: str
    correction: Correction | None = None
    """None, and absent from the bytes, for the documents of a ride or an order itself."""
    country: str
    """Code of the pack."""
    currency: str
    """BT-5."""
    customer: Customer | None
    document_id: str
    """``date of issue (UTC) - shard - digest of the event``; finds the file or partition."""
    event: EventReference
    issued_at: datetime
    """UTC (BT-2)."""
    issuer_role: IssuerRole
    kind: DocumentKind
    """BT-3."""
    languages: tuple[str, ...]
    """The first is the document's own."""
    lines: tuple[Line, ...]
    number: str
    """BT-1; empty on a draft."""
    pack_sha256: str
    """The exact rules that made it."""
    pass_through: tuple[PassThroughCharge, ...]
    payment: Payment | None
    phrases: tuple[Phrase, ...]
    retain_until: date
    """Last day on which the law of the country asks for it."""
    sequence: int
    """Position in its series, from 1, without holes; 0 on a draft."""
    series: str
    shard: int
    supplier: Supplier
    supply: Supply
    tax_subtotals: tuple[TaxSubtotal, ...]
    totals: Totals
    trade_id: str
    """Trip or order, by which the customer and the merchant know it (BT-13)."""
    version: int


class Draft(Struct, frozen=True, gc=False):
    """A document that lacks only its number."""

    document: Document
    event_digest: bytes
    """Claims the event in the store; the same for all documents of one event."""
    number_digits: int
    """Width to which the sequence is padded with zeros."""
    number_head: str
    """Text of the number before its sequence."""
