"""``receipts config check``: everything that would keep the service from starting, at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from cyclopts import Parameter

from receipts.cli.assembly import refuse_examples
from receipts.countries.loader import load_packs
from receipts.domain.errors import BrokenConfiguration, BrokenLegalEntities
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.settings import PRODUCTION, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

Loaded = TypeVar("Loaded")


def check(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Check settings, legal entities and packs; opens no store.

    Exit code 1 when there are problems.

    Args:
        json: Print one JSON object.
    """
    problems = problems_at_start()
    if json:
        print(msgspec.json.encode({"problems": problems}).decode())
    else:
        for problem in problems:
            print(problem)
        verdict = f"{len(problems)} problem(s)" if problems else "nothing is wrong"
        print(f"checked settings, legal entities and packs: {verdict}", file=sys.stderr)
    return 1 if problems else 0


def problems_at_start() -> list[str]:
    """Every problem in settings, legal entities and packs, each with its place."""
    problems: list[str] = []

    def attempt(load: Callable[[], Loaded]) -> Loaded | None:
        """What it loads; None for a refusal, which is one more problem."""
        try:
            return load()
        except BrokenLegalEntities as several:
            problems.extend(str(several).splitlines())
            return None
        except BrokenConfiguration as problem:
            problems.append(str(problem))
            return None

    settings = attempt(load_settings)
    if settings is None:
        # Where the other files lie is a setting, so they are looked at once the settings hold.
        return problems
    entities = attempt(lambda: load_legal_entities(settings.rules.legal_entities))
    packs = attempt(lambda: load_packs(settings.rules.team_packs))
    if settings.environment == PRODUCTION and packs is not None and entities is not None:
        attempt(lambda: refuse_examples(settings, packs, entities))
    return problems
