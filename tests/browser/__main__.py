"""Open every golden document, and every verdict on one, in a browser; look for barriers.

python -m tests.browser SERVICE      the service in that folder, installed beside this Python
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Error, Page, sync_playwright
from receipts.domain.documents import Document
from receipts.rendering.canonical import canonical_json, read_document
from receipts.rendering.html import render_html, render_verdict
from receipts.rendering.verdict import genuine, question, unconfirmed
from receipts.rendering.view import stored_view
from receipts.rendering.words import page_texts

from tests.browser.journey import check_journey
from tests.browser.pictures import PUBLIC_URL, photograph
from tests.browser.verification import check_verification, violations
from tests.real.checks import Checks
from tests.real.service import BUILD, clean_environment, fresh_folder

CHROMIUM = "KVITTO_CHROMIUM"
REQUIRE_ALL = "KVITTO_REQUIRE_ALL"
OUTPUT = BUILD / "browser"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


class Opened(NamedTuple):
    """A page in one language: of a document, or of a verdict on one."""

    name: str
    language: str
    html: str


def main(arguments: list[str]) -> int:
    """Run; exit code 1 when a check fails, or where no browser is and everything must run."""
    service = Path(arguments[0])
    executable = _chromium()
    if executable is None:
        print(f"skipped: no Chromium on the path; install one or set {CHROMIUM} to it")
        return 1 if os.environ.get(REQUIRE_ALL) == "1" else 0
    checks, output = Checks(), fresh_folder(OUTPUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        opened = [*_documents(service), *_verdicts(service)]
        for scheme, size in (("light", PHONE), ("dark", PHONE), ("light", DESK), ("dark", DESK)):
            _check_pages(browser, opened, scheme, size, checks)
        _check_served(browser, service, output, checks)
        check_journey(browser, service, output, checks)
        photograph(browser, service, output, checks)
        browser.close()
    print(checks.verdict)
    return 1 if checks.failed else 0


def _chromium() -> str | None:
    """A browser of this machine; a fresh one that lets us is given one."""
    chosen = os.environ.get(CHROMIUM) or shutil.which("chromium")
    if chosen or shutil.which("apt-get") is None or os.geteuid() != 0:
        return chosen
    print("installing chromium", flush=True)
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "--quiet=2", *command], check=False, capture_output=True)
    return shutil.which("chromium")


def _documents(service: Path) -> Iterator[Opened]:
    """Every golden document of every pack, in each of its languages."""
    for name, document in _golden_documents(service):
        body = canonical_json(document)
        for language in document.languages:
            html = render_html(stored_view(body, language, PUBLIC_URL))
            yield Opened(name, language, html)


def _verdicts(service: Path) -> Iterator[Opened]:
    """Each verdict in each language that has words."""
    _, document = next(_golden_documents(service))
    for language in page_texts().languages:
        verdicts = (
            genuine(document, (), language),
            genuine(document, (document.number, document.number), language),
            unconfirmed(language),
            question(language),
        )
        for verdict in verdicts:
            yield Opened(f"verify/{verdict.kind}", language, render_verdict(verdict))


def _golden_documents(service: Path) -> Iterator[tuple[str, Document]]:
    for file in sorted((service / "src" / "receipts" / "countries").glob("*/golden/*.json")):
        for case, kept in json.loads(file.read_text(encoding="utf-8")).items():
            for position, body in enumerate(kept["documents"]):
                name = f"{file.parts[-3]}/{file.stem}/{case}/{position}"
                yield name, read_document(json.dumps(body).encode())


def _check_pages(
    browser: Browser, opened: list[Opened], scheme: str, size: Any, checks: Checks
) -> None:
    """Nothing that axe finds, nothing that has to be scrolled sideways."""
    found, wide = [], []
    page = browser.new_page(color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
    for each in opened:
        page.set_content(each.html)
        found += [f"{each.name} ({each.language}): {text}" for text in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(f"{each.name} ({each.language})")
    page.close()
    where = f"{len(opened)} pages, {scheme}, {size['width']} px"
    checks.that(f"axe finds nothing on {where}", "; ".join(found[:3]) or None)
    checks.that(f"none is scrolled sideways: {where}", ", ".join(wide[:3]) or None)


def _check_served(browser: Browser, service: Path, output: Path, checks: Checks) -> None:
    """A page that the service serves, with a keyboard alone."""
    with _demo(service) as address:
        page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
        page.goto(address)
        found = violations(page)
        checks.that("axe finds nothing on a served page", ", ".join(found) or None)
        links = page.locator("a")
        reached = []
        for _ in range(links.count()):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent"))
        checks.equal(
            "every link is reached with the tab key, in the order in which it stands",
            expected=links.all_text_contents(),
            found=reached,
        )
        _check_download(page, output, checks)
        check_verification(page, checks)
        page.close()


def _check_download(page: Page, output: Path, checks: Checks) -> None:
    """The link to the PDF gives one."""
    address = page.locator("nav a[type='application/pdf']").get_attribute("href") or ""
    try:
        answer = page.request.get(
            str(page.evaluate("href => new URL(href, location).href", address))
        )
    except Error as error:
        checks.that("the page links to its PDF", str(error))
        return
    (output / "served.pdf").write_bytes(answer.body())
    is_file = answer.ok and answer.body().startswith(b"%PDF")
    checks.that("the page links to its PDF", None if is_file else f"{address}: {answer.status}")


@contextmanager
def _demo(service: Path) -> Iterator[str]:
    """The address of a receipt that the service serves."""
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "receipts"), "demo"],
        cwd=service,
        env=clean_environment() | {"RECEIPTS_API__PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        yield _address_of(process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address_of(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"http://\S+\.html", line):
            return found.group()
    raise SystemExit("`receipts demo` ended without the address of a receipt.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
