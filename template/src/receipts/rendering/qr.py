"""A text as a QR code (ISO/IEC 18004): a square that cameras read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

QUIET = 4
"""Modules of white that cameras need on every side."""

LEVEL = "m"
"""15 % of it may be dirty or torn."""

MASK = 3
"""Any is allowed; to try all eight for the most even one would take five times as long."""

_DARK = re.compile(b"\x01+")


class Symbol(NamedTuple):
    """A QR code as the path of an SVG picture, one unit a module."""

    side: int
    """Modules of a side, quiet zone included."""
    path: str
    """Strokes of width 1, one for each run of dark modules in a row."""

    @property
    def svg(self) -> str:
        """A picture of its own, black on white."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.side} {self.side}">'
            f'<path fill="#fff" d="M0 0h{self.side}v{self.side}H0z"/>'
            f'<path stroke="#000" d="{self.path}"/></svg>'
        )


def symbol_of(text: str) -> Symbol:
    """The QR code of a text; capitals, digits and ``$%*+-./:`` alone make a smaller one."""
    import segno  # noqa: PLC0415  only pages and files need it

    matrix = segno.make(text, error=LEVEL, mask=MASK, micro=False, boost_error=False).matrix
    return Symbol(len(matrix) + 2 * QUIET, "".join(_strokes(matrix)))


def _strokes(matrix: Iterable[bytearray]) -> Iterable[str]:
    for y, row in enumerate(matrix):
        for run in _DARK.finditer(row):
            yield f"M{run.start() + QUIET} {y + QUIET}.5h{run.end() - run.start()}"
