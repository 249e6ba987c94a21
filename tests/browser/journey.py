"""A customer's way: the link from a message, the language, the paper, the file, the proof."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page
from receipts.infrastructure.signed_links import LinkKeys, link_to

from tests.browser.verification import violations
from tests.real.checks import Checks
from tests.real.service import clean_environment

PHONE = {"width": 390, "height": 844}
KEY = "mQ7vTzLk5XwPc2Yb9NsDf6Hg4Mt7Ra3J"
PATIENCE_S = 20


class Served(NamedTuple):
    """A server that lets nobody in without a token or a link, and two receipts of it."""

    address: str
    links: tuple[str, str]
    """Signed links to two receipts."""
    expired: str


def check_journey(browser: Browser, service: Path, output: Path, checks: Checks) -> None:
    """Go that way in a real browser, on a phone, at night."""
    with _served(service, output) as served:
        page = browser.new_page(color_scheme="dark", viewport=PHONE)  # type: ignore[arg-type]
        answer = page.goto(served.links[0])
        checks.equal(
            "a signed link opens its receipt", expected=200, found=answer and answer.status
        )
        checks.that("axe finds nothing at night", ", ".join(violations(page)) or None)
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        checks.that("nothing is wider than a phone", "it scrolls sideways" if wide else None)
        _check_refusals(page, served, checks)
        page.goto(served.links[0])
        _check_language(page, checks)
        _check_files(page, output, checks)
        _check_code(page, checks)
        page.close()


def _check_refusals(page: Page, served: Served, checks: Checks) -> None:
    first, second = served.links
    path, _, signature = first.partition("?")
    other = second.partition("?")[0]
    for name, address in {
        "no link": path,
        "a changed link": first[:-1] + ("A" if first[-1] != "A" else "B"),
        "another one's receipt": f"{other}?{signature}",
        "an expired link": served.expired,
    }.items():
        answer = page.goto(address)
        status = answer.status if answer else 0
        shown = page.content()
        leak = "Total" in shown or "Gesamt" in shown or '"number"' in shown
        refused = status in (401, 403) and not leak and page.locator("main strong").count() == 1
        checks.that(f"{name} opens nothing", None if refused else f"{status}: {shown[:200]}")


def _check_language(page: Page, checks: Checks) -> None:
    before = page.locator("html").get_attribute("lang")
    page.locator("nav a[type='text/html']").first.click()
    after = page.locator("html").get_attribute("lang")
    checks.that(
        "the other language is a click away, by the same link",
        None if before != after and page.locator(".number").count() else f"{before} to {after}",
    )


def _check_files(page: Page, output: Path, checks: Checks) -> None:
    href = page.locator("nav a[type='application/pdf']").get_attribute("href")
    answer = page.request.get(str(page.evaluate("href => new URL(href, location).href", href)))
    is_file = answer.ok and answer.body().startswith(b"%PDF")
    checks.that("the PDF comes by the same link", None if is_file else f"{answer.status}")
    printed = page.pdf(format="A4")
    (output / "printed.pdf").write_bytes(printed)
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    checks.equal("printed it takes one page", expected=1, found=pages)
    page.emulate_media(media="print")
    nav = page.locator("nav").is_visible()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(media="screen")
    checks.that(
        "paper stays white and has no links, at night too",
        None if not nav and background == "rgb(255, 255, 255)" else f"{nav}, {background}",
    )


def _check_code(page: Page, checks: Checks) -> None:
    number = page.locator(".number").inner_text()
    seen = Image.open(BytesIO(page.locator(".qr").screenshot()))
    codes = [each.text for each in zxingcpp.read_barcodes(seen)]
    checks.equal("a camera reads one code at night", expected=1, found=len(codes))
    answer = page.goto(codes[0])
    shown = page.locator("main.genuine").count() == 1 and number in page.content()
    checks.that(
        "the code needs no link and says genuine",
        None if shown and answer and answer.ok else page.content()[:200],
    )


@contextmanager
def _served(service: Path, output: Path) -> Iterator[Served]:
    folder = output / "journey"
    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / "2026-11").write_text(KEY, encoding="utf-8")
    port = _free_port()
    settings = {
        "RECEIPTS_STORE__URL": f"sqlite:{folder / 'data'}",
        "RECEIPTS_API__TOKENS": str(folder / "tokens.json"),
        "RECEIPTS_API__LINK_KEYS": str(folder / "keys"),
        "RECEIPTS_API__PORT": str(port),
        "RECEIPTS_API__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "RECEIPTS_LOG__LEVEL": "error",
    }
    run = _Commands(service, settings)
    run("tokens", "new", "nobody", "--scope", "receipts:read")
    events = run("sample", "--count", "6", "--country", "DE", "--line", "rides")
    run("issue", "-", sent=events)
    listed = [line.split()[0] for line in run("list").splitlines()]
    links = tuple(_address(run("link", name)) for name in listed[:2])
    keys, over = LinkKeys(folder / "keys"), datetime.now(UTC) - timedelta(seconds=1)
    expired = link_to(f"http://127.0.0.1:{port}", listed[0], keys, over)
    process = subprocess.Popen(
        [run.command, "serve"],
        cwd=service,
        env=clean_environment() | settings,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/ready")
        yield Served(f"http://127.0.0.1:{port}", (links[0], links[1]), expired)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


class _Commands:
    """The service's own commands, with the settings of this journey."""

    def __init__(self, service: Path, settings: dict[str, str]) -> None:
        self.command = str(Path(sys.executable).parent / "receipts")
        self._service = service
        self._settings = settings

    def __call__(self, *arguments: str, sent: str = "") -> str:
        done = subprocess.run(
            [self.command, *arguments],
            cwd=self._service,
            env=clean_environment() | self._settings,
            input=sent,
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        return done.stdout


def _address(said: str) -> str:
    found = re.search(r"http://\S+", said)
    if found is None:
        raise SystemExit(f"`receipts link` printed no address: {said}")
    return found.group()


def _wait_for(address: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(address).close()  # noqa: S310  of this machine
        except (urllib.error.URLError, OSError):
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
