"""What a reader sees of one document in one language, every string ready to print.

A page and a file are made from this alone, so they cannot differ in a figure. There
is no markup here: which part is large, bold or to the right is decided there.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from receipts.domain.events import PaymentMethod
from receipts.domain.parties import IssuerRole
from receipts.rendering.canonical import read_document
from receipts.rendering.cldr import language_name
from receipts.rendering.rates import printed_rates
from receipts.rendering.tables import Table, lines_table, pass_through_table, tax_table
from receipts.rendering.verification import verification_link
from receipts.rendering.voice import Voice, territory_of, voice_of
from receipts.rendering.words import page_texts

if TYPE_CHECKING:
    from datetime import date

    from receipts.domain.documents import Document, Supply
    from receipts.domain.parties import Address, Customer, Supplier
    from receipts.rendering.cldr import Format
    from receipts.rendering.verification import VerificationLink
    from receipts.rendering.words import Words

SHORT_HASH_DIGITS = 12
"""Enough of the pack's SHA-256 to tell packs apart by eye."""

LONGEST_AMOUNT = len("99.999.999,99 €")
"""Amounts of more characters need smaller type in columns."""

_SETTLED = frozenset({PaymentMethod.CARD, PaymentMethod.CASH, PaymentMethod.WALLET})
"""With these the money has moved; otherwise the document must not say *paid*."""


class Moment(Struct, frozen=True, gc=False):
    """A day or a time of day."""

    text: str
    iso: str
    """As machines read it (ISO 8601)."""


class Fact(Struct, frozen=True, gc=False):
    """A word, and what stands beside it."""

    label: str
    text: str
    iso: str = ""
    """The text as machines read it, where it is a moment."""


class Party(Struct, frozen=True, gc=False):
    """Who sells or buys."""

    title: str
    name: str | None
    """None for a customer who gave none."""
    address: tuple[str, ...]
    """Line by line, the country last; empty for a customer who gave none."""
    tax_id: Fact | None
    """None for a small trader and for most customers."""


class Stop(Struct, frozen=True, gc=False):
    """Where a ride began or ended."""

    label: str
    """What the place is; where there is no place, that none was recorded."""
    place: str | None
    time: Moment
    day: Moment | None
    """None on the day of supply."""


class Journey(Struct, frozen=True, gc=False):
    """From where to where a ride went, how far and in what."""

    title: str
    origin: Stop
    destination: Stop
    facts: tuple[Fact, ...]


class Notes(Struct, frozen=True, gc=False):
    """Sentences under a title."""

    title: str
    texts: tuple[str, ...]


class Language(Struct, frozen=True, gc=False):
    """A language that the document also speaks."""

    code: str
    name: str
    """As its own speakers call it."""


class Verification(Struct, frozen=True, gc=False):
    """How anybody can check that the document is genuine."""

    title: str
    address: str
    """What the QR code holds."""
    place: str
    """Where a person without a camera goes, and what is typed there beside the number."""
    code: Fact
    alt: str
    """What the QR code is, for a reader who does not see it."""


class OtherForms(Struct, frozen=True, gc=False):
    """Names of the other forms that the document has."""

    title: str
    languages: tuple[Language, ...]
    data: str
    pdf: str


class View(Struct, frozen=True, gc=False, kw_only=True):
    """A document as its readers see it."""

    language: str
    direction: Literal["ltr", "rtl"]
    paper: Literal["a4", "us-letter"]
    """What printers of the country are loaded with."""
    document_id: str
    issued_at: datetime
    """BT-2; a file is dated with it, never with a clock."""
    title: str
    """Names the document among others: kind, number and supplier."""
    kind: str
    number: str
    """Empty on a draft."""
    correction: tuple[Fact, ...]
    """Which document it changes, how and why; empty where it changes none."""
    total: Fact
    supplied_on: Fact
    period: tuple[Moment, Moment] | None
    """When it began and ended; None where the journey tells."""
    payment: Fact | None
    """None where it is not known."""
    journey: Journey | None
    """None for what is no ride."""
    amounts_title: str
    wide: bool
    """Whether amounts are so long that columns of them need smaller type."""
    lines: Table | None
    """None where nothing is taxed or sold, only passed on."""
    taxes: Table | None
    """None where one rate holds for all: its columns then stand in `lines`."""
    untaxed: tuple[str, ...]
    """Why there are no columns of tax, tax by tax; empty where there are."""
    pass_through: Table | None
    """None where nothing was collected for others."""
    supplier: Party
    customer: Party | None
    """None where the law needs none and none was given."""
    legal: Notes
    about: str
    """Title of the facts."""
    facts: tuple[Fact, ...]
    """What tells this document from all others."""
    verification: Verification | None
    """None where nobody can reach the service."""
    other_forms: OtherForms
    unshown: str
    """The note of a file whose fonts lack a character of this document."""


