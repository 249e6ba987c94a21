"""Put real rides through a freshly generated service and account for every one.

python -m tests.real              generates and installs a service first
python -m tests.real SERVICE      the service in that folder, installed beside this Python
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from tests.real.checks import Checks
from tests.real.nyc_taxi import Ride, read_rides, write_events
from tests.real.pages import show_receipts
from tests.real.service import BUILD, ROOT, CommandFailed, Service, fresh_folder, generate, install

DATA = "KVITTO_REAL_DATA"
REQUIRE_ALL = "KVITTO_REQUIRE_ALL"
FILE = "nyc-taxi-trips.csv"
OUTPUT = BUILD / "real"
LEAST_ISSUED_PERCENT = 99


class Issued(NamedTuple):
    """What the service says about the rides it was given."""

    summary: dict[str, Any]
    """``receipts issue --json``."""
    documents: dict[str, dict[str, Any]]
    """``receipts list --json``, by event id."""
    dead_letters: list[dict[str, Any]]
    """``receipts dead-letters list --json``."""
    seconds: float
    """Of ``receipts issue``, from start to end of the command."""


def main(arguments: list[str]) -> int:
    """Run; exit code 1 when a check fails."""
    file = Path(os.environ.get(DATA) or ROOT.parent / "shared" / "data") / FILE
    if not file.is_file():
        print(f"skipped: there is no {file}; set {DATA} to the folder that holds {FILE}")
        return 1 if os.environ.get(REQUIRE_ALL) == "1" else 0
    checks = Checks()
    try:
        _account_for(file, Path(arguments[0]) if arguments else None, checks)
    except CommandFailed as error:
        checks.that("every command works", str(error))
    print(checks.verdict)
    return 1 if checks.failed else 0


def _account_for(file: Path, folder: Path | None, checks: Checks) -> None:
    output = fresh_folder(OUTPUT)
    service = _service(folder, output)
    rides = list(read_rides(file))
    events = output / "rides.ndjson"
    write_events(rides, events)
    print(f"issuing {len(rides):,} rides of {file}", flush=True)
    issued = _issue(service, events)
    _print_table(rides, issued)
    _check_account(rides, issued, checks)
    _check_sum(rides, issued, checks)
    _check_books(service, events, issued, checks)
    show_receipts(service, rides, issued.documents, output, checks)


def _service(folder: Path | None, output: Path) -> Service:
    store = output / "store"
    if folder is not None:
        return Service(folder, Path(sys.executable).parent / "receipts", store)
    print("generating a service and installing it", flush=True)
    generate(output / "service")
    python = install(output / "service", output / "environment")
    return Service(output / "service", python.parent / "receipts", store)


def _issue(service: Service, events: Path) -> Issued:
    began = time.monotonic()
    answer = service.receipts("issue", str(events), "--json")
    seconds = time.monotonic() - began
    # 1 says that there are dead letters, which is for the checks to judge.
    if answer.exit_code not in (0, 1) or not answer.output:
        raise SystemExit(f"receipts issue ended with {answer.exit_code}: {answer.errors}")
    listed = service.receipts("list", "--json", "--limit", "0").lines()
    letters = service.receipts("dead-letters", "list", "--json").lines()
    documents = {document["event_id"]: document for document in listed}
    return Issued(answer.lines()[0], documents, letters, seconds)


def _print_table(rides: list[Ride], issued: Issued) -> None:
    documents = sum(issued.summary["issued"].values())
    reasons = Counter(_reason(letter) for letter in issued.dead_letters)
    rows: list[tuple[str, str]] = [
        ("rides", f"{len(rides):,}"),
        *((f"documents: {kind}", f"{n:,}") for kind, n in sorted(issued.summary["issued"].items())),
        *((f"dead letters: {reason}", f"{n:,}") for reason, n in reasons.most_common()),
        ("seconds, start of the command included", f"{issued.seconds:.2f}"),
        ("documents/s", f"{documents / issued.seconds:,.0f}"),
    ]
    width = max(len(name) for name, _ in rows)
    print()
    for name, value in rows:
        print(f"  {name:<{width}}  {value:>10}")
    print(flush=True)


def _reason(letter: Mapping[str, Any]) -> str:
    return f"{letter['code']} at {letter['path']}: {letter['reason']}"


def _check_account(rides: list[Ride], issued: Issued, checks: Checks) -> None:
    """Every ride is issued, or explained by a dead letter that names its line."""
    known = {ride.event_id for ride in rides}
    strangers = sorted(set(issued.documents) - known)
    checks.that("every document belongs to a ride", _few("unknown events", strangers))
    share = Fraction(100 * len(issued.documents), len(rides))
    checks.that(
        f"at least {LEAST_ISSUED_PERCENT} % of the rides are issued",
        None if share >= LEAST_ISSUED_PERCENT else f"only {len(issued.documents):,} are",
    )
    lines = {letter["origin"].rpartition(":")[2] for letter in issued.dead_letters}
    lost = [
        f"row {ride.row}"
        for line, ride in enumerate(rides, start=1)
        if (ride.event_id in issued.documents) == (str(line) in lines)
    ]
    checks.that("every ride is either issued or a dead letter", _few("neither or both", lost))
    checks.equal(
        "issued and dead letters are as many as the rides",
        expected=len(rides),
        found=issued.summary["events_issued"] + sum(issued.summary["dead_letters"].values()),
    )
    silent = [
        letter["origin"]
        for letter in issued.dead_letters
        if not (letter["code"] and letter["path"] and letter["reason"])
    ]
    checks.that("every dead letter has code, path and reason", _few("without", silent))


def _check_sum(rides: list[Ride], issued: Issued, checks: Checks) -> None:
    """Ride by ride and in sum, the documents are what the file says was paid."""
    paid = {
        ride.event_id: Fraction(ride.columns["total"]) * 100
        for ride in rides
        if ride.event_id in issued.documents
    }
    checks.equal(
        "the sum of all documents is the file's to the cent, for the rides issued",
        expected=sum(paid.values()),
        found=sum(document["payable_minor"] for document in issued.documents.values()),
    )
    wrong = [
        f"{event_id} paid {minor} cents"
        for event_id, minor in paid.items()
        if issued.documents[event_id]["payable_minor"] != minor
    ]
    checks.that("every document's total is its ride's", _few("others", wrong))


def _check_books(service: Service, events: Path, issued: Issued, checks: Checks) -> None:
    """Documents verify, the books are whole, and the same file again adds nothing."""
    print("verifying and auditing", flush=True)
    for arguments in (("verify", "--all"), ("audit",)):
        answer = service.receipts(*arguments)
        said = (answer.output + answer.errors).strip()
        promise = f"receipts {' '.join(arguments)} finds nothing"
        checks.that(promise, None if answer.exit_code == 0 else said)
    again = _issue(service, events)
    checks.equal("the same file again issues nothing", expected={}, found=again.summary["issued"])
    checks.equal(
        "the same file again finds every issued ride a duplicate",
        expected=len(issued.documents),
        found=again.summary["duplicates"],
    )
    checks.equal(
        "the same file again adds no dead letter",
        expected=len(issued.dead_letters),
        found=len(again.dead_letters),
    )
    changed = [
        event_id
        for event_id in sorted({*issued.documents, *again.documents})
        if issued.documents.get(event_id) != again.documents.get(event_id)
    ]
    checks.that("documents are the same after it", _few("others", changed))


def _few(what: str, items: list[str]) -> str | None:
    """The first few of what should not be there; None where nothing is."""
    if not items:
        return None
    rest = f" and {len(items) - 5:,} more" if len(items) > 5 else ""
    return f"{what}: {', '.join(items[:5])}{rest}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
