"""The words of a page or a file around what a document says itself, one table a language.

They stand in ``texts.toml``. What the law or a pack words (charges, taxes, phrases)
comes with the document and does not stand there. A language that the file does not
speak gets ENGLISH words around the document's own texts; see the head of the file.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from receipts.domain.corrections import CorrectionCause, RefundReason
from receipts.domain.documents import DocumentKind
from receipts.domain.events import PaymentMethod
from receipts.domain.taxes import TaxCategory

FALLBACK_LANGUAGE = "en"
"""Words where ``texts.toml`` lacks the language."""


class VerificationWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of checking that a document is genuine."""

    ask: str
    """What to type into the form."""
    check: str
    """What checking is called: a title, a link, a button."""
    code: str
    document: str
    """What names a document in the form."""
    corrected_by: str
    corrected_means: str
    """What a reader is to make of a document that others changed."""
    genuine: str
    genuine_means: str
    qr: str
    """What the picture is, for who cannot see it."""
    unconfirmed: str
    unconfirmed_means: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Our own words in one language; `texts.toml` is checked against this."""

    amount: str
    causes: dict[CorrectionCause, str]
    """What a correction does with the document before it."""
    charges: str
    customer: str
    data: str
    date: str
    """Of the supply: German law wants it apart from the date of issue, whatever is supplied
    (UStG § 14 (4) no. 6); so does Directive 2006/112/EC Art. 226 (7)."""
    description: str
    destination: str
    discount: str
    distance: str
    document_id: str
    footer: str
    gross: str
    issued_at: str
    kinds: dict[DocumentKind, str]
    legal: str
    licence: str
    licences: dict[str, str]
    """By licence; one that is not here is printed as the document states it."""
    net: str
    no_end: str
    number: str
    offer_share: str
    """Stands before the single price of a combined offer."""
    origin: str
    other_forms: str
    pass_through: str
    payment: str
    payment_methods: dict[PaymentMethod, str]
    pdf: str
    rate: str
    reason: str
    reasons: dict[RefundReason, str]
    receiver: str
    receivers: dict[str, str]
    """By receiver; one that is not here is printed as the document states it."""
    route: str
    rules: str
    sum: str
    supplier: str
    supplier_of_agent: str
    tax: str
    tax_by_rate: str
    tax_id: str
    total: str
    total_back: str
    """What is given back."""
    total_paid: str
    trade: str
    unshown: str
    """A note in a PDF that shows U+FFFD for a character which its fonts lack."""
    untaxed: dict[TaxCategory, str]
    """What stands in place of a rate where none applies."""
    verification: VerificationWords


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `texts.toml`."""

    languages: dict[str, Words]
    letter_paper_in: frozenset[str]
    miles_in: frozenset[str]
    postal_code_last_in: frozenset[str]


@cache
def page_texts() -> Texts:
    """All of the words, read once.

    Raises:
        msgspec.ValidationError: A word is missing or misspelt.
    """
    file = resources.files("receipts.rendering").joinpath("texts.toml")
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Texts)


def words_in(language: str) -> Words:
    """The words in a language, else in its broader one, else in English."""
    languages = page_texts().languages
    broader = language.partition("-")[0]
    return languages.get(language) or languages.get(broader) or languages[FALLBACK_LANGUAGE]
