"""The table in the service's documentation that says who owns which file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pathspec

PAGE = "docs/who-owns-which-file.md"
_ROW = re.compile(r"^\| `(?P<pattern>[^`]+)` \| (?P<owner>\w+) \| (?P<why>.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    pattern: str
    owner: str
    why: str

    def files(self, names: list[str]) -> set[str]:
        """The files that the row speaks of."""
        spec = pathspec.GitIgnoreSpec.from_lines([f"/{self.pattern}"])
        return set(spec.match_files(names))


def read_rows(page: Path) -> list[Row]:
    """Every row of the table.

    Raises:
        ValueError: The page holds no table.
    """
    rows = [Row(**match.groupdict()) for match in _ROW.finditer(page.read_text(encoding="utf-8"))]
    if not rows:
        raise ValueError(f"{page} holds no table of owners.")
    return rows
