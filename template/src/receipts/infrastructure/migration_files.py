"""Schema of a database: numbered SQL files, applied once each, in order."""

from __future__ import annotations

import re
from importlib import resources

from receipts.infrastructure.store import StoreUnavailable

_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


def migrations(database: str) -> dict[int, list[str]]:
    """Statements of each step by its number, from 1 without holes.

    Args:
        database: ``sqlite`` or ``postgres``.
    """
    folder = resources.files("receipts.infrastructure").joinpath("migrations", database)
    found = {
        int(match.group(1)): [
            statement
            for statement in entry.read_text(encoding="utf-8").split(";\n")
            if statement.strip()
        ]
        for entry in folder.iterdir()
        if (match := _NAME.match(entry.name))
    }
    if sorted(found) != list(range(1, len(found) + 1)):
        raise StoreUnavailable(f"Migration files must count from 1 without holes: {sorted(found)}.")
    return found


def newer_than_code(found: int, latest: int) -> StoreUnavailable:
    """What is said of a database that a newer version wrote."""
    return StoreUnavailable(
        f"The database has schema {found}, this version knows {latest}: "
        "run the version that wrote it, or a newer one."
    )
