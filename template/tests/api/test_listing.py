"""Receipts are found by event and number, and pages hold each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.api.serving import assert_problem, serving
from tests.service import as_batch, as_lines, open_pipeline, open_shards, ride

if TYPE_CHECKING:
    import httpx
    from tests.service import Service


def found(client: httpx.Client, **query: str | int) -> list[str]:
    answer = client.get("/receipts", params=query)
    assert answer.status_code == 200, answer.text
    return [each["number"] for each in answer.json()["receipts"]]


def test_a_receipt_is_found_by_its_event_and_by_its_number(client: httpx.Client) -> None:
    by_event = found(client, source="/tests", id="ride-1")

    assert by_event == ["OURSQQ-QQ-R2026-0-0001"]
    assert found(client, number=by_event[0]) == by_event
    assert found(client, source="/tests", id="ride-2") == []
    assert found(client, number="nothing") == []


@pytest.mark.parametrize("shards", [1, 3])
def test_pages_hold_each_receipt_once_though_more_are_issued_meanwhile(
    service: Service, shards: int
) -> None:
    with open_shards(service, shards) as stores:
        pipeline = open_pipeline(stores, service)
        pipeline.run(as_batch(as_lines([ride(n) for n in range(100)])))
        with serving(stores) as client:
            answer = client.get("/receipts", params={"limit": 7}).json()
            seen = answer["receipts"]
            for at in range(200):
                pipeline.run(as_batch(as_lines([ride(1_000 + at)])))
                if answer["next"] is None:
                    break
                answer = client.get(answer["next"]).json()
                assert len(answer["receipts"]) <= 7
                seen += answer["receipts"]

        ids = [each["document_id"] for each in seen]
        assert len(ids) == len(set(ids)) == 100
        assert answer["next"] is None


def test_the_last_page_says_that_it_is_the_last(client: httpx.Client) -> None:
    assert client.get("/receipts").json()["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "٣"},
        {"cursor": "nonsense"},
        {"cursor": "!"},
        {"cursor": "A" * 4_000},
        {"source": "/tests"},
        {"id": "ride-1"},
        {"sort": "number"},
        {"number": "1", "limit": "0"},
    ],
    ids=str,
)
def test_a_query_that_cannot_be_answered_is_a_problem_that_shows_one_that_can(
    client: httpx.Client, query: dict[str, str]
) -> None:
    answer = client.get("/receipts", params=query)

    assert_problem(answer, 400, "Bad Request")
    assert "?source=" in answer.json()["remedy"]
