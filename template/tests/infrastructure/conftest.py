"""A shard of each adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from receipts.infrastructure.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from receipts.infrastructure.store import Store

ADAPTERS = {"sqlite": SqliteStore}


@pytest.fixture(params=ADAPTERS)
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same shard another time, as another process would."""
    opened: list[Store] = []

    def open_shard() -> Store:
        opened.append(ADAPTERS[request.param](tmp_path / "shard-00.sqlite3"))
        return opened[-1]

    yield open_shard
    for store in opened:
        store.close()


@pytest.fixture
def store(open_again: Callable[[], Store]) -> Store:
    return open_again()
