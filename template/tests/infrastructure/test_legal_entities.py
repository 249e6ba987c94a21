"""Our companies are read whole, or the file is refused with its name and the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from receipts.domain.errors import BrokenLegalEntities
from receipts.infrastructure.legal_entities import load_legal_entities, unfreeze_legal_entities

if TYPE_CHECKING:
    from pathlib import Path

COMPANY = """
[[legal_entities]]
country = "QQ"
[legal_entities.supplier]
id = "OURS"
name = "Our Rides"
address = { lines = ["1 Street"], city = "Town", country = "QQ" }
"""


def test_what_was_frozen_is_read_back_as_it_was_loaded(tmp_path: Path) -> None:
    file = tmp_path / "issuers.toml"
    file.write_text(COMPANY)
    loaded = load_legal_entities(file)

    assert loaded.by_country["QQ"].supplier.name == "Our Rides"
    assert unfreeze_legal_entities(loaded.content) == loaded


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\nlegal_entities = [", "issuers.toml:2: "),
        (b"\xff\xfe", "issuers.toml:1: 'utf-8' codec"),
        (b"", r"issuers.toml: it holds \[\[legal_entities\]\] and nothing else, here .* no list"),
        (COMPANY.replace("[[legal_entities]]", "[[companies]]").encode(), "here it has companies"),
        (b"legal_entities = [1]", r"legal_entities\[0\]: this must be a table"),
        (COMPANY.replace("country =", "land =", 1).encode(), r"unknown field `land`"),
        (COMPANY.replace("name =", "nam =", 1).encode(), r"`nam`|`name`"),
        (f'{COMPANY}tax_number = "1"'.encode(), r"unknown field `tax_number`, there are .*tax_id"),
        (COMPANY.replace("city", "cty =1, city").encode(), r"supplier\.address\.cty: unknown"),
        (
            COMPANY.replace('"OURS"', '"has space"').encode(),
            r"issuers\.toml:5, legal_entities\[0\]\.supplier\.id",
        ),
        (
            COMPANY.encode() * 2,
            r"issuers\.toml:10, legal_entities\[1\]\.country: QQ has two legal entities",
        ),
    ],
    ids=[
        "not TOML",
        "not UTF-8",
        "empty",
        "another name",
        "no table",
        "misspelt",
        "misspelt and needed",
        "unknown to a supplier",
        "unknown to an address",
        "bad value",
        "two for one country",
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_name(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / "issuers.toml"
    file.write_bytes(content)

    with pytest.raises(BrokenLegalEntities, match=problem):
        load_legal_entities(file)


def test_a_company_whose_vat_identifier_has_a_slip_is_refused_at_start(tmp_path: Path) -> None:
    file = tmp_path / "issuers.toml"
    named = 'name = "Our Rides"'
    file.write_text(COMPANY.replace(named, f'{named}\ntax_id = "DE129273389"'))

    with pytest.raises(
        BrokenLegalEntities,
        match=r"issuers\.toml:\d+, legal_entities\[0\]\.supplier\.tax_id: 'DE129273389' is no VAT",
    ):
        load_legal_entities(file)


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "issuers.toml"
    file.write_text("""\
[[legal_entities]]
country = "QQ"
exampel = true

[legal_entities.supplier]
id = "has space"
name = ""
tax_id = "DE129273389"
address = { lines = [], city = "Town", country = "QQQ" }

[[legal_entities]]
country = "QQ"

[legal_entities.supplier]
id = "B"

[legal_entities.supplier.address]
lines = ["1 Street"]
city = 7
country = "QQ"
zip = "1"

[[legal_entities]]
country = "QR"
supplier = "us"
""")

    with pytest.raises(BrokenLegalEntities) as raised:
        load_legal_entities(file)

    told = [line.removeprefix(f"{file}:") for line in str(raised.value).splitlines()]
    assert [line.partition(":")[0] for line in told] == [
        "3, legal_entities[0].exampel",
        "6, legal_entities[0].supplier.id",
        "7, legal_entities[0].supplier.name",
        "8, legal_entities[0].supplier.tax_id",
        "9, legal_entities[0].supplier.address.country",
        "9, legal_entities[0].supplier.address.lines",
        "12, legal_entities[1].country",
        "14, legal_entities[1].supplier",
        "19, legal_entities[1].supplier.address.city",
        "21, legal_entities[1].supplier.address.zip",
        "25, legal_entities[2].supplier",
    ]


def test_an_absent_file_is_refused_with_the_setting_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(BrokenLegalEntities, match="RECEIPTS_RULES__LEGAL_ENTITIES"):
        load_legal_entities(tmp_path / "none.toml")
