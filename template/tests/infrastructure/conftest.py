"""A shard of each adapter."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from receipts.infrastructure.postgres_store import PostgresStore
from receipts.infrastructure.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.postgres import PostgresServer

    from receipts.infrastructure.store import Store

_databases = count(1)


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """Address of an empty database of this test's own."""
    return postgres.new_database(f"test-{next(_databases)}")


@pytest.fixture(params=["sqlite", "postgres"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same shard another time, as another process would."""
    opened: list[Store] = []
    url = request.getfixturevalue("database") if request.param == "postgres" else ""

    def open_shard() -> Store:
        if url:
            opened.append(PostgresStore(url, 0, migrates=True))
        else:
            opened.append(SqliteStore(tmp_path / "shard-00.sqlite3"))
        return opened[-1]

    yield open_shard
    for store in opened:
        store.close()


@pytest.fixture
def store(open_again: Callable[[], Store]) -> Store:
    return open_again()
