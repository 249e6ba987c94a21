"""What a SQLite file and a store's address promise beside the contract of every store."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.infrastructure.test_store import event, series, write

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.migration_files import migrations
from receipts.infrastructure.sqlite_store import SqliteStore
from receipts.infrastructure.store import DocumentFilter, StoreUnavailable
from receipts.infrastructure.stores import open_stores

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_migration_files_count_from_1_without_holes(database: str) -> None:
    found = migrations(database)

    assert sorted(found) == list(range(1, len(found) + 1))
    assert all(sql.strip() for statements in found.values() for sql in statements)


def test_a_file_of_the_first_schema_is_brought_up_to_date_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "shard-00.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(";\n".join([*migrations("sqlite")[1], "pragma user_version = 1;"]))
        connection.execute(
            "insert into dead_letters values (7, x'00', ?, ?, 3, 'a:1', 'x', '$', 'r', x'7b')",
            ("2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"),
        )
        connection.commit()

    with closing(SqliteStore(path)) as store:
        (letter,) = store.dead_letters()
        assert (letter.dead_letter_id, letter.times_seen, letter.content) == (7, 3, b"{")
        assert (letter.resolved_at, letter.resolved_by) == (None, ())
        write(store, event(1))
        assert store.claims() == 1


def test_a_hole_among_migration_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations" / "sqlite"
    folder.mkdir(parents=True)
    (folder / "0002_later.sql").write_text("select 1;")
    (folder / "README.md").write_text("not a migration")
    monkeypatch.setattr("importlib.resources.files", lambda _package: tmp_path)

    with pytest.raises(StoreUnavailable, match=r"from 1 without holes: \[2\]"):
        migrations("sqlite")


def test_a_file_of_a_newer_version_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shard-00.sqlite3"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()

    with pytest.raises(StoreUnavailable, match="has schema 99, this version knows"):
        SqliteStore(path)

    connection = sqlite3.connect(path)
    assert connection.execute("pragma user_version").fetchone() == (99,)
    connection.close()


def test_two_processes_may_create_the_same_file_at_once(tmp_path: Path) -> None:
    path, problems = tmp_path / "shard-00.sqlite3", list[BaseException]()
    start = threading.Barrier(4)

    def create() -> None:
        start.wait()
        try:
            SqliteStore(path).close()
        except StoreUnavailable as problem:
            problems.append(problem)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "shard-00.sqlite3"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)

    with pytest.raises(StoreUnavailable, match="file is not a database"):
        SqliteStore(path)


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnavailable, match="check that the folder exists, is writable"):
        SqliteStore(tmp_path / "file" / "shard-00.sqlite3")


def test_a_file_that_may_not_be_written_is_refused_in_words(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    path = tmp_path / "shard-00.sqlite3"
    SqliteStore(path).close()
    path.chmod(stat.S_IRUSR)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)

    try:
        with pytest.raises(StoreUnavailable, match="is writable"):
            SqliteStore(path).freeze("abc", "pack", b"")
    finally:
        tmp_path.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("url", ["mysql://host/db", "data", "", "SQLITE:data"])
def test_a_store_url_that_is_not_known_is_refused_with_one_that_is(url: str) -> None:
    with pytest.raises(BrokenConfiguration, match="for example sqlite:data"):
        open_stores(url, 1)


@pytest.mark.parametrize(("made_with", "opened_with"), [(1, 2), (2, 1), (4, 3)])
def test_another_number_of_shards_than_a_store_was_made_with_is_refused(
    tmp_path: Path, made_with: int, opened_with: int
) -> None:
    open_stores(f"sqlite:{tmp_path}", made_with).close()
    files = sorted(tmp_path.iterdir())

    with pytest.raises(BrokenConfiguration, match="set it back"):
        open_stores(f"sqlite:{tmp_path}", opened_with)

    assert sorted(tmp_path.iterdir()) == files


def test_a_store_folder_that_cannot_be_named_is_refused_in_words() -> None:
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        open_stores(f"sqlite:{'x' * 300}", 1)


def test_a_store_with_one_broken_shard_is_refused_and_lets_go_of_the_others(
    tmp_path: Path,
) -> None:
    open_stores(f"sqlite:{tmp_path}", 2).close()
    (tmp_path / "shard-01.sqlite3").write_bytes(b"not a database, but long enough" * 100)

    with pytest.raises(StoreUnavailable, match=r"shard-01\.sqlite3"):
        open_stores(f"sqlite:{tmp_path}", 2)


def test_a_document_of_several_shards_is_found_by_number_and_listed_up_to_the_limit(
    tmp_path: Path,
) -> None:
    with open_stores(f"sqlite:{tmp_path}", 2) as stores:
        for shard, store in enumerate(stores.shards):
            own = series(f"OURS/DE/receipt/2026/{shard}")
            write(store, event(shard + 1, sequence=1, into=own), into=own)

        found = stores.document("OURS-DE-receipt-2026-1-0000001")

        assert found is not None
        assert found.body == b'{"body":2}'
        assert stores.document("OURS-DE-receipt-2026-2-0000001") is None
        assert stores.document(f"20261124-01-{event(2).digest.hex()}") == found
        assert stores.document(f"20261124-07-{event(2).digest.hex()}") is None
        assert stores.is_known(event(2).digest)
        assert not stores.is_known(event(3).digest)
        assert len(list(stores.documents(DocumentFilter(), 1))) == 1
        assert len(list(stores.documents(DocumentFilter(), -1))) == 2
