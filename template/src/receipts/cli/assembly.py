"""Puts together from the settings what issues and serves: the only place that does."""

from __future__ import annotations

import logging
from socket import gethostname
from typing import TYPE_CHECKING

from receipts.business_lines.business_line import find_business_lines
from receipts.cli.debugger import await_debugger_signal
from receipts.cli.version import installed
from receipts.countries.loader import load_packs
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.pipeline.pipeline import Pipeline
from receipts.settings import PRODUCTION, load_settings
from receipts.telemetry.logs import LogFormat, configure_logs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from receipts.countries.loader import LoadedPack
    from receipts.engine.facts import LegalEntities
    from receipts.infrastructure.stores import Stores
    from receipts.settings import Settings


def start(command_line: dict[str, Any] | None = None) -> Settings:
    """Read the settings and set up the logs; first step of a command that writes any."""
    settings = load_settings(command_line)
    level, form = getattr(logging, settings.log.level.upper()), LogFormat(settings.log.format)
    configure_logs(level, form, lambda: process_fields(settings))
    await_debugger_signal(settings.debug.port)
    return settings


def process_fields(settings: Settings) -> dict[str, str]:
    """What each line says of the process that wrote it, as ECS fields."""
    service = installed()
    named = (
        {}
        if service is None
        else {"service.name": service.name, "service.version": service.version}
    )
    return named | {
        "service.environment": settings.environment,
        "labels.region": settings.region,
        "host.hostname": gethostname(),
    }


def pipeline_of(settings: Settings, stores: Stores) -> Pipeline:
    """The pipeline, or a refusal in words.

    Raises:
        BrokenConfiguration: Production would use examples or rules without a seen source.
    """
    packs, entities = _rules_of(settings)
    if settings.environment == PRODUCTION:
        refuse_examples(settings, packs, entities)
    return Pipeline(stores, packs=packs, lines=find_business_lines(), legal_entities=entities)


def _rules_of(settings: Settings) -> tuple[tuple[LoadedPack, ...], LegalEntities]:
    try:
        packs = load_packs(settings.rules.team_packs)
    except BrokenConfiguration as problem:
        try:
            load_legal_entities(settings.rules.legal_entities)
        except BrokenConfiguration as another:
            raise BrokenConfiguration(f"{problem}\n{another}") from another
        raise
    return packs, load_legal_entities(settings.rules.legal_entities)


def refuse_examples(
    settings: Settings, packs: Sequence[LoadedPack], entities: LegalEntities
) -> None:
    """Refuse, in production, what only a laptop may use.

    Raises:
        BrokenConfiguration: With every problem at once.
    """
    file = settings.rules.legal_entities
    installed = {loaded.pack.identity.code for loaded in packs}
    problems = [
        f"{file}: the legal entity of {country} is an example; put your own there"
        for country, entity in sorted(entities.by_country.items())
        if entity.example and country in installed
    ]
    for loaded in packs:
        accepted = set(settings.rules.accept_unverified)
        if rows := [row for row in loaded.pack.unverified() if row not in accepted]:
            code = loaded.pack.identity.code
            problems.append(
                f"pack {code}: the sources of {', '.join(rows)} were not seen; see to them, or "
                "accept each by id in rules.accept_unverified"
            )
    if problems:
        raise BrokenConfiguration(
            "\n  ".join([f"{len(problems)} problem(s) for production:", *problems])
        )
