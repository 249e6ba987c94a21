"""``GET /verify/{id}/{code}``: whether a document is genuine, for everybody who holds one.

No token is asked for: the code proves that somebody was shown the document, and the answer
holds no personal data. A code that does not fit and a document that never was get the same
answer to the byte, so nobody learns here which documents exist.

A page, or JSON where only that is accepted. 200: genuine, or the empty form. 404: not
confirmed. 400: a program asked for nothing.
"""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from receipts.api.headers import CLOSED, page_policy
from receipts.api.problems import Problem
from receipts.domain.corrections import CorrectionCause
from receipts.domain.document_ids import parse_document_id
from receipts.rendering.canonical import read_document
from receipts.rendering.cldr import language_name
from receipts.rendering.html import Link, render_verdict
from receipts.rendering.verdict import genuine, question, unconfirmed
from receipts.rendering.verification import is_code_of
from receipts.rendering.words import FALLBACK_LANGUAGE, page_texts

if TYPE_CHECKING:
    from starlette.requests import Request

    from receipts.api.access import Access
    from receipts.api.reading import Reading
    from receipts.domain.documents import Document
    from receipts.infrastructure.stores import Stores
    from receipts.rendering.verdict import Verdict

HEADERS = CLOSED | {
    # Whether it is genuine is for now; a proxy must not keep saying so.
    "cache-control": "no-store",
    "vary": "accept, accept-language",
}


class GenuineDocument(msgspec.Struct, frozen=True):
    """What a program is told of a document that is genuine."""

    corrected_by: tuple[str, ...]
    """Numbers of the later documents that changed it, in the order of issue."""
    currency: str
    genuine: bool
    number: str
    payable_minor: int
    """In minor units of the currency."""
    supply_date: date


class Asked(NamedTuple):
    """A document, and the code that stands on it."""

    document: str
    code: str


class Found(NamedTuple):
    """A genuine document, and what became of it."""

    document: Document
    corrected_by: tuple[str, ...]


class VerificationPages:
    """Handlers that compare codes with the store."""

    def __init__(self, reading: Reading, access: Access) -> None:
        """Read by that reader, for clients that do not ask too often."""
        self._reading = reading
        self._access = access

    async def verify(self, request: Request) -> Response:
        """Whether a document is genuine."""
        self._access.limit(request)
        asked = _asked(request)
        found = None
        if asked is not None:
            found = await self._reading.read(lambda stores: _found(stores, asked))
        if _wants_json(request):
            return _json(asked, found)
        language = _language(request)
        if found is not None:
            return _page(request, genuine(*found, language), HTTPStatus.OK)
        if asked is None:
            return _page(request, question(language), HTTPStatus.OK)
        return _page(request, unconfirmed(language), HTTPStatus.NOT_FOUND)


def _found(stores: Stores, asked: Asked) -> Found | None:
    name = asked.document.strip()
    # A QR code holds the id in capitals; a number is as its pack writes it.
    row = stores.document(name.lower() if parse_document_id(name.lower()) else name)
    if row is None or not is_code_of(asked.code, row.body):
        return None
    document = read_document(row.body)
    later = [
        read_document(each.body)
        for digest in _corrected_events(document, row.digest)
        for each in stores.corrections_of(digest)
    ]
    return Found(document, tuple([each.number for each in later if _changes(each, document)]))


def _corrected_events(document: Document, digest: bytes) -> list[bytes]:
    """The events by which corrections of a document name it: its own, and the first one's."""
    first = parse_document_id(document.correction.first) if document.correction else None
    return [digest] if first is None else [digest, first.digest]


def _changes(later: Document, document: Document) -> bool:
    """Whether a later document leaves less of one, or takes its place; a tip does not."""
    correction = later.correction
    if correction is None or correction.cause is CorrectionCause.TIP:
        return False
    if later.document_id == document.document_id:
        return False
    return document.document_id in {correction.first, correction.preceding.document_id}


def _asked(request: Request) -> Asked | None:
    named = request.path_params or request.query_params
    asked = Asked(named.get("document", ""), named.get("code", ""))
    return asked if any(asked) else None


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _json(asked: Asked | None, found: Found | None) -> Response:
    if asked is None:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "nothing_asked",
            detail="No document is named.",
            remedy="Name one and its code: /verify/ID/CODE.",
            headers=HEADERS,
        )
    if found is None:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "unconfirmed",
            detail="No document with this id or number and this code was issued here.",
            remedy="Compare both with the paper, letter by letter.",
            headers=HEADERS,
        )
    document = found.document
    answer = GenuineDocument(
        corrected_by=found.corrected_by,
        currency=document.currency,
        genuine=True,
        number=document.number,
        payable_minor=document.totals.payable_minor,
        supply_date=document.supply.date,
    )
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=HEADERS)


def _page(request: Request, verdict: Verdict, status: HTTPStatus) -> Response:
    content = render_verdict(verdict, _links(request, verdict.language))
    headers = HEADERS | page_policy(form_action="'self'")
    return Response(content, status, media_type="text/html", headers=headers)


def _links(request: Request, language: str) -> list[Link]:
    """To the same page in the other languages."""
    asked = dict(request.query_params)
    return [
        Link(f"?{urlencode(asked | {'language': other})}", language_name(other), other, "text/html")
        for other in page_texts().languages
        if other != language
    ]


def _language(request: Request) -> str:
    """The one that is asked for, else the reader's first that has words here, else English."""
    known = page_texts().languages
    wanted = [request.query_params.get("language", ""), *_accepted_languages(request)]
    for tag in wanted:
        for language in (tag, tag.partition("-")[0]):
            if language in known:
                return language
    return FALLBACK_LANGUAGE


def _accepted_languages(request: Request) -> list[str]:
    """The reader's languages, the dearest first (RFC 9110, 12.5.4)."""
    ranked = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.partition(";q=")
        try:
            ranked.append((float(weight or 1), tag.strip().lower()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(ranked, key=lambda each: -each[0])]
