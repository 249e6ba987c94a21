"""Whoever runs the service can ask how it is and what it counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.api.doors import make_tokens
from tests.api.serving import assert_problem, serving
from tests.service import as_lines, open_shards, ride

from receipts.api.access import Access
from receipts.infrastructure.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from tests.service import Service

LINES = {"content-type": "application/x-ndjson"}


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client of a server that issues into a store of this test's own."""
    with open_shards(service) as stores, serving(stores, service=service) as opened:
        yield opened


def series_of(client: httpx.Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.mark.parametrize("question", ["live", "startup", "ready"])
def test_a_process_that_is_well_says_so(client: httpx.Client, question: str) -> None:
    assert client.get(f"/health/{question}").status_code == 200


def test_a_store_that_does_not_answer_makes_a_process_unready_not_dead(service: Service) -> None:
    with open_shards(service) as stores, serving(stores) as client:
        stores.close()

        for question in ("startup", "ready"):
            assert_problem(client.get(f"/health/{question}"), 503, "Service Unavailable")
        assert client.get("/health/live").status_code == 200


def test_what_is_issued_repeated_and_refused_is_counted(client: httpx.Client) -> None:
    events = [ride(1), ride(1), ride(2), ride(3, licence="boat")]
    client.post("/events", content=b"\n".join(as_lines(events)), headers=LINES)

    series = series_of(client)

    assert series['receipts_events_total{outcome="issued"}'] == 2
    assert series['receipts_events_total{outcome="duplicate"}'] == 1
    assert series['receipts_events_total{outcome="rejected"}'] == 1
    assert series['receipts_dead_letters_total{code="no_rule_for_charge"}'] == 1
    document = 'business_line="rides",country="QQ",kind="receipt"'
    assert series[f"receipts_documents_total{{{document}}}"] == 2
    assert series["receipts_batch_seconds_count"] == 1
    assert series["receipts_draining"] == 0
    request = 'method="POST",route="/events",status="200"'
    assert series[f"receipts_http_requests_total{{{request}}}"] == 1


def test_no_input_makes_more_series(client: httpx.Client) -> None:
    def odd(number: int) -> None:
        client.get(f"/receipts/{number}")
        client.get(f"/nowhere/{number}")
        client.get(f"/verify/{number}/{number}")
        client.request(f"ODD{number}", f"/receipts/{number}")
        content = as_lines([ride(number, country=f"X{number}", licence=f"boat-{number}")])[0]
        client.post("/events", content=content, headers=LINES)

    odd(0)
    client.get("/metrics")
    before = set(series_of(client))
    for number in range(1, 30):
        odd(number)

    assert set(series_of(client)) == before


def test_metrics_name_no_receipt_and_no_person(client: httpx.Client) -> None:
    content = as_lines([ride(1, customer={"name": "Ada Lovelace"})])[0]
    answer = client.post("/events", content=content, headers=LINES).json()
    (document,) = answer["events"][0]["documents"]
    client.get(f"/receipts/{document['document_id']}.html")

    text = client.get("/metrics").text

    assert document["document_id"] not in text
    assert document["number"] not in text
    assert "Ada" not in text
    assert re.search(r'route="/receipts/{name}"', text)


def test_metrics_need_a_token_of_their_own_scope(service: Service) -> None:
    tokens = make_tokens(service.folder / "tokens.json")
    access = Access(Tokens(service.folder / "tokens.json"))
    with open_shards(service) as stores, serving(stores, access) as client:
        answers = {
            name: client.get("/metrics", headers={"authorization": f"Bearer {tokens[name]}"})
            for name in ("reader", "writer", "admin")
        }

        assert client.get("/metrics").status_code == 401
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "reader": 403,
        "writer": 403,
        "admin": 200,
    }
