"""Headers that keep an answer to itself: nothing is loaded, sent or framed from elsewhere."""

from __future__ import annotations

from receipts.rendering.html import style_source

CLOSED = {
    # A browser shows a PDF in a page of its own making, whose style it writes itself.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def page_policy(form_action: str = "'none'") -> dict[str, str]:
    """The policy of a page of ours: its own style by hash, and at most its own form."""
    policy = (
        f"default-src 'none'; style-src {style_source()}; base-uri 'none'; "
        f"form-action {form_action}; frame-ancestors 'none'"
    )
    return {"content-security-policy": policy}
