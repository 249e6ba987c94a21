"""Stacks as py-spy counts them, as pictures that open without a network.

A line of py-spy's raw format is a stack, outermost first, and how often it was seen:
``main (receipts/cli/app.py);serve (receipts/cli/serve.py) 17``.
"""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from typing import NamedTuple

Stack = tuple[str, ...]
Stacks = dict[Stack, int]

OWN = "(receipts/"
"""What a frame of the service's own code holds: its path from the package on."""

_WIDTH = 1200
_ROW = 18
_LEAST_PIXELS = 0.5


class Hot(NamedTuple):
    """A function and how much of the time it ran itself."""

    function: str
    percent: float


def read_stacks(raw: str) -> Stacks:
    """The stacks of py-spy's raw output."""
    stacks: Counter[Stack] = Counter()
    for line in raw.splitlines():
        frames, _, count = line.rpartition(" ")
        stacks[tuple(frames.split(";"))] += int(count)
    return stacks


def hottest(stacks: Stacks, most: int = 5) -> list[Hot]:
    """Own functions by self time, the hottest first; the rest of the time is in libraries."""
    total = sum(stacks.values())
    itself: Counter[str] = Counter()
    for stack, count in stacks.items():
        if OWN in stack[-1]:
            itself[stack[-1]] += count
    return [Hot(name, 100 * count / total) for name, count in itself.most_common(most)]


def as_speedscope(stacks: Stacks, name: str) -> str:
    """The stacks as https://www.speedscope.app reads them; its viewer works offline, too."""
    numbers: dict[str, int] = {}
    samples = [[numbers.setdefault(each, len(numbers)) for each in stack] for stack in stacks]
    weights = list(stacks.values())
    profile = {
        "type": "sampled",
        "name": name,
        "unit": "none",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": samples,
        "weights": weights,
    }
    return json.dumps(
        {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "shared": {"frames": [{"name": each} for each in numbers]},
            "profiles": [profile],
        }
    )


def as_svg(stacks: Stacks, title: str) -> str:
    """A flame graph, outermost call on top; own code is darker; a pointer shows the whole name."""
    total = sum(stacks.values())
    rows = max(map(len, stacks))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{(rows + 2) * _ROW}" '
        'font-family="monospace" font-size="11">',
        f'<text x="4" y="13">{escape(title)}</text>',
    ]
    _draw(parts, stacks, 0, 0.0, _WIDTH / total)
    return "\n".join([*parts, "</svg>\n"])


def _draw(parts: list[str], stacks: Stacks, depth: int, left: float, scale: float) -> None:
    children: dict[str, Stacks] = {}
    for stack, count in stacks.items():
        if len(stack) > depth:
            children.setdefault(stack[depth], {})[stack] = count
    for name, below in sorted(children.items()):
        count = sum(below.values())
        width = count * scale
        if width >= _LEAST_PIXELS:
            top = (depth + 1) * _ROW
            colour = "#f08c4a" if OWN in name else "#f6d7a8"
            shown = escape(name[: int(width / 6.7)])
            parts.append(
                f"<g><title>{escape(name)}: {count} samples, {100 * width / _WIDTH:.1f} %</title>"
                f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 1}" '
                f'fill="{colour}"/><text x="{left + 2:.1f}" y="{top + 12}">{shown}</text></g>'
            )
            _draw(parts, below, depth + 1, left, scale)
        left += width
