"""``GET /receipts``: receipts by event or number, or all of them page by page."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from starlette.responses import Response

from receipts.api.compression import compressed
from receipts.api.problems import Problem
from receipts.domain.document_ids import DIGEST_BYTES, event_digest
from receipts.infrastructure.store import DocumentKey
from receipts.infrastructure.stores import PagePlace
from receipts.infrastructure.tokens import Scope
from receipts.pipeline.repeats import documents_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from receipts.api.access import Access
    from receipts.api.reading import Reading
    from receipts.infrastructure.store import StoredDocument

USUAL_PAGE = 50
LARGEST_PAGE = 500

PLACE_BYTES = DIGEST_BYTES + 3
"""Of a shard in a cursor: the digest of an event, a position, whether that was shown."""


class ListedReceipt(Struct, frozen=True):
    """A receipt on a page; the whole of it is at ``/receipts/{document_id}``."""

    business_line: str
    country: str
    document_id: str
    issued_at: datetime
    kind: str
    number: str
    supply_date: date


class ReceiptsPage(Struct, frozen=True):
    """Receipts, the latest issued first."""

    receipts: tuple[ListedReceipt, ...]
    next: str | None
    """Address of the page after this one; None on the last."""


class _Named(Struct):
    document_id: str
    issued_at: datetime


_named = msgspec.json.Decoder(_Named)


class ListHandlers:
    """Handlers that find receipts."""

    def __init__(self, reading: Reading, access: Access) -> None:
        """Read by that reader."""
        self._reading = reading
        self._access = access

    async def receipts(self, request: Request) -> Response:
        """Receipts of an event or a number, or a page of all."""
        self._access.require(request, Scope.RECEIPTS_READ)
        query = request.query_params
        if unknown := sorted(set(query) - {"source", "id", "number", "limit", "cursor"}):
            raise _bad_query(f"There is no parameter {', '.join(unknown)}.")
        # Where nothing needs it, too: who sends a wrong one errs.
        limit = _limit_in(query.get("limit"))
        if "number" in query:
            number = query["number"]
            found = await self._reading.read(lambda stores: stores.document(number))
            return _answer(request, [] if found is None else [found], None)
        if "source" in query or "id" in query:
            if not ("source" in query and "id" in query):
                raise _bad_query("An event is named by source and id together.")
            digest = event_digest(query["source"], query["id"])
            rows = await self._reading.read(lambda stores: documents_of(stores, digest))
            return _answer(request, rows, None)
        return await self._page(request, limit)

    async def _page(self, request: Request, limit: int) -> Response:
        cursor = request.query_params.get("cursor")
        places = None if cursor is None else _places_in(cursor, self._reading.shards)
        rows, ends = await self._reading.read(lambda stores: stores.page(limit, places))
        # A full page may be the last one; then the next is empty, and says so.
        following = {"limit": limit, "cursor": _cursor_of(ends)}
        after = f"/receipts?{urlencode(following)}" if len(rows) == limit else None
        return _answer(request, rows, after)


def _answer(request: Request, rows: Sequence[StoredDocument], following: str | None) -> Response:
    page = ReceiptsPage(tuple(map(_listed, rows)), following)
    answer = Response(msgspec.json.encode(page), media_type="application/json")
    return compressed(request, answer)


def _listed(row: StoredDocument) -> ListedReceipt:
    named = _named.decode(row.body)
    return ListedReceipt(
        business_line=row.business_line,
        country=row.country,
        document_id=named.document_id,
        issued_at=named.issued_at,
        kind=row.kind,
        number=row.number,
        supply_date=row.supply_date,
    )


def _limit_in(text: str | None) -> int:
    if text is None:
        return USUAL_PAGE
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= LARGEST_PAGE:
        raise _bad_query(f"limit is a number from 1 to {LARGEST_PAGE}.")
    return int(text)


def _cursor_of(places: Sequence[PagePlace]) -> str:
    parts = [
        place.key.digest + place.key.position.to_bytes(2) + bytes([place.is_shown])
        for place in places
    ]
    return urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")


def _places_in(cursor: str, shards: int) -> list[PagePlace]:
    try:
        content = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise _bad_query("This cursor is none of ours.") from error
    if len(content) != shards * PLACE_BYTES:
        raise _bad_query("This cursor is none of ours.")
    parts = [content[at : at + PLACE_BYTES] for at in range(0, len(content), PLACE_BYTES)]
    return [
        PagePlace(DocumentKey(part[:-3], int.from_bytes(part[-3:-1])), is_shown=part[-1] != 0)
        for part in parts
    ]


def _bad_query(detail: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "bad_query",
        detail=detail,
        remedy="Use ?source=…&id=…, ?number=…, or ?limit=…, then follow `next`.",
    )