def view_of(
    document: Document, language: str | None = None, link: VerificationLink | None = None
) -> View:
    """A document as its readers see it.

    Args:
        document: An issued document; one without a number is a view without a number.
        language: One of the document's own; None is its first.
        link: Where it can be checked; None where nobody can reach the service.

    Raises:
        ValueError: The document has no text in that language.
    """
    chosen = document.languages[0] if language is None else language
    if chosen not in document.languages:
        raise ValueError(
            f"Document {document.document_id} has no text in language {chosen!r}: "
            f"ask for one of {', '.join(document.languages)}."
        )
    voice = voice_of(document, chosen)
    words, form, rates = voice.words, voice.form, printed_rates(document, voice)
    title = " ".join(filter(None, (words.kinds[document.kind], document.number)))
    return View(
        language=chosen,
        direction=form.direction,
        paper="us-letter" if territory_of(document) in page_texts().letter_paper_in else "a4",
        document_id=document.document_id,
        issued_at=document.issued_at,
        title=f"{title} · {document.supplier.name}",
        kind=words.kinds[document.kind],
        number=document.number,
        correction=_correction(document, voice),
        total=_total(document, voice),
        supplied_on=Fact(
            words.date, form.date(document.supply.date), document.supply.date.isoformat()
        ),
        period=_period(document.supply, form) if document.supply.route is None else None,
        payment=_payment(document, words),
        journey=_journey(document.supply, voice),
        amounts_title=words.charges,
        wide=len(form.money(document.totals.gross_minor)) > LONGEST_AMOUNT,
        lines=lines_table(document, rates, voice) if document.lines else None,
        taxes=tax_table(document, rates, voice) if rates.taxed and not rates.single else None,
        untaxed=() if rates.taxed else tuple(f"{rate.tax}: {rate.rate}" for rate in rates.printed),
        pass_through=pass_through_table(document, voice) if document.pass_through else None,
        supplier=_supplier(document, voice),
        customer=_customer(document, voice),
        legal=Notes(words.legal, tuple([each.text[chosen] for each in document.phrases])),
        about=words.footer,
        facts=_facts(document, voice),
        verification=None if link is None else _verification(link, words),
        other_forms=_other_forms(document, voice),
        unshown=words.unshown,
    )


def stored_view(body: bytes, language: str | None, public_url: str | None) -> View:
    """A stored document as its readers see it.

    Args:
        body: Its canonical bytes, as they are stored.
        language: One of the document's own; None is its first.
        public_url: Where everybody reaches the service; None where nobody does.

    Raises:
        ValueError: The document has no text in that language.
    """
    document = read_document(body)
    link = None if public_url is None else verification_link(public_url, document.document_id, body)
    return view_of(document, language, link)


def _day(day: date, form: Format) -> Moment:
    return Moment(form.date(day), day.isoformat())


def _time(moment: datetime, form: Format) -> Moment:
    return Moment(form.time(moment), moment.isoformat())


def _period(supply: Supply, form: Format) -> tuple[Moment, Moment]:
    return _time(supply.started_at, form), _time(supply.ended_at, form)


