"""The files of a new pack: what is known of a country, and the rest marked.

Currency, languages and names come from CLDR, through Babel; codes and time zones from
the time zone database. The texts are in starter.toml.
"""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.countries.loader import RULE_FILES, unfreeze_pack
from receipts.domain.errors import BrokenConfiguration
from receipts.domain.money import exponent_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

MARK = "TO DO"
"""Stands wherever a new pack waits for its team."""

MOST_LANGUAGES = 4
"""Every text of a pack stands there in each of its languages, so no country starts with more."""

OFFICIAL = ("official", "de_facto_official")
"""How CLDR calls a language that the whole country is governed in, the clearest first."""

COMPANY = Template("""
[[legal_entities]]
country = "$code"
example = true

[legal_entities.supplier]
id      = "EX$id"
name    = "Example company"
address = { lines = ["1 Example Street"], city = "Example", country = "$country" }
""")


class Country(Struct, frozen=True):
    """What is known of a country, or of a part of it."""

    code: str
    """ISO 3166-1 or ISO 3166-2, upper case."""
    currency: str
    languages: tuple[str, ...]
    """BCP 47."""
    name: str
    zones: tuple[str, ...]
    """The first is a guess where there are several."""


def known_country(code: str, today: date, currency: str | None = None) -> Country:
    """What CLDR and the time zone database say of a country.

    Args:
        code: ISO 3166-1 or ISO 3166-2, in upper or lower case.
        today: Day on which its currency must be tender.
        currency: ISO 4217, where CLDR is behind; None to ask it.

    Raises:
        BrokenConfiguration: There is no such country, or it has no currency or time zone.
    """
    code = code.upper()
    alpha2 = code.partition("-")[0]
    names = {row[0]: row[1] for row in _table("iso3166.tab")}
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", code) or alpha2 not in names:
        raise BrokenConfiguration(
            f"{code!r} is no country of ISO 3166-1: write a code such as AT, or such as US-IL "
            "for a part of a country that has a tax of its own."
        )
    zones = _zones(alpha2)
    if not zones:
        raise BrokenConfiguration(
            f"{names[alpha2]} ({alpha2}) has no time zone of its own: a pack cannot start there."
        )
    return Country(
        code=code,
        currency=_sound(currency or _currency(alpha2, today), code),
        languages=_languages(alpha2),
        # CLDR names countries; Babel brings no names of their parts.
        name=_name(alpha2) if code == alpha2 else code,
        zones=zones,
    )


def starter_files(country: Country, today: date) -> dict[str, str]:
    """The texts of a new pack by file name; it loads as it stands."""
    templates = tomllib.loads(
        resources.files("receipts.countries").joinpath("starter.toml").read_text("utf-8")
    )
    others = ", ".join(country.zones[1:])
    # Over in every time zone: an event that is yet to come is refused.
    sampled = today - timedelta(days=2)
    known = {
        "code": country.code,
        "company": example_company(country),
        "currency": country.currency,
        "languages": _json(country.languages),
        "name": _json(country.name),
        "other_zones": f"  # {MARK} or one of {others}" if others else "",
        "since": f"{sampled.year}-01-01",
        "sampled": f"{sampled}",
        "slug": country.code.lower(),
        "today": f"{today}",
        "zone": country.zones[0],
    }
    words = {"fare": "Fare", "phrase": MARK, "tax": "Tax", "tip": "Tip"}
    texts = {name: _in_every_language(word, country.languages) for name, word in words.items()}
    files = {
        name: Template(text).substitute(known | texts).lstrip("\n")
        for name, text in templates.items()
    }
    unfreeze_pack(msgspec.json.encode({name: files[name] for name in RULE_FILES}))
    return files


def example_company(country: Country) -> str:
    """A made-up legal entity, as a file of legal entities has it; production refuses it."""
    code = country.code
    return COMPANY.substitute(code=code, id=code.replace("-", ""), country=code[:2])


def _in_every_language(word: str, languages: Iterable[str]) -> str:
    return "{ " + ", ".join(f'{language} = "{word}"' for language in languages) + " }"


def _json(value: str | Sequence[str]) -> str:
    """TOML writes text and lists of text as JSON does."""
    return ", ".join(msgspec.json.encode(value).decode().split(","))


def _currency(alpha2: str, today: date) -> str:
    from babel.numbers import get_territory_currencies  # noqa: PLC0415  60 ms, only here

    currencies = get_territory_currencies(alpha2, today, tender=True)
    # Where two are tender, in a changeover or beside a neighbour's, the later one comes last.
    return str(currencies[-1]) if currencies else ""


def _sound(currency: str, code: str) -> str:
    try:
        exponent_of(currency)
    except ValueError as error:
        raise BrokenConfiguration(
            f"{currency or 'None'} is no currency of ISO 4217 for {code}: name the one that is "
            f"tender there, as in `receipts pack new {code} --currency EUR`."
        ) from error
    return currency


def _languages(alpha2: str) -> tuple[str, ...]:
    from babel.core import get_global  # noqa: PLC0415  60 ms, only here

    spoken = get_global("territory_languages")[alpha2]
    most_spoken = sorted(spoken, key=lambda tag: spoken[tag]["population_percent"], reverse=True)
    for status in OFFICIAL:
        official = [tag for tag in most_spoken if spoken[tag]["official_status"] == status]
        if official:
            return tuple(tag.replace("_", "-") for tag in official[:MOST_LANGUAGES])
    return tuple(tag.replace("_", "-") for tag in most_spoken[:1])


def _name(alpha2: str) -> str:
    from babel import Locale  # noqa: PLC0415  60 ms, only here

    return str(Locale("en").territories[alpha2])


def _zones(alpha2: str) -> tuple[str, ...]:
    rows = [row for row in _table("zone.tab") if row[0] == alpha2]
    # The table goes from east to west, or the like, and marks the zone of the larger part.
    rows.sort(key=lambda row: "most areas" not in row[-1])
    return tuple(row[2] for row in rows)


def _table(name: str) -> list[list[str]]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
