"""Three receipts to look at: pages, and pictures of them where a browser is found."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.real.checks import Checks
from tests.real.data_set import DataSet, Documents
from tests.real.nyc_taxi import Ride, read_rides
from tests.real.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WINDOW = "620,1500"
SLOWEST_PICTURE_S = 60

Columns = dict[str, str]

CASES: Mapping[str, Callable[[Columns], bool]] = {
    "card-with-tip": lambda ride: (
        ride["payment"] == "credit card"
        and Decimal(ride["tip"]) > 0
        and Decimal(ride["tolls"]) == 0
        and bool(ride["dropoff_zone"])
    ),
    "with-toll": lambda ride: Decimal(ride["tolls"]) > 0 and bool(ride["dropoff_zone"]),
    "cash-without-destination": lambda ride: ride["payment"] == "cash" and not ride["dropoff_zone"],
}
"""Which ride is shown, by the name of its page."""


def show_receipts(
    service: Service,
    rides: list[Ride],
    documents: Documents,
    output: Path,
    checks: Checks,
) -> None:
    """Show one receipt of each case.

    Args:
        documents: Listed documents by event id.
        output: Folder for pages and pictures.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("  no Chromium on the path: the pages are made, pictures of them are not")
    for name, fits in CASES.items():
        ride = next(
            (each for each in rides if each.event_id in documents and fits(each.columns)), None
        )
        if ride is None:
            checks.that(f"the file has a ride {name}", "none that was issued fits")
            continue
        page = output / f"{name}.html"
        _show(service, ride, documents[ride.event_id][0], page, checks)
        if browser is not None and page.is_file():
            _photograph(browser, page, checks)


def _show(
    service: Service, ride: Ride, document: Mapping[str, Any], page: Path, checks: Checks
) -> None:
    identifier = document["document_id"]
    answer = service.receipts("show", identifier, "--format", "html", "-o", str(page))
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    total = f"{Decimal(ride.columns['total']):.2f}"
    wanted = {
        "its number": document["number"],
        "its total": total,
        "where it began": ride.columns["pickup_zone"],
    }
    missing = [f"{what} ({value})" for what, value in wanted.items() if value not in text]
    differs = answer.errors.strip() or f"exit code {answer.exit_code}"
    if answer.exit_code == 0:
        differs = f"the page lacks {', '.join(missing)}" if missing else ""
    checks.that(f"row {ride.row} is shown in {page}", differs or None)


def _photograph(browser: str, page: Path, checks: Checks) -> None:
    picture = page.with_suffix(".png")
    picture.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--window-size={WINDOW}",
            f"--screenshot={picture}",
            page.resolve().as_uri(),
        ]
        # A browser that hangs has made no picture, which is what counts.
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, check=False, timeout=SLOWEST_PICTURE_S)
    made = picture.is_file() and picture.stat().st_size > 0
    checks.that(f"a picture of it is in {picture}", None if made else "the browser made none")


DATA_SET = DataSet(
    name="rides",
    file="nyc-taxi-trips.csv",
    about="local times with New York's offset; levies without a column as one stated charge",
    read=read_rides,
    least_issued_percent=99,
    show=show_receipts,
)
