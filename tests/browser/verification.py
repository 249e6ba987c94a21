"""From the QR code on a served page to the verdict, by camera and by hand."""

from __future__ import annotations

from io import BytesIO

import zxingcpp
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Page

from tests.real.checks import Checks

WRONG_CODE = "A" * 26


def check_verification(page: Page, checks: Checks) -> None:
    """Follow the QR code of the page that is open, type its code, and type a wrong one."""
    number = page.locator(".number").inner_text()
    code = page.locator(".code").inner_text()
    seen = Image.open(BytesIO(page.locator(".qr").screenshot()))
    codes = [each.text for each in zxingcpp.read_barcodes(seen)]
    href = page.locator(".check a").get_attribute("href")
    checks.equal(
        "a camera reads from the screen where the link leads", expected=[href], found=codes
    )
    page.goto(str(href))
    _check_verdict(page, "the address", number, "genuine", checks)
    for typed, kind in ((code.lower(), "genuine"), (WRONG_CODE, "unconfirmed")):
        page.goto(str(page.evaluate("new URL('/verify', location).href")))
        page.locator("#document").fill(number)
        page.locator("#code").fill(typed)
        page.keyboard.press("Enter")
        page.wait_for_url("**/verify?*")
        _check_verdict(page, "what is typed", number, kind, checks)


def _check_verdict(page: Page, way: str, number: str, kind: str, checks: Checks) -> None:
    """The verdict is as it must be, in its style, and axe finds nothing."""
    shown = page.locator(f"main.{kind}").count() == 1
    tells = number in page.locator("main").inner_text()
    checks.that(
        f"{way} leads to the verdict: {kind}",
        None if shown and tells is (kind == "genuine") else page.locator("main").inner_text(),
    )
    width = page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
    checks.that(f"its policy lets its style through: {kind}", None if width != "none" else width)
    checks.that(f"axe finds nothing there: {kind}", ", ".join(violations(page)) or None)


def violations(page: Page) -> list[str]:
    """What axe finds on the page that is open."""
    return [each["id"] for each in Axe().run(page).response["violations"]]
