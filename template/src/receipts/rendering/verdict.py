"""What the page behind a QR code says: whether a document is genuine, and of it only this much.

Whoever holds a copy compares number, date and total. Nothing here tells who bought, who
drove or where to: the page is for everybody who was ever shown the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from receipts.rendering.cldr import direction_of
from receipts.rendering.view import Fact
from receipts.rendering.voice import voice_of
from receipts.rendering.words import words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.domain.documents import Document


class Form(Struct, frozen=True, gc=False):
    """Where an id or number and a code are typed."""

    document: str
    code: str
    button: str


class Verdict(Struct, frozen=True, gc=False, kw_only=True):
    """The page as its readers see it."""

    language: str
    direction: Literal["ltr", "rtl"]
    kind: Literal["genuine", "unconfirmed", "question"]
    title: str
    """What is done here."""
    verdict: str
    """Empty before anything was asked."""
    says: str
    facts: tuple[Fact, ...]
    form: Form | None
    """None where there is nothing left to ask."""


def genuine(document: Document, corrected_by: Sequence[str], language: str) -> Verdict:
    """The code is the document's.

    Args:
        document: As it was issued.
        corrected_by: Numbers of the later documents that changed it.
        language: Of the page; the document need not speak it.
    """
    voice = voice_of(document, language)
    words, form, day = voice.words, voice.form, document.supply.date
    facts: tuple[Fact, ...] = (
        Fact(words.number, document.number),
        Fact(words.date, form.date(day), day.isoformat()),
        Fact(words.total, form.money(document.totals.payable_minor)),
    )
    own = words.verification
    if corrected_by:
        facts = (*facts, Fact(own.corrected_by, ", ".join(corrected_by)))
    return Verdict(
        language=language,
        direction=form.direction,
        kind="genuine",
        title=own.check,
        verdict=own.genuine,
        says=own.corrected_means if corrected_by else own.genuine_means,
        facts=facts,
        form=None,
    )


def unconfirmed(language: str) -> Verdict:
    """There is no such document, or the code is another's: the page is the same for both."""
    own = words_in(language).verification
    return _asking(language, "unconfirmed", own.unconfirmed, own.unconfirmed_means)


def question(language: str) -> Verdict:
    """Nothing was asked yet."""
    return _asking(language, "question", "", words_in(language).verification.ask)


def _asking(
    language: str, kind: Literal["unconfirmed", "question"], verdict: str, says: str
) -> Verdict:
    own = words_in(language).verification
    return Verdict(
        language=language,
        direction=direction_of(language),
        kind=kind,
        title=own.check,
        verdict=verdict,
        says=says,
        facts=(),
        form=Form(own.document, own.code, own.check),
    )
