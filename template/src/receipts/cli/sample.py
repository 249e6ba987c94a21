"""``receipts sample``: realistic events."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from receipts.business_lines.business_line import find_business_lines
from receipts.countries.loader import load_pack, shipped_packs, team_packs
from receipts.domain.errors import BrokenConfiguration
from receipts.engine.rules import Rules
from receipts.pipeline.sample_corrections import with_corrections
from receipts.pipeline.samples import LoadedSample, load_sample, sample_sources, sample_stream
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from receipts.domain.events import Event


def sample(
    *,
    count: int = 100,
    seed: int = 1,
    country: str | None = None,
    line: str | None = None,
    corrections: int = 0,
) -> int:
    """Print realistic events, one JSON object a line; the same seed gives the same events.

    Args:
        count: How many rides and orders.
        seed: Start of the random numbers.
        country: Only events of this pack, for example DE.
        line: Only events of this business line, for example rides.
        corrections: How many of a hundred are followed by a refund, cancellation or later tip.
    """
    settings = load_settings()
    if count < 0:
        raise BrokenConfiguration(f"--count is a number of events, not {count}.")
    if not 0 <= corrections <= 100:
        raise BrokenConfiguration(f"--corrections is a share from 0 to 100, not {corrections}.")
    events = sample_events(settings.rules.team_packs, count, seed, country, line)
    for event in with_corrections(events, percent=corrections, seed=seed):
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
    return 0


def sample_events(
    team_folder: Path, count: int, seed: int, country: str | None, line: str | None
) -> Iterator[Event]:
    """Events of every pack that has a sample, or of one.

    Raises:
        BrokenConfiguration: There is no such pack or business line.
    """
    lines = find_business_lines()
    wanted = [each for each in lines if line in (None, each.name)]
    if not wanted:
        known = ", ".join(each.name for each in lines)
        raise BrokenConfiguration(f"There is no business line {line!r}; there are: {known}.")
    choices: list[tuple[Rules, LoadedSample]] = []
    for folder in (*shipped_packs(), *team_packs(team_folder)):
        found = load_sample(folder)
        if found is not None and country in (None, folder.name.upper()):
            choices.append((Rules(load_pack(folder), lines), found))
    sources = sample_sources(choices, wanted)
    if not sources:
        asked = " ".join(filter(None, (country, line)))
        raise BrokenConfiguration(
            f"No pack has a sample.toml for {asked or 'any line'}; see `receipts pack list`."
        )
    return sample_stream(sources, count=count, seed=seed)
