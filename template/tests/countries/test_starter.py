"""A new pack is sound from its first minute, for whatever country."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib import resources
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.countries.golden import rules_of
from tests.countries.made_up import loaded

from receipts.countries.loader import RULE_FILES
from receipts.countries.starter import MARK, MOST_LANGUAGES, known_country, starter_files
from receipts.domain.errors import BrokenConfiguration

if TYPE_CHECKING:
    from typing import Any

    from receipts.countries.pack import Pack

TODAY = date(2026, 11, 24)

ISO_3166 = [
    line[:2]
    for line in resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text().splitlines()
    if not line.startswith("#")
]
NO_ZONE = ["BV", "HM"]
"""Bouvet Island and Heard Island: nobody lives there."""

NO_CURRENCY = {"AQ", "BG"}
"""Antarctica has none; for Bulgaria CLDR has the one before the euro."""


def new_pack(code: str, currency: str | None = None) -> Pack:
    files = starter_files(known_country(code, TODAY, currency), TODAY)
    return loaded({name: files[name] for name in RULE_FILES}).pack


def test_a_pack_can_be_started_for_every_country_where_something_is_sold() -> None:
    countries = [code for code in ISO_3166 if code not in NO_ZONE]

    for code in countries:
        pack = new_pack(code, "EUR" if code in NO_CURRENCY else None)
        assert pack.identity.code == code
        assert 1 <= len(pack.identity.languages) <= MOST_LANGUAGES

    assert len(countries) > 200


@pytest.mark.parametrize("code", NO_ZONE)
def test_a_country_without_a_time_zone_is_refused_in_words(code: str) -> None:
    with pytest.raises(BrokenConfiguration, match=rf"\({code}\) has no time zone of its own"):
        known_country(code, TODAY)


@pytest.mark.parametrize("code", ["XX", "A", "AUT", "", "at-", "US-ILLI", "US_IL", "../at"])
def test_a_code_of_no_country_is_refused_in_words(code: str) -> None:
    with pytest.raises(BrokenConfiguration, match=r"is no country of ISO 3166-1: write a code"):
        known_country(code, TODAY)


@pytest.mark.parametrize(
    ("code", "currency", "languages", "name", "zone"),
    [
        ("at", "EUR", ("de",), "Austria", "Europe/Vienna"),
        ("CH", "CHF", ("de", "fr", "it"), "Switzerland", "Europe/Zurich"),
        ("JP", "JPY", ("ja",), "Japan", "Asia/Tokyo"),
        ("us-il", "USD", ("en",), "US-IL", "America/New_York"),
        ("AU", "AUD", ("en",), "Australia", "Australia/Sydney"),
        ("CV", "CVE", ("pt",), "Cape Verde", "Atlantic/Cape_Verde"),
    ],
)
def test_what_is_known_of_a_country_stands_in_its_pack(
    code: str, currency: str, languages: tuple[str, ...], name: str, zone: str
) -> None:
    identity = new_pack(code).identity

    assert (identity.code, identity.currency, identity.name) == (code.upper(), currency, name)
    assert (identity.languages, identity.time_zone) == (languages, zone)


def test_of_two_currencies_that_are_tender_the_later_one_is_taken() -> None:
    assert known_country("HR", date(2023, 1, 1)).currency == "EUR"
    assert known_country("NA", TODAY).currency == "NAD"


@pytest.mark.parametrize("code", ["BG", "AQ"])
def test_a_currency_can_be_named_where_cldr_knows_none_that_is_still_in_use(code: str) -> None:
    assert known_country(code, TODAY, "EUR").currency == "EUR"


@pytest.mark.parametrize("currency", ["BGN", "XAU", "eur", "euro"])
def test_what_is_no_currency_is_refused_with_the_option_that_names_one(currency: str) -> None:
    with pytest.raises(BrokenConfiguration, match=rf"^{currency} is no currency .* --currency EUR"):
        known_country("BG", TODAY, currency)


def test_no_row_of_a_new_pack_says_that_its_source_was_seen() -> None:
    pack = new_pack("AT")

    assert pack.unverified() == tuple(row.id for row in pack.rows())
    assert all(row.source.startswith(f"{MARK}: ") for row in pack.rows())


@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2027, 1, 1), date(2027, 1, 4)])
def test_the_samples_of_a_new_pack_are_over_in_every_time_zone_and_its_rows_know_them(
    today: date,
) -> None:
    files = starter_files(known_country("US-HI", today), today)

    sample = tomllib.loads(files["sample.toml"])
    last_day = sample["first_day"] + timedelta(days=sample["days"])
    rows = [row for name in RULE_FILES for row in rows_of(tomllib.loads(files[name]))]
    assert last_day < today - timedelta(days=1)
    assert rows
    assert all(row["valid_from"] <= sample["first_day"] for row in rows)


def rows_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a file of rules."""
    return [row for rows in table.values() if isinstance(rows, list) for row in rows if "id" in row]


def test_the_rows_that_are_commented_out_are_sound_once_they_are_let_in() -> None:
    files = starter_files(known_country("CH", TODAY), TODAY)
    rules = {name: let_in(files[name]) for name in RULE_FILES}
    rules["numbering.toml"] = rules["numbering.toml"].replace("{ ", '{ invoice = "I", ')

    pack = rules_of(loaded(rules)).pack

    assert [row.id for row in pack.pass_through] == ["ch-tip"]
    assert [row.id for row in pack.documents] == ["ch-receipt", "ch-invoice", "ch-credit-note"]
    assert [row.id for row in pack.phrases] == ["ch-phrase-fare"]
    assert [row.id for row in pack.issuers] == ["ch-own", "ch-operator"]
    assert pack.rates[0].when
    assert set(pack.charges) == {"fare", "tip"}


@pytest.mark.parametrize("today", [TODAY, date(2026, 1, 1), date(2028, 3, 1)])
def test_a_sample_of_a_new_pack_is_over_everywhere_and_has_rules(today: date) -> None:
    files = starter_files(known_country("IS", today), today)
    sample, rates = (tomllib.loads(files[name]) for name in ("sample.toml", "rates.toml"))

    last_day = sample["first_day"] + timedelta(days=sample["days"] - 1)
    # No clock is more than a day behind another.
    assert last_day < today - timedelta(days=1)
    assert rates["rates"][0]["valid_from"] <= sample["first_day"]


def let_in(text: str) -> str:
    """The text without the comment sign before what is TOML."""
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    return "\n".join(line for line in lines if is_toml(line))


def is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    return True


def test_golden_cases_of_a_new_pack_wait_for_their_documents() -> None:
    files = starter_files(known_country("JP", TODAY), TODAY)

    (case,) = msgspec.json.decode(files["golden/rides.json"]).values()

    assert case.keys() == {"event"}
    assert case["event"]["data"]["currency"] == "JPY"
    assert tomllib.loads(files["golden/issuers.toml"])["legal_entities"][0]["country"] == "JP"
