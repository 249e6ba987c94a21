"""Events over HTTP are issued before they are answered, each once, and each is answered."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from tests.api.serving import assert_problem, serving
from tests.service import as_lines, findings_of, open_shards, refund, ride

from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service import Service

    from receipts.infrastructure.stores import Stores

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"


@pytest.fixture
def stores(service: Service) -> Iterator[Stores]:
    """An empty store of this test's own."""
    with open_shards(service) as opened:
        yield opened


@pytest.fixture
def client(stores: Stores, service: Service) -> Iterator[httpx.Client]:
    """A client of a server that issues into it, with small limits."""
    with serving(
        stores, service=service, max_body_bytes=1024 * 1024, max_events=50, body_timeout_s=0.5
    ) as opened:
        yield opened


def post(client: httpx.Client, content: bytes, media_type: str = LINES) -> httpx.Response:
    return client.post("/events", content=content, headers={"content-type": media_type})


def outcomes(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["outcome"] for each in answer.json()["events"]]


def array(*events: dict[str, Any]) -> bytes:
    return msgspec.json.encode(events)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (ONE, as_lines([ride(1)])[0]),
        (BATCH, array(ride(1))),
        (LINES, b"\n" + as_lines([ride(1)])[0] + b"\r\n\n"),
        (LINES + "; charset=utf-8", as_lines([ride(1)])[0]),
    ],
)
def test_an_event_is_stored_when_it_is_answered(
    client: httpx.Client, stores: Stores, media_type: str, content: bytes
) -> None:
    answer = post(client, content, media_type)

    assert outcomes(answer) == ["accepted"]
    (event,) = answer.json()["events"]
    (document,) = event["documents"]
    assert (event["id"], event["source"]) == ("ride-1", "/tests")
    assert document["number"] == "OURSQQ-QQ-R2026-0-0001"
    row = stores.document(document["document_id"])
    assert row is not None
    assert client.get(f"/receipts/{document['document_id']}").content == row.body
    assert list(findings_of(stores)) == []


def test_each_event_of_a_batch_is_answered_in_its_place(
    client: httpx.Client, stores: Stores
) -> None:
    post(client, as_lines([ride(3)])[0])
    lines = as_lines([ride(1), ride(1), ride(2, licence="boat"), ride(3), refund(1, of=1)])

    answer = post(client, b"\n".join([*lines, b"{", b'{"id": "x"}']))

    first, repeat, refused, known, correction, broken, shapeless = answer.json()["events"]
    counts = {name: answer.json()[name] for name in ("accepted", "duplicates", "rejected")}
    assert counts == {"accepted": 2, "duplicates": 2, "rejected": 3}
    assert [first["outcome"], correction["outcome"]] == ["accepted", "accepted"]
    assert repeat == {**first, "outcome": "duplicate"}
    assert known["documents"][0]["number"].endswith("0001")
    assert (refused["code"], refused["path"], refused["id"]) == (
        "no_rule_for_charge",
        "$.data.charges[0]",
        "ride-2",
    )
    assert (broken["code"], broken["id"]) == ("malformed_event", None)
    assert shapeless["code"] == "malformed_event"
    assert len(list(stores.shards[0].dead_letters())) == 3
    assert list(findings_of(stores)) == []


def test_the_same_request_again_answers_with_the_same_documents(client: httpx.Client) -> None:
    content = array(ride(1), ride(2))

    first, second = post(client, content, BATCH).json(), post(client, content, BATCH).json()

    assert (first["accepted"], second["duplicates"]) == (2, 2)
    assert [each["documents"] for each in first["events"]] == [
        each["documents"] for each in second["events"]
    ]


def test_another_event_under_an_issued_key_is_rejected_and_the_first_stands(
    client: httpx.Client, stores: Stores
) -> None:
    post(client, array(ride(1)), BATCH)

    (event,) = post(client, array(ride(1, distance_m=1)), BATCH).json()["events"]

    assert (event["outcome"], event["code"]) == ("rejected", "event_conflict")
    assert len(stores.page(10)[0]) == 1


