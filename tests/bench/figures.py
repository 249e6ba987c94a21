"""Figures and how they are printed: each beside its target, none judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value."""

    name: str
    measured: str
    target: str


def print_figures(figures: Sequence[Figure]) -> None:
    """A table of figures."""
    print_table(("figure", "measured", "target"), figures)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; the first column is text, the others are set to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print()
    for line in (head, ["-" * width for width in widths], *rows):
        first, *others = line
        cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join((f"{first:<{widths[0]}}", *cells)))
    print(flush=True)
