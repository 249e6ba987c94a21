"""Pictures of one document of each kind, as a customer sees it on a phone, and of a verdict."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser
from receipts.domain.documents import Document
from receipts.rendering.canonical import canonical_json, read_document
from receipts.rendering.html import render_html, render_verdict
from receipts.rendering.verdict import genuine, unconfirmed
from receipts.rendering.view import stored_view

from tests.real.checks import Checks

PUBLIC_URL = "https://receipts.example.com"

SHOWN = {
    "simplified-invoice": ("de", "deliveries", "order", 0),
    "invoice": ("de", "deliveries", "order", 2),
    "receipt": ("us-ny", "rides", "app-trip-2025", 0),
    "unregistered-supplier": ("gb", "rides", "driver-unregistered", 0),
    "credit-note": ("de", "rides", "correction-refund-after-refund", 0),
    "cancellation": ("gb", "rides", "correction-cancellation", 0),
    "ride": ("de", "rides", "taxi-in-town", 0),
}
"""Pack, business line, golden case and position of what is shown, by the picture's name."""


def photograph(browser: Browser, service: Path, output: Path, checks: Checks) -> None:
    """Make the pictures, light and dark."""
    pages = _pages(service)
    for name, html in pages.items():
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": 430, "height": 640},
                color_scheme=scheme,
                device_scale_factor=2,
            )
            page.set_content(html)
            picture = output / f"{name}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)
            page.close()
    made = sorted(picture.name for picture in output.glob("*.png"))
    checks.equal(
        "each kind has its pictures",
        expected=sorted(f"{name}-{scheme}.png" for name in pages for scheme in ("light", "dark")),
        found=made,
    )


def _pages(service: Path) -> dict[str, str]:
    documents = {name: _golden(service, *place) for name, place in SHOWN.items()}
    pages = {
        name: render_html(stored_view(canonical_json(document), None, PUBLIC_URL))
        for name, document in documents.items()
    }
    pages["genuine"] = render_verdict(genuine(documents["simplified-invoice"], (), "en"))
    pages["unconfirmed"] = render_verdict(unconfirmed("en"))
    return pages


def _golden(service: Path, pack: str, line: str, case: str, position: int) -> Document:
    file = service / "src" / "receipts" / "countries" / pack / "golden" / f"{line}.json"
    body = json.loads(file.read_text(encoding="utf-8"))[case]["documents"][position]
    return read_document(json.dumps(body).encode())
