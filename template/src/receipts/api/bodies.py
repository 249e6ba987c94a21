"""Bodies of requests, read with bounded memory and within a bounded time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.api.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

# The rest of a body that is not read would be taken for the next request.
LAST_ANSWER = {"connection": "close"}


class BodyLimits(Struct, frozen=True):
    """What one request may send."""

    most_bytes: int
    most_events: int
    timeout_s: float
    """From the head of the request to the last byte of its body."""


async def read_body(request: Request, limits: BodyLimits) -> bytes:
    """The whole body of a request.

    Raises:
        Problem: 413, it is too large; 408, it comes too slowly; 415, it is compressed.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "compressed_body",
            detail="The body is compressed; what it unfolds to cannot be bounded.",
            remedy="Send it as it is, in smaller batches if it is large.",
            headers=LAST_ANSWER,
        )
    if int(request.headers.get("content-length", "0")) > limits.most_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.timeout_s):
            return await _read(request, limits)
    except TimeoutError as error:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            "slow_body",
            detail=f"The body did not arrive within {limits.timeout_s:g} seconds.",
            remedy="Send it in one go, or in smaller batches.",
            headers=LAST_ANSWER,
        ) from error


async def _read(request: Request, limits: BodyLimits) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.most_bytes:
            raise _too_large(limits)
    return bytes(body)


def _too_large(limits: BodyLimits) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        detail=f"The body is larger than {limits.most_bytes} bytes.",
        remedy="Send smaller batches.",
        headers=LAST_ANSWER,
    )
