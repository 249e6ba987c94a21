"""``receipts issue``: events in, documents out."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from receipts.cli.assembly import pipeline_of, start
from receipts.cli.inputs import opened
from receipts.cli.stores import stores_of
from receipts.infrastructure.ndjson import read_batches

if TYPE_CHECKING:
    from collections import Counter

    from receipts.pipeline.pipeline import Tally


def issue(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Issue documents for the events in a file, one JSON object a line.

    Running it again issues nothing twice. Exit code 1 when inputs became dead letters.

    Args:
        file: The file, or - for standard input.
        json: Print the summary as JSON.
    """
    settings = start()
    began = time.perf_counter()
    with opened(file) as (stream, name), stores_of(settings) as stores:
        pipeline = pipeline_of(settings, stores)
        for batch in read_batches(stream, name, settings.issue.batch_size):
            pipeline.run(batch)
            _show_progress(pipeline.tally.received)
    _clear_progress()
    seconds = time.perf_counter() - began
    if json:
        print(msgspec.json.encode(pipeline.tally).decode())
    else:
        print(summary(pipeline.tally, seconds))
    return 1 if pipeline.tally.dead_letters else 0


def summary(tally: Tally, seconds: float) -> str:
    """The tally in words, for people."""
    lines = [
        f"received      {tally.received:>9,} events in {seconds:.1f} s",
        f"issued        {tally.issued.total():>9,} documents{_parts(tally.issued)}",
        f"duplicates    {tally.duplicates:>9,} events that were issued before",
        f"dead letters  {tally.dead_letters.total():>9,} events{_parts(tally.dead_letters)}",
    ]
    if tally.dead_letters:
        lines.append("Nothing is lost: receipts dead-letters list")
    return "\n".join(lines)


def _parts(counts: Counter[str]) -> str:
    parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(counts.items())]
    return f" ({', '.join(parts)})" if parts else ""


def _show_progress(received: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{received:,} events", end="", file=sys.stderr, flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
