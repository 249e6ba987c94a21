"""One line for each answered request, and the trace that all its lines belong to."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers

from receipts.telemetry.tracing import HEADER, join, trace_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

DEFECT = 500
"""What a client is told of an error that nobody caught."""


class RequestLines:
    """Joins the caller's trace and logs each answer at DEBUG.

    The line names the route, not the path: that names a document, or holds a signature.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Around an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Each request is a task of its own, so no other one joins, and what the server
        # says of an error behind us is in the trace too.
        join(trace_of(Headers(scope=scope).get(HEADER, "")))
        if not log.is_enabled_for(logging.DEBUG):
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter_ns(), DEFECT

        async def noticing(message: Message) -> None:
            """Send it on, and keep the status."""
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        finally:
            log.debug(
                "request.answered",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", None),
                status=status,
                duration_ns=time.perf_counter_ns() - began,
            )
