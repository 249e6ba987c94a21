"""Golden cases of the made-up pack that prove it: they reach its rows and notice any change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw
from tests.countries.golden import LINES, issue_all
from tests.countries.made_up import OPERATOR, SOUND, loaded, made_up_ride, write_pack

from receipts.domain.parties import Address, Customer
from receipts.engine.rules import Rules
from receipts.pipeline.golden import ANY_PACK_SHA256, GoldenPack, KeptCase
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.countries.made_up import Files

    from receipts.business_lines.rides import TripCompleted

COMPANY = """
[[legal_entities]]
country = "QQ"
supplier = { id = "OURS", name = "Our Rides", tax_id = "QQ1", address = ADDRESS }
""".replace("ADDRESS", '{ lines = ["1 Street"], city = "Nowhere", country = "QQ" }')

BUYER = Customer(
    address=Address(city="Elsewhere", country="DE", lines=("2 Road",)),
    name="Ada",
    tax_id="DE129273398",
)

RIDES: dict[str, TripCompleted] = {
    "every-charge": made_up_ride(
        ("fare", 10_00), ("tip", 2_00), ("levy", 1_50), ("share", 36), total_minor=13_86
    ),
    "largest-receipt": made_up_ride(("fare", 99_99), total_minor=99_99),
    "operator": made_up_ride(("fare", 12_06), total_minor=12_06, supplier=OPERATOR),
    "smallest-invoice": made_up_ride(("fare", 100_00), total_minor=100_00, customer=BUYER),
    "two-small-fares": made_up_ride(("fare", 6), ("fare", 6), total_minor=12),
}


def write_proven_pack(parent: Path, files: Files = SOUND, *, without: str = "") -> GoldenPack:
    """The sound pack with its golden cases, or another one with the same cases."""
    pack = GoldenPack(write_pack(parent, files))
    write_cases(pack, *(name for name in RIDES if name != without))
    return pack


def write_cases(pack: GoldenPack, *names: str) -> None:
    """Golden cases of the sound pack."""
    (pack.folder / "golden").mkdir(exist_ok=True)
    (pack.folder / "golden" / "issuers.toml").write_text(COMPANY, "utf-8")
    rules = Rules(msgspec.structs.replace(loaded(SOUND), sha256=ANY_PACK_SHA256), [*LINES.values()])
    cases = {
        name: KeptCase(
            Raw(msgspec.json.encode(RIDES[name])),
            documents=tuple(
                Raw(canonical_json(each)) for each in issue_all(RIDES[name], pack.facts, rules)
            ),
        )
        for name in names
    }
    content = msgspec.json.format(msgspec.json.encode(cases), indent=2)
    pack.cases_path("rides").write_bytes(content + b"\n")
