"""The Web API, as a Starlette application.

``GET /receipts/{id}`` (JSON; ``.json``, ``.html`` and ``.pdf`` by suffix), ``GET /verify`` and
health. Receipts are immutable, so they carry an ETag and may be kept by the reader, not by
shared caches: a receipt holds personal data.
"""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from receipts.api.headers import CLOSED, ClosedAnswers, page_policy
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
    from receipts.infrastructure.store import StoredDocument
    from receipts.infrastructure.stores import Stores
    from receipts.rendering.view import View

PROBLEM = "application/problem+json"

NOT_KEPT = CLOSED | {"cache-control": "no-store"}
"""Of an answer that no middleware sees."""

DEFECT = "This is our defect; it was logged."

log = structlog.get_logger()

HEADERS = CLOSED | {"cache-control": "private, max-age=31536000, immutable"}


def create_app(stores: Stores, access: Access, public_url: str | None) -> Starlette:
    """The application.

    Args:
        stores: Opened shards.
        access: Who may read what.
        public_url: Where everybody reaches ``/verify``, as documents say; None where nobody does.
    """
    pages = ReceiptPages(stores, access, public_url)
    verification = VerificationPages(stores, access)
    named = "/{document}/{code}"
    app = Starlette(
        routes=[
            Route(PATH, verification.verify),
            Route(PATH + named, verification.verify),
            # A QR code holds the address in capitals.
            Route(PATH.upper() + named, verification.verify),
            Route("/receipts/{name}", pages.receipt),
            Route("/health/live", live),
            Route("/health/ready", pages.ready),
        ],
        exception_handlers={
            HTTPException: problem,  # type: ignore[dict-item]
            StoreUnavailable: unavailable,  # type: ignore[dict-item]
            Exception: broken,
        },
        middleware=[Middleware(RequestLines), Middleware(ClosedAnswers, public_url=public_url)],
    )
    # A way to another address would repeat a signature in its headers.
    app.router.redirect_slashes = False
    return app


class ReceiptPages:
    """Handlers that read the store."""

    def __init__(self, stores: Stores, access: Access, public_url: str | None) -> None:
        """Read from opened shards."""
        self._stores = stores
        self._public_url = public_url
        self._access = access

    async def receipt(self, request: Request) -> Response:
        """One receipt, as JSON, as a page or as a PDF."""
        document_id, _, suffix = request.path_params["name"].partition(".")
        link = self._access.require_receipt(request, document_id)
        row = self._stores.document(document_id)
        if row is None or suffix not in ("", "json", "html", "pdf"):
            raise HTTPException(
                404, "There is no such receipt. Use /receipts/ID, ID.json, ID.html or ID.pdf."
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

    async def ready(self, _request: Request) -> Response:
        """Whether the store answers."""
        self._stores.document("none")
        return Response("ready\n", media_type="text/plain")

    def _view(self, request: Request, row: StoredDocument) -> View:
        try:
            return stored_view(row.body, request.query_params.get("language"), self._public_url)
        except ValueError as error:
            raise HTTPException(404, str(error)) from error


async def live(_request: Request) -> Response:
    """Whether the process answers; touches nothing else."""
    return Response("live\n", media_type="text/plain")


async def problem(_request: Request, error: HTTPException) -> Response:
    """An HTTP error as a problem document (RFC 9457)."""
    title = HTTPStatus(error.status_code).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": error.status_code,
        "detail": error.detail,
    }
    return Response(
        msgspec.json.encode(body),
        error.status_code,
        headers=error.headers,
        media_type=PROBLEM,
    )


async def broken(request: Request, _error: Exception) -> Response:
    """Our own defect; Starlette raises it again behind the answer, so the server logs it."""
    return await problem(request, HTTPException(500, DEFECT, NOT_KEPT))


async def unavailable(request: Request, error: StoreUnavailable) -> Response:
    """A store that does not answer; what it said stays in the log."""
    log.error("store.unavailable", reason=str(error))
    return await problem(request, HTTPException(503, "The store does not answer; try again soon."))


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
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
