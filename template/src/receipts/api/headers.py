"""Headers that keep an answer to itself: nothing is loaded, sent or framed from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from receipts.rendering.html import style_source

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSED = {
    # A browser shows a PDF in a page of its own making, whose style it writes itself.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}


TWO_YEARS = "max-age=63072000"
"""Of HSTS: what preload lists and auditors ask for."""


def page_policy(form_action: str = "'none'") -> dict[str, str]:
    """The policy of a page of ours: its own style by hash, and at most its own form."""
    policy = (
        f"default-src 'none'; style-src {style_source()}; base-uri 'none'; "
        f"form-action {form_action}; frame-ancestors 'none'"
    )
    return {"content-security-policy": policy}


class ClosedAnswers:
    """Gives every answer that says nothing else the headers that keep it to itself.

    An error, too, answers an address that may hold a signature or the id of a document.
    """

    def __init__(self, app: ASGIApp, public_url: str | None) -> None:
        """Around an application that is reached at that address."""
        self._app = app
        self._defaults = CLOSED | {"cache-control": "no-store"}
        if public_url is not None and public_url.startswith("https://"):
            self._defaults["strict-transport-security"] = TWO_YEARS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def closed(message: Message) -> None:
            """Send it on, with the headers that it does not set itself."""
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._defaults.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, closed)