def _total(document: Document, voice: Voice) -> Fact:
    words, payable_minor = voice.words, document.totals.payable_minor
    settled = document.payment is not None and document.payment.method in _SETTLED
    label = words.total_paid if settled else words.total
    if document.correction is not None and payable_minor < 0:
        # Where an invoice is billed anew nothing is paid back.
        label = words.total_back if document.correction.reason else words.total
    return Fact(label, voice.form.money(payable_minor))


def _correction(document: Document, voice: Voice) -> tuple[Fact, ...]:
    """Named so that nobody can take it for another document (Directive 2006/112/EC Art. 219)."""
    correction, words = document.correction, voice.words
    if correction is None:
        return ()
    before = correction.preceding
    kind, day = words.kinds[before.kind], voice.form.date(before.issued_at.date())
    named = Fact(words.causes[correction.cause], f"{kind} {before.number}, {day}")
    if correction.reason is None:
        return (named,)
    return named, Fact(words.reason, words.reasons[correction.reason])


def _payment(document: Document, words: Words) -> Fact | None:
    if document.payment is None:
        return None
    return Fact(words.payment, words.payment_methods[document.payment.method])


def _journey(supply: Supply, voice: Voice) -> Journey | None:
    route, words, form = supply.route, voice.words, voice.form
    if route is None:
        return None
    ended = words.no_end if route.destination is None else words.destination
    return Journey(
        title=words.route,
        origin=_stop(words.origin, route.origin, supply.started_at, supply, form),
        destination=_stop(ended, route.destination, supply.ended_at, supply, form),
        facts=(
            Fact(words.distance, form.distance(route.distance_m)),
            Fact(words.licence, words.licences.get(route.licence, route.licence)),
        ),
    )


def _stop(label: str, place: str | None, moment: datetime, supply: Supply, form: Format) -> Stop:
    day = moment.date()
    other_day = None if place is None or day == supply.date else _day(day, form)
    return Stop(label, place, _time(moment, form), other_day)


def _supplier(document: Document, voice: Voice) -> Party:
    supplier, words = document.supplier, voice.words
    for_another = document.issuer_role is IssuerRole.AGENT
    title = words.supplier_of_agent if for_another else words.supplier
    return _party(title, supplier, _address(supplier.address, voice), words)


def _customer(document: Document, voice: Voice) -> Party | None:
    customer = document.customer
    if customer is None:
        return None
    address = () if customer.address is None else _address(customer.address, voice)
    return _party(voice.words.customer, customer, address, voice.words)


def _party(title: str, party: Supplier | Customer, address: tuple[str, ...], words: Words) -> Party:
    tax_id = None if party.tax_id is None else Fact(words.tax_id, party.tax_id)
    return Party(title, party.name, address, tax_id)


def _address(address: Address, voice: Voice) -> tuple[str, ...]:
    """Line by line, city and postal code in the order of the address's country."""
    place = (address.postal_code, address.city)
    if address.country in page_texts().postal_code_last_in:
        place = place[::-1]
    return (*address.lines, " ".join(filter(None, place)), voice.form.country(address.country))


def _facts(document: Document, voice: Voice) -> tuple[Fact, ...]:
    words, form, issued_at = voice.words, voice.form, document.issued_at
    number = (Fact(words.number, document.number),) if document.number else ()
    rules = f"{document.country} {document.pack_sha256[:SHORT_HASH_DIGITS]}"
    moment = f"{form.date(issued_at.date())}, {form.time(issued_at)} UTC"
    return (
        Fact(words.document_id, document.document_id),
        *number,
        Fact(words.trade, document.trade_id),
        Fact(words.issued_at, moment, issued_at.isoformat()),
        Fact(words.rules, rules),
    )


def _verification(link: VerificationLink, words: Words) -> Verification:
    own = words.verification
    code = Fact(own.code, link.code)
    return Verification(own.check, link.address, link.place, code, own.qr)


def _other_forms(document: Document, voice: Voice) -> OtherForms:
    languages = tuple(
        Language(code, language_name(code)) for code in document.languages if code != voice.language
    )
    words = voice.words
    return OtherForms(words.other_forms, languages, words.data, words.pdf)
