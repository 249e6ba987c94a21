"""``receipts pack new`` makes a country that issues at once, without a line of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from receipts.countries.loader import shipped_packs
from receipts.countries.starter import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service import Command, Service

CODES = ["IS", "CH-GE", "JP"]
"""A country, a part of one with three languages, and a currency without a minor digit."""


def texts_in(folder: Path) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("code", CODES)
def test_a_new_pack_issues_a_ride_without_one_line_of_python(
    service: Service, receipts: Command, code: str
) -> None:
    made = receipts("pack", "new", code)
    sampled = receipts("sample", "--country", code, "--count", "3")
    service.write("rides.ndjson", sampled.out.encode().splitlines())

    issued = receipts("issue", "rides.ndjson")

    assert (made.code, made.err, sampled.code) == (0, "", 0)
    assert "3 documents (3 receipt)" in issued.out
    assert issued.code == receipts("verify", "--all").code == receipts("audit").code == 0
    for row in map(msgspec.json.decode, receipts("list", "--json").out.splitlines()):
        assert row["country"] == code
        assert receipts("show", row["number"], "--format", "html").code == 0
    written = {path.suffix for path in service.config.rglob("*") if path.is_file()}
    assert written == {".toml", ".json"}


def test_what_was_made_is_told_with_the_next_step(service: Service, receipts: Command) -> None:
    answer = receipts("pack", "new", "is")

    assert answer.out == (
        "Made config/countries/is: Iceland, ISK, is.\n"
        "Time zone Atlantic/Reykjavik.\n"
        "Added an example company to config/issuers.toml.\n"
        f"Now write the law where the files say {MARK}: grep -rn '{MARK}' config/countries/is\n"
        "Try it: receipts sample --country IS --count 1 | receipts issue -\n"
    )
    for file in (service.config / "countries" / "is").glob("*.toml"):
        assert MARK in file.read_text("utf-8"), file


def test_a_currency_that_is_named_is_the_one_of_the_pack(
    service: Service, receipts: Command
) -> None:
    answer = receipts("pack", "new", "BG", "--currency", "EUR")

    assert answer.out.startswith("Made config/countries/bg: Bulgaria, EUR, bg.")
    identity = (service.config / "countries" / "bg" / "pack.toml").read_text("utf-8")
    assert 'currency           = "EUR"' in identity


@pytest.mark.usefixtures("service")
def test_a_country_of_several_time_zones_is_told_that_one_was_guessed(receipts: Command) -> None:
    answer = receipts("pack", "new", "BR")

    assert "one of 16: choose in pack.toml" in answer.out


def test_a_company_that_is_there_stays_the_only_one(service: Service, receipts: Command) -> None:
    issuers = service.config / "issuers.toml"
    receipts("pack", "new", "IS")
    for file in (service.config / "countries" / "is").rglob("*.*"):
        file.unlink()
    (service.config / "countries" / "is" / "golden").rmdir()
    (service.config / "countries" / "is").rmdir()
    before = issuers.read_text("utf-8")

    answer = receipts("pack", "new", "IS")

    assert answer.code == 0
    assert "example company" not in answer.out
    assert issuers.read_text("utf-8") == before


def test_production_refuses_a_new_pack_and_its_company(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts("pack", "new", "IS")
    service.write("rides.ndjson", receipts("sample", "--country", "IS").out.encode().splitlines())
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "production")

    answer = receipts("issue", "rides.ndjson")

    assert answer.code == 2
    assert "the legal entity of IS is an example" in answer.err
    assert "is-fare" in answer.err


SHIPPED = next(iter(shipped_packs())).name

REFUSED = [
    (SHIPPED, f"Pack {SHIPPED.upper()} is already here, shipped with this service"),
    ("QQ", "'QQ' is no country of ISO 3166-1: write a code such as AT"),
    ("aq", "None is no currency of ISO 4217 for AQ: name the one"),
    ("IS", "config/countries/is exists already; edit the pack that is there"),
]


@pytest.mark.parametrize(("code", "words"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_code_that_cannot_be_started_is_refused_and_nothing_is_written(
    service: Service, receipts: Command, code: str, words: str
) -> None:
    (service.config / "countries" / "is").mkdir()
    before = texts_in(service.folder)

    answer = receipts("pack", "new", code)

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert texts_in(service.folder) == before


def test_a_file_of_companies_that_takes_no_table_is_told_in_words_and_left_alone(
    service: Service, receipts: Command
) -> None:
    (service.config / "issuers.toml").write_text("legal_entities = []\n", "utf-8")

    answer = receipts("pack", "new", "IS")

    assert answer.code == 2
    assert "config/issuers.toml takes no [[legal_entities]] at its end" in answer.err
    assert "add the company for IS by hand, then repeat." in answer.err
    assert not (service.config / "countries" / "is").exists()


def test_a_folder_that_cannot_be_written_is_told_in_words(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service.folder / "file").write_text("", "utf-8")
    monkeypatch.setenv("RECEIPTS_RULES__TEAM_PACKS", "file/countries")

    answer = receipts("pack", "new", "IS")

    assert (answer.code, answer.out) == (2, "")
    assert "cannot be written: Not a directory." in answer.err
