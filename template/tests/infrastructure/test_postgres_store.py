"""What PostgreSQL promises beside the contract of every store."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.infrastructure.test_store import bodies, event, series, write
from tests.lost_answers import lossy_way

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure import store as port
from receipts.infrastructure.postgres_migrations import latest_version
from receipts.infrastructure.postgres_store import PostgresStore
from receipts.infrastructure.store import (
    ConnectionLost,
    StoreUnavailable,
    in_transaction,
)
from receipts.infrastructure.stores import open_stores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lost_answers import Cut

    from receipts.infrastructure.store import Transaction


@pytest.fixture
def store(database: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore(database, 0, migrates=True)) as opened:
        yield opened


def ask(database: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def cut_connections(database: str) -> None:
    ask(
        database,
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()",
    )


def test_a_connection_that_was_cut_is_made_anew_at_the_next_call(
    store: PostgresStore, database: str
) -> None:
    write(store, event(1))
    cut_connections(database)

    assert store.claims() == 1
    cut_connections(database)
    store.freeze("abc", "pack", b"kept")
    assert store.frozen("abc") == b"kept"


def test_a_connection_that_is_cut_within_a_transaction_leaves_nothing_of_it(
    store: PostgresStore, database: str
) -> None:
    def claim_and_lose() -> None:
        with store.transaction() as transaction:
            transaction.claim([event(1).digest])
            cut_connections(database)
            transaction.series(["any"])

    with pytest.raises(ConnectionLost, match="Nothing was half done"):
        claim_and_lose()

    assert store.claims() == 0
    write(store, event(1))
    assert bodies(store) == [b'{"body":1}']


def test_a_read_within_a_transaction_is_not_answered_from_outside_of_it(
    store: PostgresStore, database: str
) -> None:
    def read_after_a_cut() -> None:
        with store.transaction():
            cut_connections(database)
            with suppress(ConnectionLost):
                store.claims()
            store.claims()

    with pytest.raises(ConnectionLost):
        read_after_a_cut()


def test_a_batch_whose_connection_is_cut_is_done_again_and_stored_once(
    store: PostgresStore, database: str
) -> None:
    tries = []

    def work(transaction: Transaction) -> list[int]:
        tries.append(1)
        claimed = transaction.claim([event(1).digest])
        if len(tries) < 3:
            cut_connections(database)
        transaction.write([event(1)], [series(last_sequence=1)])
        return claimed

    assert in_transaction(store, work) == [0]
    assert len(tries) == 3
    assert bodies(store) == [b'{"body":1}']


def test_a_batch_that_loses_its_connection_each_time_is_given_up_in_words(
    store: PostgresStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "PATIENCE_S", 0.3)
    tries = []

    def work(transaction: Transaction) -> None:
        tries.append(1)
        cut_connections(database)
        transaction.claim([event(1).digest])

    with pytest.raises(StoreUnavailable, match="then run the command again"):
        in_transaction(store, work)
    assert len(tries) > 1
    assert store.claims() == 0


@pytest.mark.parametrize(("lost", "tried"), [("the answer to it", 1), ("the commit", 2)])
def test_a_commit_that_was_cut_off_is_known_for_done_or_is_done_again(
    database: str, lost: Cut, tried: int
) -> None:
    tries = []

    def work(transaction: Transaction) -> list[int]:
        tries.append(1)
        claimed = transaction.claim([event(1).digest])
        transaction.write([event(1)], [series(last_sequence=1)])
        if len(tries) == 1:
            way.loses = lost
        return claimed

    with lossy_way(database) as (way, url), closing(PostgresStore(url, 0, migrates=True)) as store:
        claimed = in_transaction(store, work)

        assert (claimed, way.loses) == ([0], None)
        assert len(tries) == tried
        assert bodies(store) == [b'{"body":1}']
        assert store.all_series() == {series().name: series(last_sequence=1)}


def test_a_commit_whose_answer_was_lost_is_not_taken_for_another_writers(
    database: str,
) -> None:
    """Where the lost batch would have written, another worker's batch lies meanwhile."""
    wrote = threading.Event()
    with (
        lossy_way(database) as (way, url),
        closing(PostgresStore(url, 0, migrates=True)) as ours,
        closing(PostgresStore(database, 0, migrates=True)) as other,
    ):

        def lose_the_commit() -> None:
            with ours.transaction() as transaction:
                transaction.claim([event(1).digest])
                transaction.write([event(1)], [series(last_sequence=1)])
                way.loses = "the commit"
                wrote.set()

        def write_meanwhile() -> None:
            wrote.wait(30)
            write(other, event(2, sequence=1))

        thread = threading.Thread(target=write_meanwhile)
        thread.start()
        with pytest.raises(ConnectionLost):
            lose_the_commit()
        thread.join()

        assert not ours.is_known(event(1).digest)
        assert bodies(other) == [b'{"body":2}']


def test_a_reader_of_a_server_that_is_away_is_told_at_once(database: str) -> None:
    with lossy_way(database) as (way, url), closing(PostgresStore(url, 0, migrates=True)) as store:
        way.close()
        cut_connections(database)

        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="check that the server runs"):
            store.claims()
        # Others wait for a reader, so it must not wait for the server.
        assert time.monotonic() - began < 2


