"""``receipts pack new``: starts a country pack of the team's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from receipts.countries.loader import shipped_packs
from receipts.countries.starter import (
    MARK,
    Country,
    example_company,
    known_country,
    starter_files,
)
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.settings import load_settings


def new(code: str, /, *, currency: str | None = None) -> int:
    """Start a country pack of your own that issues rides at once; what it lacks is marked.

    Args:
        code: ISO 3166-1, or ISO 3166-2 for a part of a country, for example US-IL.
        currency: ISO 4217, where the currency that CLDR knows is an old one.
    """
    rules = load_settings().rules
    today = system_clock().date()
    country = known_country(code, today, currency)
    folder = rules.team_packs / country.code.lower()
    _refuse_existing(country, folder)
    companies = _with_company(rules.legal_entities, country)
    files = starter_files(country, today)
    try:
        _write(folder, files)
        if companies is not None:
            rules.legal_entities.write_text(companies, encoding="utf-8", newline="\n")
    except OSError as error:
        raise BrokenConfiguration(
            f"{error.filename} cannot be written: {error.strerror}."
        ) from error
    _tell(country, folder, rules.legal_entities if companies else None)
    return 0


def _refuse_existing(country: Country, folder: Path) -> None:
    if country.code.lower() in {shipped.name for shipped in shipped_packs()}:
        raise BrokenConfiguration(
            f"Pack {country.code} is already here, shipped with this service; see "
            "`receipts pack list`. Propose a change of law to the template."
        )
    if folder.exists():
        raise BrokenConfiguration(f"{folder} exists already; edit the pack that is there.")


def _with_company(file: Path, country: Country) -> str | None:
    """The file with an example company for the country; None where it has a company."""
    if country.code in load_legal_entities(file).by_country:
        return None
    text = f"{file.read_text(encoding='utf-8').rstrip()}\n{example_company(country)}"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenConfiguration(
            f"{file} takes no [[legal_entities]] at its end ({error}): "
            f"add the company for {country.code} by hand, then repeat."
        ) from error
    return text


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _tell(country: Country, folder: Path, companies: Path | None) -> None:
    languages, zones = ", ".join(country.languages), len(country.zones)
    guess = f", one of {zones}: choose in pack.toml" if zones > 1 else ""
    print(f"Made {folder}: {country.name}, {country.currency}, {languages}.")
    print(f"Time zone {country.zones[0]}{guess}.")
    if companies is not None:
        print(f"Added an example company to {companies}.")
    print(f"Now write the law where the files say {MARK}: grep -rn '{MARK}' {folder}")
    print(f"Try it: receipts sample --country {country.code} --count 1 | receipts issue -")
