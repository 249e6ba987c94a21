"""Events at random, of every business line of this service.

A line's module, ``random_rides.py`` for instance, comes and goes with the line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from tests.countries.golden import LINES

if TYPE_CHECKING:
    from tests.countries.independent_sales import Tables

    from receipts.domain.events import Event
    from receipts.pipeline.golden import GoldenPack

MODULES = {"rides": "rides", "deliveries": "orders"}
"""What the events of a business line are called."""


def plausible_events(pack: GoldenPack) -> st.SearchStrategy[Tables]:
    """Events that some row of the pack was written for, as JSON."""
    return st.one_of([_of(line.name, "plausible")(pack) for line in LINES.values()])


def wild_events(country: str, currency: str) -> st.SearchStrategy[Event]:
    """Any event that a schema lets in."""
    return st.one_of([_of(line.name, "wild")(country, currency) for line in LINES.values()])


def _of(line: str, sort: str) -> Any:
    name = MODULES[line]
    return getattr(import_module(f"tests.engine.random_{name}"), f"{sort}_{name}")
