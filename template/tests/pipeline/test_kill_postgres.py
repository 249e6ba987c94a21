"""Whatever is killed, server or client: nothing is lost, nothing is issued twice, no number is."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.postgres import postgres_server
from tests.service import as_lines, findings_of, ride

from receipts.infrastructure.stores import open_stores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import PostgresServer
    from tests.service import Service

EVENTS = 6_000
NUMBERS = list(range(1, EVENTS + 1))


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that these tests may kill."""
    with postgres_server() as server:
        yield server


def rides(service: Service) -> None:
    service.write("rides.ndjson", as_lines([ride(number) for number in NUMBERS]))


def sequences(url: str) -> list[int]:
    with open_stores(url, 1) as stores:
        assert list(findings_of(stores)) == []
        return [row.sequence for each in stores.shards[0].events() for row in each.documents]


def claims(url: str) -> int:
    with open_stores(url, 1) as stores:
        return stores.shards[0].claims()


def wait_for_some(url: str) -> None:
    give_up = time.monotonic() + 30
    while claims(url) < 200:
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_a_server_that_is_killed_and_started_again_under_load_loses_and_doubles_nothing(
    service: Service, own_server: PostgresServer
) -> None:
    url = own_server.new_database("server-killed")
    claims(url)
    rides(service)
    settings = {"RECEIPTS_STORE__URL": url, "RECEIPTS_ISSUE__BATCH_SIZE": "50"}
    with service.start("issue", "rides.ndjson", "--json", **settings) as process:
        wait_for_some(url)
        own_server.kill()
        own_server.start()
        before = claims(url)
        out, said = process.communicate(timeout=60)

    assert 200 <= before < EVENTS
    assert process.returncode == 0, said[-1_000:]
    tally = msgspec.json.decode(out)
    assert (tally["received"], tally["events_issued"], tally["duplicates"]) == (EVENTS, EVENTS, 0)
    assert sequences(url) == NUMBERS


def test_a_client_that_is_killed_leaves_whole_batches_alone(
    service: Service, own_server: PostgresServer
) -> None:
    url = own_server.new_database("client-killed")
    claims(url)
    rides(service)
    settings = {"RECEIPTS_STORE__URL": url, "RECEIPTS_ISSUE__BATCH_SIZE": "50"}
    with service.start("issue", "rides.ndjson", **settings) as process:
        wait_for_some(url)
        process.kill()
    before = claims(url)

    answer = service.run("issue", "rides.ndjson", RECEIPTS_STORE__URL=url)

    assert before < EVENTS
    assert before % 50 == 0
    assert answer.code == 0
    assert sequences(url) == NUMBERS


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_two_workers_over_the_same_events_issue_each_of_them_once(
    service: Service, own_server: PostgresServer, database: str
) -> None:
    url = (
        own_server.new_database("two-workers")
        if database == "postgres"
        else f"sqlite:{service.folder / 'data'}"
    )
    rides(service)
    settings = {"RECEIPTS_STORE__URL": url, "RECEIPTS_ISSUE__BATCH_SIZE": "50"}
    claims(url)
    answers = []

    def work() -> None:
        answers.append(service.run("issue", "rides.ndjson", **settings))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.code for answer in answers] == [0, 0]
    assert sequences(url) == NUMBERS
