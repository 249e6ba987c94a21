"""Answers in gzip, for clients that take it.

Each handler asks for it by name. Whoever can choose a part of an answer and see how long it
becomes could guess a secret in the rest letter by letter (BREACH), so nothing is compressed that
holds one: no page that was opened by a signed link, which it repeats, and no ``/verify``.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LEAST_BYTES = 1024
"""Less fits into one packet as it is."""

LEVEL = 5
"""Of 9: a page of 500 receipts takes some 2 ms; more takes twice that and saves 2 %."""


def compressed(request: Request, answer: Response) -> Response:
    """The answer in gzip where the client takes it and it pays.

    The ETag becomes weak, because the bytes are others (RFC 9110, 8.8.1); ``If-None-Match``
    compares weakly, so a reader may hold either form.
    """
    answer.headers.add_vary_header("accept-encoding")
    if len(answer.body) < LEAST_BYTES or not _takes_gzip(request):
        return answer
    # Without the time of day the same answer has the same bytes.
    answer.body = gzip.compress(answer.body, LEVEL, mtime=0)
    answer.headers["content-encoding"] = "gzip"
    answer.headers["content-length"] = str(len(answer.body))
    if "etag" in answer.headers:
        answer.headers["etag"] = f"W/{answer.headers['etag']}"
    return answer


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            # `gzip;q=0` refuses it; any other weight takes it.
            return weight.replace(" ", "").removeprefix("q=").strip("0.") != "" or not weight
    return False