def test_many_clients_at_once_get_each_number_once(client: httpx.Client, stores: Stores) -> None:
    answers: list[httpx.Response] = []

    def send(number: int) -> None:
        with httpx.Client(base_url=client.base_url, trust_env=False) as own:
            answers.append(post(own, array(*[ride(n) for n in range(number, number + 10)]), BATCH))

    threads = [threading.Thread(target=send, args=(at * 10,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    documents = [
        doc for each in answers for event in each.json()["events"] for doc in event["documents"]
    ]
    assert sorted(doc["number"][-4:] for doc in documents) == [f"{n:04}" for n in range(1, 81)]
    assert list(findings_of(stores)) == []


UNREADABLE = {
    "not JSON": (b"[{", BATCH),
    "nested deeply": (b"[" * 100_000, BATCH),
    "no list": (b"{}", BATCH),
    "nothing": (b"", BATCH),
    "NaN": (b"[NaN]", BATCH),
}


@pytest.mark.parametrize(("content", "media_type"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_is_a_problem_that_says_where(
    client: httpx.Client, stores: Stores, content: bytes, media_type: str
) -> None:
    answer = post(client, content, media_type)

    assert_problem(answer, 400, "Bad Request")
    assert answer.json()["type"] == "urn:receipts:problem:malformed_body"
    assert "(at $" in answer.json()["detail"]
    assert list(stores.shards[0].dead_letters()) == []


def test_an_event_in_another_encoding_is_rejected_and_kept(
    client: httpx.Client, stores: Stores
) -> None:
    answer = post(client, '[{"id": "Zürich"}]'.encode("latin-1"), BATCH)

    assert outcomes(answer) == ["rejected"]
    (letter,) = stores.shards[0].dead_letters()
    assert letter.content == '{"id": "Zürich"}'.encode("latin-1")


def test_an_event_that_is_too_large_is_rejected_and_the_next_one_issued(
    client: httpx.Client,
) -> None:
    large = as_lines([ride(1, note="x" * LARGEST_EVENT_BYTES)])[0]

    answer = post(client, b"\n".join([large, *as_lines([ride(2)])]))

    assert outcomes(answer) == ["rejected", "accepted"]


@pytest.mark.parametrize("media_type", ["", "application/json", "text/plain", "application/xml"])
def test_another_media_type_is_answered_with_those_that_are_taken(
    client: httpx.Client, media_type: str
) -> None:
    answer = post(client, array(ride(1)), media_type)

    assert_problem(answer, 415, "Unsupported Media Type")
    assert BATCH in answer.json()["remedy"]


def test_more_events_than_a_request_may_hold_are_refused_whole(
    client: httpx.Client, stores: Stores
) -> None:
    answer = post(client, array(*[ride(n) for n in range(51)]), BATCH)

    assert_problem(answer, 413, "Content Too Large")
    assert stores.page(10)[0] == []


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: httpx.Client) -> None:
    answer = post(client, b" " * (1024 * 1024 + 1))

    assert_problem(answer, 413, "Content Too Large")
    assert answer.headers["connection"] == "close"


def test_a_body_without_a_stated_length_is_cut_off_where_it_is_too_large(
    client: httpx.Client,
) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100 * 1024 * 1024:
            sent += 65536
            yield b" " * 65536

    try:
        answer = client.post("/events", content=endless(), headers={"content-type": LINES})
    except httpx.WriteError:
        # It hung up while more was being sent.
        assert sent < 50 * 1024 * 1024
    else:
        assert_problem(answer, 413, "Content Too Large")


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    headers = {"content-type": LINES, "content-encoding": "gzip"}

    answer = client.post("/events", content=b"\x1f\x8b", headers=headers)

    assert_problem(answer, 415, "Unsupported Media Type")


def test_a_body_that_comes_too_slowly_is_answered_and_hung_up_on(client: httpx.Client) -> None:
    head = (
        f"POST /events HTTP/1.1\r\nhost: x\r\ncontent-type: {LINES}\r\ncontent-length: 99\r\n\r\n"
    )
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as slow:
        slow.sendall(head.encode() + b"{")
        slow.settimeout(10)

        answer = b""
        while chunk := slow.recv(65536):
            answer += chunk

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:receipts:problem:slow_body" in answer


def corrected(client: httpx.Client, name: str, body: Any, **headers: str) -> httpx.Response:
    return client.post(f"/receipts/{name}/corrections", json=body, headers=headers)


def test_a_receipt_is_corrected_by_its_number(client: httpx.Client, stores: Stores) -> None:
    post(client, array(ride(1)), BATCH)
    data = {key: value for key, value in refund(1, of=1)["data"].items() if key != "original"}
    body = {"type": "charge.refunded.v1", "id": "r-1", "data": data}

    first = corrected(client, "OURSQQ-QQ-R2026-0-0001", body)
    second = corrected(client, "OURSQQ-QQ-R2026-0-0001", body)

    assert (outcomes(first), outcomes(second)) == (["accepted"], ["duplicate"])
    assert first.json()["events"][0]["documents"][0]["kind"] == "credit_note"
    assert list(findings_of(stores)) == []


def test_a_key_in_the_header_makes_a_correction_unique(client: httpx.Client) -> None:
    post(client, array(ride(1)), BATCH)
    data = {key: value for key, value in refund(1, of=1)["data"].items() if key != "original"}
    body, name = {"type": "charge.refunded.v1", "data": data}, "OURSQQ-QQ-R2026-0-0001"

    first, second = (corrected(client, name, body, **{"idempotency-key": "k"}) for _ in range(2))
    without = corrected(client, name, body)

    assert (outcomes(first), outcomes(second)) == (["accepted"], ["duplicate"])
    assert_problem(without, 400, "Bad Request")


def test_another_correction_under_a_key_that_was_used_is_rejected(client: httpx.Client) -> None:
    post(client, array(ride(1)), BATCH)
    data = {key: value for key, value in refund(1, of=1)["data"].items() if key != "original"}
    body, name = {"type": "charge.refunded.v1", "data": data}, "OURSQQ-QQ-R2026-0-0001"
    other = {**body, "data": {**data, "reason": "wrong_price"}}

    first, second = (
        corrected(client, name, each, **{"idempotency-key": "k"}) for each in (body, other)
    )

    assert (outcomes(first), outcomes(second)) == (["accepted"], ["rejected"])
    assert second.json()["events"][0]["code"] == "event_conflict"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (b'{"id": NaN}', "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper than 100 levels"),
    ],
    ids=["NaN", "nested deeply"],
)
def test_a_line_that_no_event_can_be_is_rejected_and_the_next_one_issued(
    client: httpx.Client, event: bytes, said: str
) -> None:
    answer = post(client, event + b"\n" + as_lines([ride(1)])[0])

    assert outcomes(answer) == ["rejected", "accepted"]
    assert said in answer.json()["events"][0]["reason"]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "trip.completed.v1", "id": "x", "data": {}},
        {"type": "charge.refunded.v1", "id": "x"},
        {"type": "charge.refunded.v1", "id": "x", "data": {}, "source": "/other"},
        [],
    ],
    ids=["another type", "no data", "a source of its own", "a list"],
)
def test_a_correction_of_another_shape_is_a_problem(client: httpx.Client, body: Any) -> None:
    post(client, array(ride(1)), BATCH)

    assert_problem(corrected(client, "OURSQQ-QQ-R2026-0-0001", body), 400, "Bad Request")


def test_a_correction_of_no_receipt_is_a_problem(client: httpx.Client) -> None:
    body = {"type": "charge.refunded.v1", "id": "x", "data": {}}

    assert_problem(corrected(client, "nothing", body), 404, "Not Found")
