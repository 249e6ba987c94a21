"""Put real rides and orders through a freshly generated service and account for every one.

python -m tests.real              generates and installs a service first
python -m tests.real SERVICE      the service in that folder, installed beside this Python
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from tests.real import chicago_taxi, delivery_orders, pages
from tests.real.checks import Checks
from tests.real.data_set import DataSet, Documents, Record, write_events
from tests.real.new_country import add_illinois
from tests.real.service import BUILD, ROOT, CommandFailed, Service, fresh_folder, generate, install

DATA = "KVITTO_REAL_DATA"
REQUIRE_ALL = "KVITTO_REQUIRE_ALL"
OUTPUT = BUILD / "real"
DATA_SETS = (pages.DATA_SET, chicago_taxi.DATA_SET, delivery_orders.DATA_SET)


class Issued(NamedTuple):
    """What the service says about the records it was given."""

    summary: dict[str, Any]
    """``receipts issue --json``."""
    documents: Documents
    """``receipts list --json``, by event id."""
    dead_letters: list[dict[str, Any]]
    """``receipts dead-letters list --json``."""
    seconds: float
    """Of ``receipts issue``, from start to end of the command."""


def main(arguments: list[str]) -> int:
    """Run; exit code 1 when a check fails."""
    folder = Path(os.environ.get(DATA) or ROOT.parent / "shared" / "data")
    missing = [each.file for each in DATA_SETS if not (folder / each.file).is_file()]
    if missing:
        print(f"skipped: {folder} lacks {', '.join(missing)}; set {DATA} to the folder that has it")
        return 1 if os.environ.get(REQUIRE_ALL) == "1" else 0
    checks = Checks()
    try:
        output = fresh_folder(OUTPUT)
        service = _service(Path(arguments[0]) if arguments else None, output)
        for data_set in DATA_SETS:
            _account_for(data_set, folder, service, output, checks)
        print("\nadding a country", flush=True)
        add_illinois(service, folder / chicago_taxi.DATA_SET.file, output, checks)
    except CommandFailed as error:
        checks.that("every command works", str(error))
    print(checks.verdict)
    return 1 if checks.failed else 0


def _account_for(
    data_set: DataSet, folder: Path, service: Service, output: Path, checks: Checks
) -> None:
    """Issue a file into a store of its own, and account for each of its records."""
    file = folder / data_set.file
    records = data_set.read(file)
    service = service._replace(store=output / f"store-{data_set.name}", settings=data_set.settings)
    events = output / f"{data_set.name}.ndjson"
    write_events(records, events)
    print(f"\nissuing {len(records):,} {data_set.name} of {file} ({data_set.about})", flush=True)
    issued = _issue(service, events)
    _print_table(data_set, records, issued)
    _check_account(data_set, records, issued, checks)
    _check_sum(records, issued, checks)
    _check_books(service, events, issued, checks)
    data_set.show(service, records, issued.documents, output, checks)


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
    documents: dict[str, list[dict[str, Any]]] = {}
    for document in listed:
        documents.setdefault(document["event_id"], []).append(document)
    return Issued(answer.lines()[0], documents, letters, seconds)


def _print_table(data_set: DataSet, records: Sequence[Record], issued: Issued) -> None:
    documents = sum(issued.summary["issued"].values())
    reasons = Counter(_reason(letter) for letter in issued.dead_letters)
    rows: list[tuple[str, str]] = [
        (data_set.name, f"{len(records):,}"),
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


def _check_account(
    data_set: DataSet, records: Sequence[Record], issued: Issued, checks: Checks
) -> None:
    """Every record is issued, or explained by a dead letter that names its line."""
    known = {record.event_id for record in records}
    strangers = sorted(set(issued.documents) - known)
    checks.that("every document belongs to a record", _few("unknown events", strangers))
    least = data_set.least_issued_percent
    share = Fraction(100 * len(issued.documents), len(records))
    checks.that(
        f"at least {least} % of the {data_set.name} are issued",
        None if share >= least else f"only {len(issued.documents):,} are",
    )
    lines = {letter["origin"].rpartition(":")[2] for letter in issued.dead_letters}
    lost = [
        record.name
        for line, record in enumerate(records, start=1)
        if (record.event_id in issued.documents) == (str(line) in lines)
    ]
    checks.that("each is either issued or a dead letter", _few("neither or both", lost))
    checks.equal(
        f"issued and dead letters are as many as the {data_set.name}",
        expected=len(records),
        found=issued.summary["events_issued"] + sum(issued.summary["dead_letters"].values()),
    )
    silent = [
        letter["origin"]
        for letter in issued.dead_letters
        if not (letter["code"] and letter["path"] and letter["reason"])
    ]
    checks.that("every dead letter has code, path and reason", _few("without", silent))


def _check_sum(records: Sequence[Record], issued: Issued, checks: Checks) -> None:
    """One by one and in sum, the documents are what was paid, line by line."""
    paid = {
        record.event_id: record.paid_minor
        for record in records
        if record.event_id in issued.documents
    }
    found = {
        event_id: sum(document["payable_minor"] for document in documents)
        for event_id, documents in issued.documents.items()
    }
    checks.equal(
        "the sum of all documents is what was paid, to the cent",
        expected=sum(paid.values()),
        found=sum(found.values()),
    )
    wrong = [
        f"{event_id} paid {minor} cents"
        for event_id, minor in paid.items()
        if found[event_id] != minor
    ]
    checks.that("each total is what was paid for it", _few("others", wrong))
    incomplete = [
        record.name
        for record in records
        if record.lines is not None
        and record.lines != sum(each["lines"] for each in issued.documents.get(record.event_id, ()))
    ]
    checks.that("no line of the file is missing", _few("incomplete", incomplete))


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
        "the same file again finds every issued event a duplicate",
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
