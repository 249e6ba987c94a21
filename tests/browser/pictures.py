"""Pictures of one document of each kind, as a customer sees it on a phone."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser
from receipts.rendering.canonical import read_document
from receipts.rendering.html import render_html
from receipts.rendering.view import view_of

from tests.real.checks import Checks

SHOWN = {
    "simplified-invoice": ("de", "deliveries", "order", 0),
    "invoice": ("de", "deliveries", "order", 2),
    "receipt": ("us-ny", "rides", "app-trip-2025", 0),
    "unregistered-supplier": ("gb", "rides", "driver-unregistered", 0),
}
"""Pack, business line, golden case and position of what is shown, by the picture's name."""


def photograph(browser: Browser, service: Path, output: Path, checks: Checks) -> None:
    """Make the pictures, light and dark."""
    for name, (pack, line, case, position) in SHOWN.items():
        file = service / "src" / "receipts" / "countries" / pack / "golden" / f"{line}.json"
        body = json.loads(file.read_text(encoding="utf-8"))[case]["documents"][position]
        html = render_html(view_of(read_document(json.dumps(body).encode())))
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": 430, "height": 800},
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
        expected=sorted(f"{name}-{scheme}.png" for name in SHOWN for scheme in ("light", "dark")),
        found=made,
    )
