"""Data files, read the way their readers will."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.template import files_in


def _read_yaml(text: str) -> None:
    list(yaml.safe_load_all(text))


def _read_json(text: str) -> None:
    # Editors allow comments in theirs, on lines of their own.
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("//"))
    json.loads("\n".join(lines))


READERS: dict[str, Callable[[str], object]] = {
    ".json": _read_json,
    ".toml": tomllib.loads,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}


def problems_of(folder: Path) -> list[str]:
    """Every data file that its reader refuses, with the reason."""
    problems = []
    for name in files_in(folder):
        path = folder / name
        read = READERS.get(path.suffix)
        if read is None:
            continue
        try:
            read(path.read_text(encoding="utf-8"))
        except (ValueError, yaml.YAMLError) as error:
            problems.append(f"{name}: {error}")
    return problems
