"""A small sound pack of no country, for tests to break, and a ride that it has rules for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace
from tests.countries.golden import rules_of

from receipts.business_lines.rides import Place, Trip, TripCompleted
from receipts.countries.loader import unfreeze_pack
from receipts.domain.events import Charge
from receipts.domain.parties import Address, LegalEntity, Supplier
from receipts.engine.facts import Facts
from receipts.infrastructure.legal_entities import unfreeze_legal_entities
from receipts.pipeline.golden import ISSUED_AT

if TYPE_CHECKING:
    from pathlib import Path

    from receipts.countries.loader import LoadedPack
    from receipts.engine.rules import Rules

Files = dict[str, str]
"""Texts of a pack's files, by name."""

EVIDENCE = """
valid_from = 2020-01-01
source     = "made up"
checked_on = 2026-11-24
verified   = true
"""

SOUND: Files = {
    "pack.toml": """
code               = "QQ"
name               = "Nowhere"
currency           = "EUR"
languages          = ["en", "de"]
prices_include_tax = true
time_zone          = "Europe/Berlin"
taxes              = { vat = { en = "VAT", de = "USt." } }
""",
    "charges.toml": """
fare  = { en = "Fare", de = "Fahrpreis" }
tip   = { en = "Tip", de = "Trinkgeld" }
levy  = { en = "Levy", de = "Abgabe" }
share = { en = "Fund", de = "Umlage" }
""",
    "issuers.toml": f"""
[[issuers]]
id   = "qq-own"
role = "principal"
when = {{ supplier_stated = false }}
{EVIDENCE}
[[issuers]]
id   = "qq-operator"
role = "agent_for"
when = {{ supplier_stated = true }}
{EVIDENCE}
""",
    "rates.toml": f"""
[[rates]]
id           = "qq-fare"
charge       = ["fare"]
tax          = "vat"
category     = "S"
rate_percent = "10"
when         = {{ licence = "taxi" }}
{EVIDENCE}
""",
    "pass_through.toml": f"""
[[pass_through]]
id       = "qq-tip"
charge   = ["tip"]
kind     = "tip"
receiver = "driver"
{EVIDENCE}
[[pass_through]]
id           = "qq-levy"
charge       = ["levy"]
kind         = "levy"
receiver     = "authority"
amount_minor = 1_50
{EVIDENCE}
[[pass_through]]
id         = "qq-share"
charge     = ["share"]
kind       = "levy"
receiver   = "authority"
percent    = "3"
percent_of = ["fare", "tip"]
{EVIDENCE}
""",
    "documents.toml": f"""
[[documents]]
id        = "qq-receipt"
kind      = "receipt"
mandatory = ["supplier.name", "lines"]
when      = {{ gross_minor = {{ below = 100_00 }} }}
{EVIDENCE}
[[documents]]
id        = "qq-invoice"
kind      = "invoice"
mandatory = ["supplier.tax_id", "customer.name", "customer.address"]
when      = {{ gross_minor = {{ at_least = 100_00 }} }}
{EVIDENCE}
""",
    "phrases.toml": f"""
[[phrases]]
id    = "qq-phrase-tip"
kinds = ["receipt"]
rules = ["qq-tip"]
text  = {{ en = "Thank you.", de = "Danke." }}
{EVIDENCE}
""",
    "rounding.toml": f"""
[[rounding]]
id    = "qq-rounding"
scope = "rate"
mode  = "half_up"
{EVIDENCE}
""",
    "retention.toml": f"""
[[retention]]
id    = "qq-retention"
years = 7
{EVIDENCE}
""",
    "numbering.toml": f"""
[[numbering]]
id         = "qq-numbering"
format     = "{{supplier}}-{{country}}-{{kind}}{{year}}-{{shard}}-{{sequence}}"
digits     = 4
kind_codes = {{ receipt = "R", invoice = "I" }}
{EVIDENCE}
""",
}