def test_a_database_that_may_only_be_read_is_read_and_said_on_the_first_write(
    store: PostgresStore, database: str
) -> None:
    write(store, event(1))
    name = ask(database, "select current_database()")[0][0]
    ask(database, f'alter database "{name}" set default_transaction_read_only = on')

    with closing(PostgresStore(database, 0, migrates=False)) as reader:
        assert bodies(reader) == [b'{"body":1}']
        with pytest.raises(StoreUnavailable, match="a replica or set to read only"):
            write(reader, event(2))


def test_a_full_disk_of_the_server_is_said_and_nothing_of_the_batch_is_kept(
    store: PostgresStore, database: str
) -> None:
    # The server answers and undoes as it does for a disk that is full; this one has room.
    ask(
        database,
        "create function receipts_00.full() returns trigger language plpgsql as "
        "$$ begin raise disk_full; end $$; "
        "create trigger full_disk before insert on receipts_00.blocks "
        "execute function receipts_00.full()",
    )

    with pytest.raises(StoreUnavailable, match="make room on the server's disk"):
        write(store, event(1))

    assert store.claims() == 0
    ask(database, "drop trigger full_disk on receipts_00.blocks")
    write(store, event(1))


def test_readers_do_not_wait_for_a_writer(store: PostgresStore, database: str) -> None:
    write(store, event(1))
    with closing(PostgresStore(database, 0, migrates=True)) as reader, store.transaction() as ours:
        ours.claim([event(2).digest])

        assert reader.claims() == 1
        assert bodies(reader) == [b'{"body":1}']


def test_two_writers_give_each_number_once(database: str) -> None:
    stores = [PostgresStore(database, 0, migrates=True) for _ in range(2)]
    problems: list[BaseException] = []

    def issue(own: PostgresStore, first: int) -> None:
        try:
            for number in range(first, 60, 2):
                with own.transaction() as transaction:
                    transaction.claim([event(number).digest])
                    found = transaction.series(["OURS/DE/receipt/2026/0"])
                    last = found["OURS/DE/receipt/2026/0"].last_sequence if found else 0

                    new = event(number, sequence=last + 1)
                    transaction.write([new], [series(last_sequence=last + 1)])
        except BaseException as problem:  # noqa: BLE001  told below
            problems.append(problem)

    threads = [
        threading.Thread(target=issue, args=each) for each in zip(stores, (0, 1), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    sequences = [row.sequence for found in stores[0].events() for row in found.documents]
    assert sequences == list(range(1, 61))
    for store in stores:
        store.close()


def test_a_shard_lies_in_a_schema_of_its_own(database: str) -> None:
    with open_stores(database, 2) as stores:
        write(stores.shards[0], event(1))

        assert [store.claims() for store in stores.shards] == [1, 0]
    assert ask(database, "select count(*) from receipts_00.events") == [(1,)]


@pytest.mark.parametrize("shards", [1, 3])
def test_another_number_of_shards_is_refused(database: str, shards: int) -> None:
    open_stores(database, 2).close()

    with pytest.raises(BrokenConfiguration, match="was made with another number"):
        open_stores(database, shards, migrates=False)


def test_a_database_without_tables_is_refused_where_nothing_may_be_changed(database: str) -> None:
    with pytest.raises(StoreUnavailable, match="has schema 0, this version needs 1: run `receipts"):
        open_stores(database, 1, migrates=False)

    assert ask(database, "select 1 from pg_namespace where nspname = 'receipts_00'") == []


def test_a_newer_schema_is_refused_and_left_alone(store: PostgresStore, database: str) -> None:
    store.close()
    ask(database, "insert into receipts_00.schema_version values (99)")

    for migrates in (True, False):
        with pytest.raises(StoreUnavailable, match="has schema 99, this version knows"):
            PostgresStore(database, 0, migrates=migrates)
    assert ask(database, "select max(version) from receipts_00.schema_version") == [(99,)]


def test_many_processes_may_make_the_schema_at_once(database: str) -> None:
    problems: list[BaseException] = []
    start = threading.Barrier(4)

    def create() -> None:
        start.wait()
        try:
            PostgresStore(database, 0, migrates=True).close()
        except StoreUnavailable as problem:
            problems.append(problem)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    versions = ask(database, "select version from receipts_00.schema_version")
    assert versions == [(each,) for each in range(1, latest_version() + 1)]


def test_a_server_that_does_not_answer_is_said_without_the_password() -> None:
    url = "postgresql://receipts:s3cr3t-word@127.0.0.1:1/receipts?connect_timeout=2"

    with pytest.raises(StoreUnavailable) as raised:
        open_stores(url, 1)

    assert "postgresql://receipts:********@127.0.0.1:1/receipts" in str(raised.value)
    assert "check that the server runs" in str(raised.value).lower()
    assert "s3cr3t-word" not in str(raised.value)


def test_a_user_that_the_server_does_not_know_is_said(database: str) -> None:
    with pytest.raises(StoreUnavailable, match='role "nobody-here" does not exist'):
        open_stores(database.replace("receipts@", "nobody-here@"), 1)
