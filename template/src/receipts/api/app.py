"""The Web API, as a Starlette application.

What it offers is written in ``openapi.yaml``. Receipts are immutable, so they carry an ETag and
may be kept by the reader, not by shared caches: a receipt holds personal data.
"""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from receipts.api.compression import compressed
from receipts.api.contract import show_contract, show_docs
from receipts.api.events import EventHandlers
from receipts.api.headers import CLOSED, ClosedAnswers, page_policy
from receipts.api.listing import ListHandlers
from receipts.api.operations import Measured, Operations
from receipts.api.problems import (
    Problem,
    answer_defect,
    answer_problem,
    answer_unavailable,
)
from receipts.api.requests import RequestLines
from receipts.api.verification import VerificationPages
from receipts.infrastructure.signed_links import PARAMETER
from receipts.infrastructure.store import StoreUnavailable
from receipts.rendering.html import Link, render_html
from receipts.rendering.pdf import write_pdf
from receipts.rendering.verification import PATH
from receipts.rendering.view import stored_view

if TYPE_CHECKING:
    from starlette.requests import Request

    from receipts.api.access import Access
    from receipts.api.bodies import BodyLimits
    from receipts.api.issuing import Issuing
    from receipts.api.reading import Reading
    from receipts.infrastructure.store import StoredDocument
    from receipts.rendering.view import View

HEADERS = CLOSED | {"cache-control": "private, max-age=31536000, immutable"}


def create_app(
    reading: Reading,
    access: Access,
    public_url: str | None,
    issuing: Issuing,
    limits: BodyLimits,
) -> Starlette:
    """The application.

    Args:
        reading: The reader of this process.
        access: Who may do what.
        public_url: Where everybody reaches ``/verify``, as documents say; None where nobody does.
        issuing: The writer of this process.
        limits: What one request may send.

    Returns:
        It, with its `Operations` as ``state.operations``.
    """
    operations = Operations(reading, access, issuing.metrics)
    pages = ReceiptPages(reading, access, public_url)
    verification = VerificationPages(reading, access)
    listing = ListHandlers(reading, access)
    events = EventHandlers(issuing, reading, access, limits)
    named = "/{document}/{code}"
    app = Starlette(
        routes=[
            Route("/events", events.events, methods=["POST"]),
            Route("/receipts", listing.receipts),
            Route("/receipts/{name}/corrections", events.correct, methods=["POST"]),
            Route("/receipts/{name}", pages.receipt),
            Route(PATH, verification.verify),
            Route(PATH + named, verification.verify),
            # A QR code holds the address in capitals.
            Route(PATH.upper() + named, verification.verify),
            Route("/health/live", operations.live),
            Route("/health/startup", operations.startup),
            Route("/health/ready", operations.ready),
            Route("/metrics", operations.metrics),
            Route("/openapi.json", show_contract),
            Route("/docs", show_docs),
        ],
        exception_handlers={
            HTTPException: answer_problem,  # type: ignore[dict-item]
            StoreUnavailable: answer_unavailable,  # type: ignore[dict-item]
            Exception: answer_defect,
        },
        middleware=[
            Middleware(RequestLines),
            Middleware(Measured, metrics=issuing.metrics),
            Middleware(ClosedAnswers, public_url=public_url),
        ],
    )
    app.state.operations = operations
    # A way to another address would repeat a signature in its headers.
    app.router.redirect_slashes = False
    return app


class ReceiptPages:
    """Handlers that read the store."""

    def __init__(self, reading: Reading, access: Access, public_url: str | None) -> None:
        """Read by that reader."""
        self._reading = reading
        self._public_url = public_url
        self._access = access

    async def receipt(self, request: Request) -> Response:
        """One receipt, as JSON, as a page or as a PDF."""
        document_id, _, suffix = request.path_params["name"].partition(".")
        link = self._access.require_receipt(request, document_id)
        row = await self._reading.read(lambda stores: stores.document(document_id))
        if row is None or suffix not in ("", "json", "html", "pdf"):
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "no_such_receipt",
                detail="There is no such receipt.",
                remedy="Use /receipts/ID, ID.json, ID.html or ID.pdf.",
            )
        if suffix == "html":
            view = self._view(request, row)
            page = render_html(view, _links(view, link))
            return _answer(request, page.encode(), "text/html", link)
        if suffix == "pdf":
            # In a thread: some 10 ms, in which other readers would have to wait.
            content = await run_in_threadpool(write_pdf, self._view(request, row))
            return _answer(request, content, "application/pdf", link)
        return _answer(request, row.body, "application/json", link)

    def _view(self, request: Request, row: StoredDocument) -> View:
        try:
            return stored_view(row.body, request.query_params.get("language"), self._public_url)
        except ValueError as error:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "no_such_language",
                detail=str(error),
                remedy="Leave the language out for the document's own.",
            ) from error


def _links(view: View, link: str | None) -> list[Link]:
    """From a page to the same document in other languages and forms; a signed link goes on."""
    forms, name = view.other_forms, quote(view.document_id, safe="")
    signed = {} if link is None else {PARAMETER: link}
    pdf = f"{name}.pdf?{urlencode({'language': view.language} | signed)}"
    data = f"{name}.json?{urlencode(signed)}" if signed else f"{name}.json"
    return [
        *(
            Link(
                f"?{urlencode({'language': other.code} | signed)}",
                other.name,
                other.code,
                "text/html",
            )
            for other in forms.languages
        ),
        Link(pdf, forms.pdf, view.language, "application/pdf"),
        Link(data, forms.data, view.language, "application/json"),
    ]


def _answer(request: Request, content: bytes, media_type: str, link: str | None) -> Response:
    headers = HEADERS | {"etag": f'"{sha256(content).hexdigest()}"'}
    if link is not None:
        # A browser must not show it after the link has expired.
        headers["cache-control"] = "no-store"
    if media_type == "text/html":
        headers |= page_policy()
    if headers["etag"] in request.headers.get("if-none-match", ""):
        headers |= {"vary": "accept-encoding"} if link is None else {}
        return Response(status_code=304, headers=headers)
    answer = Response(content, media_type=media_type, headers=headers)
    # A page repeats the signature that opened it; a PDF is compressed in itself.
    is_plain = link is None and media_type != "application/pdf"
    return compressed(request, answer) if is_plain else answer
