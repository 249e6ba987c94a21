"""What a reader must find on a document, and the text of a file to look for it in.

The law asks for fields; whether they are printed shows only in what comes out. So the
file is read back by a reader that is not its writer.
"""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from receipts.domain.documents import (
    Document,
    DocumentKind,
    Item,
    Line,
    Option,
    PassThroughCharge,
    Phrase,
    Route,
    Supply,
    TaxSubtotal,
    Totals,
)
from receipts.domain.events import Payment, PaymentMethod
from receipts.domain.parties import Address, Customer, IssuerRole, Supplier
from receipts.rendering.view import SHORT_HASH_DIGITS
from receipts.rendering.voice import Voice, voice_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypdfium2 import PdfPage

ALWAYS = (
    "document_id",
    "lines",
    "number",
    "pack_sha256",
    "pass_through",
    "phrases",
    "supply.date",
    "tax_subtotals",
    "totals.payable_minor",
)
"""Fields that every document prints, whatever the law of its country demands."""

_SHOWN: dict[type, tuple[str, ...]] = {
    Address: ("lines", "city", "postal_code", "country"),
    Customer: ("name", "address", "tax_id"),
    Item: ("name", "options"),
    Option: ("name",),
    PassThroughCharge: ("description", "amount_minor"),
    Payment: ("method",),
    Phrase: ("text",),
    Route: ("origin", "destination", "distance_m", "licence"),
    Supplier: ("name", "address", "tax_id"),
    Supply: ("date", "route"),
    TaxSubtotal: ("tax",),
    Totals: ("gross_minor", "payable_minor"),
}
"""What a reader sees of each part; the rest is for machines."""


class Required(NamedTuple):
    """A text that must be read on a document."""

    field: str
    text: str


def text_of(pdf: bytes) -> str:
    """All that is printed in a file, without blanks: where a line breaks is no promise.

    Raises:
        ImportError: What reads files is not installed; issuing documents does not need it.
    """
    from pypdfium2 import PdfDocument  # noqa: PLC0415  only a check needs it, production has none

    with PdfDocument(pdf) as document:
        return squeezed("".join(map(_text_of_page, document)))


def _text_of_page(page: PdfPage) -> str:
    with closing(page), closing(page.get_textpage()) as text:
        return str(text.get_text_range())


def squeezed(text: str) -> str:
    """A text without blanks."""
    return "".join(text.split()).replace("\N{ZERO WIDTH SPACE}", "")


def unprinted(
    document: Document, demanded: Iterable[str], language: str, text: str
) -> Iterator[Required]:
    """What must be read on a document and is not.

    Args:
        document: The document.
        demanded: Its mandatory fields, as dotted paths.
        language: The language in which it was made.
        text: What was read, without blanks.
    """
    voice = voice_of(document, language)
    gross = ("totals.gross_minor",) if document.lines else ()
    for path in dict.fromkeys((*demanded, *ALWAYS, *gross)):
        for required in _required(path, attrgetter(path)(document), voice):
            if squeezed(required.text) not in text:
                yield required


def _required(field: str, value: Any, voice: Voice) -> Iterator[Required]:
    """The texts in which a value is printed; an empty one is not."""
    if isinstance(value, Line):
        what = ("item",) if value.item else ("description",)
        yield from _of_parts(field, value, (*what, "gross_minor"), voice)
    elif isinstance(value, Struct):
        yield from _of_parts(field, value, _SHOWN.get(type(value), ()), voice)
    elif isinstance(value, tuple):
        for at, each in enumerate(value):
            yield from _required(f"{field}[{at}]", each, voice)
    elif value not in (None, ""):
        yield Required(field, _written(field.rpartition(".")[2], value, voice))


def _of_parts(field: str, value: Struct, names: Iterable[str], voice: Voice) -> Iterator[Required]:
    for name in names:
        yield from _required(f"{field}.{name}", getattr(value, name), voice)


def _written(name: str, value: Any, voice: Voice) -> str:
    """A single value as a reader sees it."""
    match value:
        case Enum():
            return _named(value, voice)
        case datetime():
            return voice.form.time(value)
        case date():
            return voice.form.date(value)
        case dict():
            return str(value[voice.language])
        case int():
            return _number(name, value, voice)
        case _:
            return _text(name, str(value), voice)


def _named(value: Enum, voice: Voice) -> str:
    words = voice.words
    match value:
        case DocumentKind():
            return words.kinds[value]
        case PaymentMethod():
            return words.payment_methods[value]
        case IssuerRole.AGENT:
            return words.supplier_of_agent
        case IssuerRole.PRINCIPAL:
            return words.supplier
        case _:
            return str(value.value)


def _number(name: str, value: int, voice: Voice) -> str:
    if name.endswith("_minor"):
        return voice.form.money(value)
    return voice.form.distance(value) if name == "distance_m" else str(value)


def _text(name: str, value: str, voice: Voice) -> str:
    match name:
        case "country":
            return voice.form.country(value)
        case "licence":
            return voice.words.licences.get(value, value)
        case "pack_sha256":
            return value[:SHORT_HASH_DIGITS]
        case _:
            return value
