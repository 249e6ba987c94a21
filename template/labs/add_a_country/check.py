"""Does the new country say what its law says, by data alone, and does it claim no more?"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from labs.attempt import Attempt, NotYet
from tests.service import as_lines, ride

if TYPE_CHECKING:
    from collections.abc import Mapping

PACK = Path("config/countries/at")
COMPANY = """
# For practice.
[[legal_entities]]
country = "AT"
example = true

[legal_entities.supplier]
id      = "EXAT"
name    = "Beispiel Fahrten Wien GmbH"
tax_id  = "ATU13585627"
address = { lines = ["Beispielgasse 1"], postal_code = "1010", city = "Wien", country = "AT" }
"""
PRIVATE = {
    "name": "Erika Beispiel",
    "address": {"lines": ["Hauptplatz 1"], "postal_code": "8010", "city": "Graz", "country": "AT"},
}
BUSINESS = {**PRIVATE, "name": "Beispiel & Co KG", "tax_id": "ATU13585627"}


class Expected(NamedTuple):
    """A ride, and what the text of the lab says of it; amounts in minor units."""

    said: str
    charges: Mapping[str, int]
    kind: str
    tax_minor: int
    customer: dict[str, Any] | None = None


RIDES = (
    Expected("a fare of 22.00", {"fare": 22_00}, "simplified_invoice", 2_00),
    Expected("a booking fee", {"fare": 22_00, "booking_fee": 6_00}, "simplified_invoice", 3_00),
    Expected("a tip of 5.00", {"fare": 22_00, "tip": 5_00}, "simplified_invoice", 2_00),
    Expected("a fare of 400.00", {"fare": 400_00}, "simplified_invoice", 36_36),
    Expected("a fare of 400.01", {"fare": 400_01}, "invoice", 36_36, PRIVATE),
    Expected("a business's fare of 22.00", {"fare": 22_00}, "invoice", 2_00, BUSINESS),
)  # fmt: skip
YEARS = 7


def prepare(folder: Path) -> None:
    """A company in Austria and no pack, whatever this service has."""
    shutil.rmtree(folder / PACK, ignore_errors=True)
    entities = folder / "config" / "issuers.toml"
    text = entities.read_text("utf-8")
    if not any(each["country"] == "AT" for each in tomllib.loads(text)["legal_entities"]):
        entities.write_text(text + COMPANY, "utf-8")


def by_data_alone(attempt: Attempt) -> None:
    """The country is a folder of data: no code and no test is changed."""
    attempt.must_leave("src", "tests")
    if not (attempt.folder / PACK).is_dir():
        raise NotYet(f"There is no {PACK}: receipts pack new AT")


def rides_are_taxed(attempt: Attempt) -> None:
    """Rides that you have not seen get the document that the law demands."""
    with tempfile.TemporaryDirectory() as data:
        own = {"RECEIPTS_STORE__URL": f"sqlite:{data}", "RECEIPTS_LOG__LEVEL": "error"}
        rides = Path(data) / "rides.ndjson"
        rides.write_bytes(b"\n".join(as_lines(map(_event, range(len(RIDES))))))
        attempt.receipts("issue", str(rides), **own)
        listed = attempt.receipts("list", "--json", **own).out.splitlines()
        ids = {each["event_id"]: each["document_id"] for each in map(msgspec.json.decode, listed)}
        for number, expected in enumerate(RIDES):
            shown = attempt.receipts("show", ids.get(f"ride-{number}", "nothing"), **own)
            if shown.code:
                raise NotYet(f"For {expected.said} no document is issued: {_why(attempt, own)}")
            _must_be(expected, msgspec.json.decode(shown.out))


def _event(number: int) -> dict[str, Any]:
    expected = RIDES[number]
    customer = {"customer": expected.customer} if expected.customer else {}
    charges = [{"code": code, "amount_minor": each} for code, each in expected.charges.items()]
    total_minor = sum(expected.charges.values())
    stated = {"charges": charges, "total_minor": total_minor, **customer}
    return ride(number, country="AT", driver_employed=True, **stated)


def _why(attempt: Attempt, own: Mapping[str, str]) -> str:
    return attempt.receipts("dead-letters", "list", **own).out.strip() or "there is no pack."


def _must_be(expected: Expected, document: dict[str, Any]) -> None:
    tax_minor = document["totals"]["tax_minor"]
    if tax_minor != expected.tax_minor:
        raise NotYet(
            f"Of {expected.said} the tax is {expected.tax_minor / 100:.2f}, and your pack says "
            f"{tax_minor / 100:.2f}."
        )
    if document["kind"] != expected.kind:
        raise NotYet(f"For {expected.said} your pack issues: {document['kind']}.")
    years = int(document["retain_until"][:4]) - int(document["issued_at"][:4])
    if years != YEARS:
        raise NotYet(f"Your pack keeps documents for {years} years.")


def nothing_is_claimed(attempt: Attempt) -> None:
    """No row says that its source was seen: you have read a letter, not the law."""
    for file in sorted((attempt.folder / PACK).glob("*.toml")):
        for rows in tomllib.loads(file.read_text("utf-8")).values():
            for row in rows if isinstance(rows, list) else ():
                _must_be_honest(file.name, row)


def _must_be_honest(file: str, row: object) -> None:
    if not isinstance(row, dict) or "source" not in row:
        return
    if row.get("verified"):
        raise NotYet(f"{file}: {row.get('id')} says verified = true. Who has seen the source?")
    if "TO DO" in row["source"]:
        raise NotYet(f"{file}: {row.get('id')} does not say where its law stands.")


def pack_is_proven(attempt: Attempt) -> None:
    """`receipts pack check AT` has nothing to say."""
    answer = attempt.receipts("pack", "check", "AT")
    if answer.code:
        raise NotYet((answer.out + answer.err).strip())


CHECKS = (by_data_alone, rides_are_taxed, nothing_is_claimed, pack_is_proven)
