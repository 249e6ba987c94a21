"""A database that takes connections and answers nothing holds up its readers, and nobody else."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
from tests.api.serving import NUMBER, assert_problem, serving
from tests.lost_answers import Way, lossy_way
from tests.service import as_batch, as_lines, open_pipeline, ride

from receipts.api import reading
from receipts.infrastructure.stores import open_stores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import PostgresServer
    from tests.service import Service

WITHIN_S = 1.5
"""How long these readers wait."""

SLACK_S = 1
"""What a busy machine may take beside."""

READS = [
    "/receipts",
    f"/receipts?number={NUMBER}",
    "/receipts?source=/tests&id=ride-1",
    f"/receipts/{NUMBER}",
    f"/receipts/{NUMBER}.html",
    f"/receipts/{NUMBER}.pdf",
    f"/verify/{NUMBER}/ABCD-EFGH",
    "/health/startup",
    "/health/ready",
]

_databases = count(1)


class Answered(NamedTuple):
    """An answer, and when it came."""

    answer: httpx.Response
    took_s: float


class Served(NamedTuple):
    """A server of a store that can be made silent."""

    way: Way
    client: httpx.Client

    def ask(self, path: str) -> Answered:
        """By a connection of its own."""
        began = time.monotonic()
        with httpx.Client(base_url=self.client.base_url, trust_env=False, timeout=30) as own:
            return Answered(own.get(path), time.monotonic() - began)

    def ask_all(self, paths: list[str]) -> tuple[list[threading.Thread], dict[str, Answered]]:
        """Each by a thread of its own; answers come as they come."""
        answers: dict[str, Answered] = {}

        def ask(path: str) -> None:
            answers[path] = self.ask(path)

        threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        return threads, answers


@pytest.fixture
def two_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third reader is refused by servers that are started from now on."""
    monkeypatch.setattr(reading, "MOST_WAITING", 2)


@pytest.fixture
def served(service: Service, postgres: PostgresServer) -> Iterator[Served]:
    """A server of one receipt in PostgreSQL, which answers until it is told otherwise."""
    database = postgres.new_database(f"silent-{next(_databases)}")
    with ExitStack() as opened:
        way, url = opened.enter_context(lossy_way(database))
        stores = opened.enter_context(open_stores(url, 1, answers_within_s=WITHIN_S))
        open_pipeline(stores, service).run(as_batch(as_lines([ride(1)])))
        client = opened.enter_context(serving(stores, read_timeout_s=WITHIN_S))
        yield Served(way, client)


def test_while_reads_wait_for_a_silent_database_the_process_says_that_it_lives(
    served: Served,
) -> None:
    assert served.ask(f"/receipts/{NUMBER}").answer.status_code == 200
    served.way.is_silent = True

    threads, answers = served.ask_all(READS)
    lives = []
    while any(thread.is_alive() for thread in threads):
        lives.append(served.ask("/health/live"))
        time.sleep(0.05)

    assert len(lives) > 5
    assert {live.answer.status_code for live in lives} == {200}
    assert max(live.took_s for live in lives) < 0.5
    assert sorted(answers) == sorted(READS)
    for each in answers.values():
        assert_problem(each.answer, 503, "Service Unavailable")
        assert each.answer.json()["type"] == "urn:receipts:problem:store_unavailable"
        assert each.answer.headers["retry-after"] == "5"
        assert each.took_s < WITHIN_S + SLACK_S


def test_a_correction_whose_receipt_cannot_be_read_is_answered_in_time(served: Served) -> None:
    served.way.is_silent = True
    body = {"type": "charge.refunded.v1", "id": "x", "data": {}}

    began = time.monotonic()
    answer = served.client.post(f"/receipts/{NUMBER}/corrections", json=body)

    assert_problem(answer, 503, "Service Unavailable")
    assert time.monotonic() - began < WITHIN_S + SLACK_S


def test_reads_are_answered_again_when_the_database_answers_again(served: Served) -> None:
    served.way.is_silent = True
    assert served.ask("/health/ready").answer.status_code == 503

    served.way.is_silent = False

    give_up = time.monotonic() + 10
    while served.ask("/health/ready").answer.status_code != 200:
        assert time.monotonic() < give_up
    assert served.ask(f"/receipts/{NUMBER}").answer.status_code == 200


@pytest.mark.usefixtures("two_may_wait")
def test_more_readers_than_may_wait_are_told_at_once_when_to_come_again(served: Served) -> None:
    served.way.is_silent = True

    threads, answers = served.ask_all([f"/receipts/{number}" for number in range(6)])
    for thread in threads:
        thread.join()

    refused = [each for each in answers.values() if each.answer.json()["type"].endswith(":busy")]
    assert len(refused) == 4
    for each in refused:
        assert_problem(each.answer, 503, "Service Unavailable")
        assert each.answer.headers["retry-after"] == "1"
        assert each.took_s < 0.5
