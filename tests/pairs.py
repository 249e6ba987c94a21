"""A small set of answer sets in which every pair of answers occurs together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

Values = Mapping[str, Sequence[Any]]
Pair = frozenset[tuple[str, int]]
"""Two questions, each with the position of its answer."""


def cover(values: Values) -> list[dict[str, Any]]:
    """Answer sets that hold every pair of answers at least once; greedy, so not the fewest."""
    missing = all_pairs(values)
    chosen = []
    while missing:
        positions = _best_row(values, missing)
        missing -= _pairs_in(positions)
        chosen.append({name: values[name][at] for name, at in positions.items()})
    return chosen


def all_pairs(values: Values) -> set[Pair]:
    """Every pair of answers to two different questions."""
    return {
        frozenset({(first, one), (second, other)})
        for first, second in combinations(values, 2)
        for one, other in product(range(len(values[first])), range(len(values[second])))
    }


def _best_row(values: Values, missing: set[Pair]) -> dict[str, int]:
    """Start from a missing pair, then give each question the answer that covers most."""
    row = dict(min(missing, key=sorted))
    for name in sorted(values.keys() - row.keys(), key=lambda name: (-len(values[name]), name)):
        gains = [_gain(row, name, at, missing) for at in range(len(values[name]))]
        row[name] = gains.index(max(gains))
    return row


def _gain(row: Mapping[str, int], name: str, at: int, missing: set[Pair]) -> int:
    return sum(frozenset({(name, at), known}) in missing for known in row.items())


def _pairs_in(row: Mapping[str, int]) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(row.items(), 2)}
