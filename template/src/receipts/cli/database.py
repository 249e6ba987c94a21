"""``receipts database``: the schema of the store."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.store import StoreUnavailable
from receipts.infrastructure.stores import open_stores
from receipts.settings import load_settings


class DatabaseAnswer(Struct, frozen=True):
    """What ``--json`` prints."""

    ok: bool
    shards: int
    problem: str | None = None


def check(*, json: Annotated[bool, Parameter(negative="")] = False) -> Literal[0, 1]:
    """Say whether the store can be used by this version; nothing is changed.

    A SQLite file is brought up to date whenever it is opened, so it is never behind.

    Args:
        json: Print one JSON object.
    """
    settings = load_settings()
    shards = settings.store.shards
    try:
        open_stores(settings.store.url, shards, migrates=False).close()
    except (StoreUnavailable, BrokenConfiguration) as problem:
        _say(DatabaseAnswer(ok=False, shards=shards, problem=str(problem)), json=json)
        return 1
    _say(DatabaseAnswer(ok=True, shards=shards), json=json)
    return 0


def upgrade(*, json: Annotated[bool, Parameter(negative="")] = False) -> Literal[0]:
    """Bring the schema of every shard to what this version needs.

    The release before it goes on working meanwhile. Run again, it changes nothing.

    Args:
        json: Print one JSON object.
    """
    settings = load_settings()
    shards = settings.store.shards
    open_stores(settings.store.url, shards, migrates=True).close()
    _say(DatabaseAnswer(ok=True, shards=shards), json=json)
    return 0


def _say(answer: DatabaseAnswer, *, json: bool) -> None:
    if json:
        print(msgspec.json.encode(answer).decode())
    elif answer.problem is not None:
        print(answer.problem)
    else:
        counted = "1 shard" if answer.shards == 1 else f"{answer.shards} shards"
        print(f"The schema of {counted} is what this version needs.")
