"""Answers are compressed for who takes it, and never where that would give away a secret."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from tests.api.doors import KEY, NOW
from tests.api.serving import NUMBER, serving

from receipts.api.access import Access
from receipts.api.compression import LEAST_BYTES
from receipts.infrastructure.signed_links import LinkKeys, link_to
from receipts.rendering.canonical import read_document

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from receipts.infrastructure.stores import Stores

GZIP = {"accept-encoding": "gzip"}
PLAIN = {"accept-encoding": "identity"}


def raw(client: httpx.Client, address: str, headers: dict[str, str]) -> tuple[httpx.Headers, bytes]:
    """Headers and body as they went over the wire."""
    with client.stream("GET", address, headers=headers) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    "address", [f"/receipts/{NUMBER}", f"/receipts/{NUMBER}.html", "/openapi.json", "/docs"]
)
def test_a_compressed_answer_unfolds_to_the_plain_one_and_is_shorter(
    client: httpx.Client, address: str
) -> None:
    plain_headers, plain = raw(client, address, PLAIN)
    headers, content = raw(client, address, GZIP)

    assert headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain_headers
    assert gzip.decompress(content) == plain
    assert int(headers["content-length"]) == len(content) < len(plain) * 0.6
    # A cache that kept one form must not give it to who cannot read it.
    assert headers["vary"] == plain_headers["vary"] == "accept-encoding"


def test_either_form_that_a_reader_holds_is_not_sent_again(client: httpx.Client) -> None:
    address = f"/receipts/{NUMBER}"
    plain, _ = raw(client, address, PLAIN)
    headers, _ = raw(client, address, GZIP)

    assert headers["etag"] == f"W/{plain['etag']}"
    for held in (headers["etag"], plain["etag"]):
        again = client.get(address, headers=GZIP | {"if-none-match": held})
        assert (again.status_code, again.headers["vary"]) == (304, "accept-encoding")


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("br, GZIP;q=0.5", True),
        ("gzip;q=1.0", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_who_takes_it_alone(
    client: httpx.Client, accepted: str, *, is_compressed: bool
) -> None:
    headers, _ = raw(client, "/openapi.json", {"accept-encoding": accepted})

    assert ("content-encoding" in headers) is is_compressed


def test_a_page_that_a_signed_link_opened_and_a_verdict_are_never_compressed(
    stores: Stores, tmp_path: Path
) -> None:
    (tmp_path / "2026-11").write_text(KEY)
    keys = LinkKeys(tmp_path)
    row = stores.document(NUMBER)
    assert row is not None
    document_id = read_document(row.body).document_id
    access = Access(link_keys=keys, clock=lambda: NOW)

    with serving(stores, access) as client:
        link = link_to("", document_id, keys, NOW.replace(year=2027))
        for address in (link, link.replace(".html", ".json"), "/verify?document=x&code=y"):
            answer = client.get(address, headers=GZIP)

            assert answer.status_code == (404 if "verify" in address else 200)
            assert len(answer.content) > LEAST_BYTES
            assert "content-encoding" not in answer.headers
