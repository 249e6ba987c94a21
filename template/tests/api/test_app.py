"""What a reader of the Web API may count on; a real server answers on a free port."""

from __future__ import annotations

import threading
import time
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from tests.service import Service, as_batch, as_lines, open_pipeline, open_shards, ride

from receipts.cli.serve import server_of
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "a-reader"  # noqa: S105


class Served:
    """A running server and the document it holds."""

    def __init__(self, service: Service, token_sha256: str | None) -> None:
        self._ready = threading.Event()
        api = {"port": 0, **({"token_sha256": token_sha256} if token_sha256 else {})}
        self._settings = load_settings({"api": api})
        self._service = service
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self._ready.wait(10)
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}")

    def _serve(self) -> None:
        with open_shards(self._service) as stores:
            pipeline = open_pipeline(stores, self._service)
            (document,) = pipeline.run(as_batch(as_lines([ride(1)])))
            self.document_id = document.document_id
            self.body = next(stores.shards[0].in_commit_order()).body
            self.server = server_of(self._settings, stores)
            self._ready.set()
            self.server.run()

    def close(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self._thread.join()


@pytest.fixture
def served(service: Service) -> Iterator[Served]:
    open_to_all = Served(service, None)
    yield open_to_all
    open_to_all.close()


@pytest.fixture
def guarded(service: Service) -> Iterator[Served]:
    closed = Served(service, sha256(TOKEN.encode()).hexdigest())
    yield closed
    closed.close()


def test_json_is_the_very_bytes_that_are_stored(served: Served) -> None:
    for name in (served.document_id, f"{served.document_id}.json"):
        answer = served.client.get(f"/receipts/{name}")

        assert answer.content == served.body
        assert answer.headers["content-type"] == "application/json"


def test_the_page_comes_with_headers_that_keep_it_private(served: Served) -> None:
    answer = served.client.get(f"/receipts/{served.document_id}.html")

    assert answer.status_code == 200
    assert served.document_id in answer.text
    assert answer.headers["cache-control"].startswith("private")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_answer_that_the_reader_has_is_not_sent_again(served: Served) -> None:
    address = f"/receipts/{served.document_id}"
    etag = served.client.get(address).headers["etag"]

    again = served.client.get(address, headers={"if-none-match": etag})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("suffix", ["xx", ".pdf", ".html?language=xx"])
def test_what_is_not_there_is_a_problem_document(served: Served, suffix: str) -> None:
    answer = served.client.get(f"/receipts/{served.document_id}{suffix}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert msgspec.json.decode(answer.content)["status"] == 404


def test_health_answers_without_a_token(guarded: Served) -> None:
    assert guarded.client.get("/health/live").text == "live\n"
    assert guarded.client.get("/health/ready").text == "ready\n"


def test_only_the_right_token_reads(guarded: Served) -> None:
    address = f"/receipts/{guarded.document_id}"

    for wrong in ({}, {"authorization": "Bearer other"}, {"authorization": f"Basic {TOKEN}"}):
        refused = guarded.client.get(address, headers=wrong)
        assert refused.status_code == 401
        assert guarded.body not in refused.content
    right = guarded.client.get(address, headers={"authorization": f"Bearer {TOKEN}"})
    assert right.content == guarded.body
