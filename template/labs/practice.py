"""A country for practice, so that a lab is the same whatever this service was generated for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.countries import made_up

if TYPE_CHECKING:
    from pathlib import Path

COMPANY = """
# For practice.
[[legal_entities]]
country = "QQ"
example = true

[legal_entities.supplier]
id      = "OURS"
name    = "Our Rides"
tax_id  = "QQ1"
address = { lines = ["1 Street"], city = "Town", country = "QQ" }
"""


def add_practice_country(folder: Path, files: made_up.Files = made_up.CORRECTABLE) -> None:
    """Give a copy of the service the pack QQ and a company there."""
    countries = folder / "config" / "countries"
    countries.mkdir(exist_ok=True)
    made_up.write_pack(countries, files)
    with (folder / "config" / "issuers.toml").open("a", encoding="utf-8") as entities:
        entities.write(COMPANY)
