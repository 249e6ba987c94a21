"""How everything on one document is said: in which language, words and formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from receipts.rendering.cldr import Format, format_of
from receipts.rendering.words import Words, words_in

if TYPE_CHECKING:
    from receipts.domain.documents import Document


class Voice(NamedTuple):
    """Language, words and formats of one document."""

    language: str
    words: Words
    form: Format


def voice_of(document: Document, language: str) -> Voice:
    """The voice of a document in one of its languages."""
    form = format_of(language, territory_of(document), document.currency)
    return Voice(language, words_in(language), form)


def territory_of(document: Document) -> str:
    """The country as CLDR knows it: ``US`` for the pack ``US-NY``."""
    return document.country.partition("-")[0]
