"""PDFs, made and read back by a reader that is not their writer."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from babel.numbers import format_currency
from pypdf import PdfReader

from receipts.domain.money import major_units
from receipts.rendering.pdf import write_pdf
from receipts.rendering.printed import squeezed
from receipts.rendering.view import view_of

if TYPE_CHECKING:
    from receipts.domain.documents import Document


def pdf_of(document: Document, language: str | None = None) -> bytes:
    return write_pdf(view_of(document, language))


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf), strict=True)


def written(amount_minor: int, document: Document, language: str) -> str:
    amount = major_units(amount_minor, document.currency)
    place = f"{language}_{document.country[:2]}"
    return squeezed(format_currency(amount, document.currency, locale=place))
