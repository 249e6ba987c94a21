"""Errors over HTTP: problem documents (RFC 9457) that say what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from receipts.api.headers import CLOSED, page_policy
from receipts.rendering.html import render_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from receipts.infrastructure.store import StoreUnavailable

MEDIA_TYPE = "application/problem+json"

TYPE = "urn:receipts:problem:"
"""A stable name for machines; the words may change."""

NOT_KEPT = CLOSED | {"cache-control": "no-store"}
"""Of an answer that no middleware sees."""

log = structlog.get_logger()


class ProblemDocument(Struct, frozen=True):
    """What every error answers."""

    type: str
    """``urn:receipts:problem:`` and a stable name."""
    title: str
    status: int
    detail: str
    """What is wrong."""
    remedy: str
    """What to do about it."""


class Problem(HTTPException):
    """An error with a stable name and a remedy."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        detail: str,
        remedy: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say what is wrong and what to do, in sentences."""
        super().__init__(status, detail, headers)
        self.code = code
        self.remedy = remedy


TITLES = {413: "Content Too Large"}
"""Of statuses that Python calls by another name in each version (RFC 9110)."""

UNNAMED = {
    HTTPStatus.NOT_FOUND: ("not_found", "Nothing is at this address.", "See /docs for what is."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        "This address does not take this method.",
        "Allow names those that it takes; see /docs.",
    ),
}
"""Errors that the framework raises."""


def is_for_people(request: Request) -> bool:
    """Whether a browser asks, which wants a page."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and "json" not in accepted


async def answer_problem(request: Request, error: HTTPException) -> Response:
    """An error as a problem document; as a page for who came with a browser."""
    status = error.status_code
    if isinstance(error, Problem):
        code, detail, remedy = error.code, error.detail, error.remedy
    else:
        phrase = HTTPStatus(status).phrase
        name = phrase.lower().replace(" ", "_")
        code, detail, remedy = UNNAMED.get(HTTPStatus(status), (name, error.detail, "See /docs."))
    title = TITLES.get(status, HTTPStatus(status).phrase)
    if is_for_people(request):
        page = render_problem(title, detail, remedy)
        # The headers of the error hold, but for the policy: a page needs its own style.
        headers = dict(error.headers or {}) | page_policy() | {"cache-control": "no-store"}
        return Response(page, status, headers=headers, media_type="text/html")
    document = ProblemDocument(TYPE + code, title, status, detail, remedy)
    content = msgspec.json.encode(document)
    return Response(content, status, headers=error.headers, media_type=MEDIA_TYPE)


async def answer_defect(request: Request, _error: Exception) -> Response:
    """Our own defect; Starlette raises it again behind the answer, so the server logs it."""
    defect = Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "defect",
        detail="This is our defect; it was logged.",
        remedy="Send it again once; if it stays, tell us when it happened.",
        headers=NOT_KEPT,
    )
    return await answer_problem(request, defect)


async def answer_unavailable(request: Request, error: StoreUnavailable) -> Response:
    """A store that does not answer; what it said stays in the log."""
    log.error("store.unavailable", reason=str(error))
    unavailable = Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "store_unavailable",
        detail="The store does not answer; nothing was half done.",
        remedy="Send it again soon; what was issued before is not issued twice.",
        headers={"retry-after": "5"},
    )
    return await answer_problem(request, unavailable)
