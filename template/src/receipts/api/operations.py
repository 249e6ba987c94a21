"""What runs the service asks of it: health, and metrics.

Three questions about health. Live: does the process answer; it touches nothing else, because a
slow database must not restart every process. Startup and ready: does the store answer, too; and
ready only while the process is not about to end.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from receipts.api.problems import Problem
from receipts.infrastructure.tokens import Scope
from receipts.telemetry.metrics import MEDIA_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Send
    from starlette.types import Scope as Connection

    from receipts.api.access import Access
    from receipts.api.reading import Reading
    from receipts.infrastructure.stores import Stores
    from receipts.telemetry.metrics import Metrics

DEFECT = 500
"""What a client is told of an error that nobody caught."""


class Operations:
    """Handlers for what runs the service."""

    def __init__(self, reading: Reading, access: Access, metrics: Metrics) -> None:
        """Ask the reader, and show what was counted."""
        self._reading = reading
        self._access = access
        self._metrics = metrics
        self._is_draining = False

    def drain(self) -> None:
        """From now on answer that no more requests should come."""
        self._is_draining = True
        self._metrics.drain()

    async def live(self, _request: Request) -> Response:
        """Whether the process answers."""
        return Response("live\n", media_type="text/plain")

    async def startup(self, _request: Request) -> Response:
        """Whether the process has started: it answers, and so does the store."""
        await self._reading.read(_nothing)
        return Response("started\n", media_type="text/plain")

    async def ready(self, _request: Request) -> Response:
        """Whether requests may be sent to this process."""
        if self._is_draining:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "draining",
                detail="This process is about to end.",
                remedy="Send requests to another one.",
            )
        await self._reading.read(_nothing)
        return Response("ready\n", media_type="text/plain")

    async def metrics(self, request: Request) -> Response:
        """What was counted since this process started."""
        self._access.require(request, Scope.METRICS_READ)
        return Response(self._metrics.text(), headers={"content-type": MEDIA_TYPE})


def _nothing(stores: Stores) -> None:
    """Ask for a document that is not there; each shard is asked."""
    stores.document("none")


class Measured:
    """Counts every answer and what it took."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Around an application."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), DEFECT

        async def noticing(message: Message) -> None:
            """Send it on, and keep the status."""
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        finally:
            # The template of the route, not the path: that names a document.
            route = getattr(scope.get("route"), "path", None)
            seconds = time.perf_counter() - began
            self._metrics.request(route, scope["method"], status, seconds)