def correcting_row(row_id: str, kind: str, cause: str) -> str:
    """A row of documents.toml for a correction."""
    return f"""
[[documents]]
id        = "{row_id}"
kind      = "{kind}"
causes    = ["{cause}"]
mandatory = ["correction.preceding.number"]
{EVIDENCE}"""


CORRECTABLE: Files = {
    **SOUND,
    "documents.toml": SOUND["documents.toml"]
    + correcting_row("qq-credit-note", "credit_note", "refund")
    + correcting_row("qq-cancellation", "cancellation", "cancellation")
    + correcting_row("qq-tip-receipt", "receipt", "tip"),
    "numbering.toml": SOUND["numbering.toml"].replace(
        'invoice = "I"', 'invoice = "I", credit_note = "C", cancellation = "X"'
    ),
}
"""The sound pack with rows for corrections."""

REPLACEABLE: Files = {
    **CORRECTABLE,
    "documents.toml": CORRECTABLE["documents.toml"].replace('"receipt"', '"simplified_invoice"')
    + correcting_row("qq-on-request", "invoice", "replacement"),
    "numbering.toml": CORRECTABLE["numbering.toml"].replace("receipt =", "simplified_invoice ="),
}
"""The same where a full invoice may be asked for."""

OURS = Supplier(
    address=Address(city="Nowhere", country="QQ", lines=("1 Street",)),
    id="OURS",
    name="Our Rides",
    tax_id="QQ1",
)

OPERATOR = replace(OURS, id="THEIRS", name="Their Rides")


def changed(file: str, old: str, new: str) -> Files:
    """The sound pack with one text replaced.

    Raises:
        LookupError: The text does not stand there exactly once.
    """
    if SOUND[file].count(old) != 1:
        raise LookupError(f"{old!r} does not stand in {file} exactly once.")
    return {**SOUND, file: SOUND[file].replace(old, new)}


def added(file: str, rows: str) -> Files:
    """The sound pack with rows added to a file."""
    return {**SOUND, file: f"{SOUND[file]}\n{rows}\n{EVIDENCE}"}


def offer_row(sharing: str, **more: str) -> str:
    """A row of combined_offers.toml, which the sound pack lacks."""
    values = {"id": f'"qq-{sharing}"'.replace("_", "-"), "sharing": f'"{sharing}"', **more}
    keys = "\n".join(f"{key} = {value}" for key, value in values.items())
    return f"[[combined_offers]]\n{keys}\n{EVIDENCE}"


def write_pack(parent: Path, files: Files, name: str = "qq") -> Path:
    """A pack as a folder."""
    folder = parent / name
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def loaded(files: Files) -> LoadedPack:
    """A pack from its texts."""
    return unfreeze_pack(msgspec.json.encode(files, order="sorted"))


def made_up_rules(files: Files = SOUND) -> Rules:
    """A pack, compiled."""
    return rules_of(loaded(files))


def made_up_facts(*, shards: int = 1, companies: tuple[Supplier, ...] = (OURS,)) -> Facts:
    """A world in which we have those companies in the made-up country."""
    entities = tuple(LegalEntity(country="QQ", supplier=supplier) for supplier in companies)
    return Facts(ISSUED_AT, unfreeze_legal_entities(msgspec.json.encode(entities)), shards)


def made_up_ride(*charges: tuple[str, int], total_minor: int, **trip: Any) -> TripCompleted:
    """A taxi ride in the made-up country, changed as told."""
    ended_at = trip.pop("ended_at", datetime(2026, 11, 23, 14, 29, tzinfo=UTC))
    ride = Trip(
        charges=tuple(Charge(amount, code) for code, amount in charges),
        country="QQ",
        currency="EUR",
        distance_m=7_840,
        ended_at=ended_at,
        licence="taxi",
        origin=Place(name="Station"),
        started_at=ended_at - timedelta(minutes=24),
        total_minor=total_minor,
        trip_id="trip-1",
    )
    data = replace(ride, **trip)
    return TripCompleted(id=data.trip_id, source="/made-up", specversion="1.0", data=data)
