"""A receipt over HTTP is the stored one, only its readers get it, and errors tell no secrets.

A real server on a free port, and a real client.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.api.serving import NUMBER, assert_problem, serving
from tests.pipeline.hand_edits import execute
from tests.service import as_batch, as_lines, open_pipeline, open_shards, ride

from receipts.rendering.canonical import read_document
from receipts.rendering.html import style_source
from receipts.rendering.pdf import write_pdf
from receipts.rendering.view import stored_view

if TYPE_CHECKING:
    import httpx
    from tests.service import Service

    from receipts.infrastructure.stores import Stores


def address_of(client: httpx.Client) -> str:
    """Where the client reaches its server, as documents say it."""
    return str(client.base_url).removesuffix("/")


def stored_body(stores: Stores) -> bytes:
    row = stores.document(NUMBER)
    assert row is not None
    return row.body


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_the_json_of_a_receipt_is_the_stored_one_byte_for_byte(
    client: httpx.Client, stores: Stores, suffix: str
) -> None:
    body = stored_body(stores)
    document_id = msgspec.json.decode(body)["document_id"]

    for name in (document_id, NUMBER):
        answer = client.get(f"/receipts/{name}{suffix}")

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.content == body


def test_the_page_of_a_receipt_shows_its_number_in_its_own_language(client: httpx.Client) -> None:
    answer = client.get(f"/receipts/{NUMBER}.html")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert NUMBER in answer.text
    assert 'lang="en"' in answer.text
    assert "Fare" in answer.text


def test_the_page_of_a_receipt_comes_in_another_of_its_languages(client: httpx.Client) -> None:
    answer = client.get(f"/receipts/{NUMBER}.html", params={"language": "de"})

    assert 'lang="de"' in answer.text
    assert "Fahrpreis" in answer.text


def test_the_pdf_of_a_receipt_is_the_one_that_is_written_from_its_data(
    client: httpx.Client, stores: Stores
) -> None:
    body = stored_body(stores)

    for parameters, language in (({}, "en"), ({"language": "de"}, "de")):
        answer = client.get(f"/receipts/{NUMBER}.pdf", params=parameters)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content == write_pdf(stored_view(body, language, address_of(client)))


def test_a_page_leads_to_the_receipt_in_its_other_languages_and_forms(
    client: httpx.Client,
) -> None:
    page = client.get(f"/receipts/{NUMBER}.html", params={"language": "de"})

    answers = [
        client.get(str(page.url.join(href.replace("&amp;", "&"))))
        for href in re.findall(r'<a href="([^"]+)"', page.text.partition("<nav")[2])
    ]

    assert [answer.headers["content-type"] for answer in answers] == [
        "text/html; charset=utf-8",
        "application/pdf",
        "application/json",
    ]
    english, pdf, data = (answer.content for answer in answers)
    assert b'lang="en"' in english
    assert read_document(data).number == NUMBER
    assert pdf == write_pdf(stored_view(data, "de", address_of(client)))


@pytest.mark.parametrize("suffix", [".html", ".pdf"])
@pytest.mark.parametrize("language", ["xx", "", "../../etc", "<script>"])
def test_a_language_that_a_receipt_does_not_have_is_a_problem(
    client: httpx.Client, language: str, suffix: str
) -> None:
    answer = client.get(f"/receipts/{NUMBER}{suffix}", params={"language": language})

    assert_problem(answer, 404, "Not Found")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/receipts/nothing",
        "/receipts/nothing.html",
        f"/receipts/{NUMBER}.xml",
        f"/receipts/{NUMBER}.html.json",
        "/receipts/20261124-00-" + "0" * 32,
        "/receipts/20261124-ff-" + "0" * 32,
        "/receipts/%00",
        "/receipts/%F0%9F%92%A9",
        "/receipts/..%2f..%2fetc%2fpasswd",
        "/health",
        f"/verify/{NUMBER}",
        f"/Verify/{NUMBER}/CODE",
    ],
)
def test_what_does_not_exist_is_a_problem(client: httpx.Client, path: str) -> None:
    assert_problem(client.get(path), 404, "Not Found")


def test_a_receipt_cannot_be_written_to(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, f"/receipts/{NUMBER}")

        assert_problem(answer, 405, "Method Not Allowed")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("suffix", [".json", ".html", ".pdf"])
def test_an_answer_that_the_reader_has_already_is_not_sent_again(
    client: httpx.Client, suffix: str
) -> None:
    first = client.get(f"/receipts/{NUMBER}{suffix}")
    tag = first.headers["etag"]

    again = client.get(f"/receipts/{NUMBER}{suffix}", headers={"if-none-match": f'"x", W/{tag}'})
    other = client.get(f"/receipts/{NUMBER}{suffix}", headers={"if-none-match": '"x"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (other.status_code, other.content) == (200, first.content)
    assert tag == f'"{sha256(first.content).hexdigest()}"'


@pytest.mark.parametrize("suffix", [".json", ".html", ".pdf"])
def test_an_answer_may_be_kept_by_its_reader_alone_and_loads_nothing_from_elsewhere(
    client: httpx.Client, suffix: str
) -> None:
    headers = client.get(f"/receipts/{NUMBER}{suffix}").headers

    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    if suffix == ".html":
        assert f"style-src {style_source()};" in headers["content-security-policy"]


def test_head_tells_the_size_without_the_content(client: httpx.Client, stores: Stores) -> None:
    answer = client.head(f"/receipts/{NUMBER}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(stored_body(stores)))


def test_a_store_that_does_not_answer_is_a_problem_that_names_no_path(
    own_client: httpx.Client,
    own_stores: Stores,
    service: Service,
    capfd: pytest.CaptureFixture[str],
) -> None:
    own_stores.close()

    verified = f"/verify/{NUMBER}/{'A' * 26}"
    for path in (f"/receipts/{NUMBER}", f"/receipts/{NUMBER}.html", verified, "/health/ready"):
        answer = own_client.get(path)

        assert_problem(answer, 503, "Service Unavailable")
        for hidden in (str(service.folder), "sqlite", "shard", "database"):
            assert hidden not in answer.text.lower()
    assert own_client.get("/health/live").status_code == 200
    assert "store.unavailable" in "".join(capfd.readouterr())


def test_a_damaged_block_is_a_problem_that_names_no_path(
    own_client: httpx.Client, service: Service
) -> None:
    execute(service.shard, "update blocks set content = 'damaged'")

    answer = own_client.get(f"/receipts/{NUMBER}")

    assert_problem(answer, 503, "Service Unavailable")
    assert "shard" not in answer.text


def test_our_own_defect_is_a_problem_without_its_traceback(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError("inner secret")

    monkeypatch.setattr("receipts.api.app.render_html", fails)

    answer = client.get(f"/receipts/{NUMBER}.html")

    assert_problem(answer, 500, "Internal Server Error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_every_shard_is_asked_for_a_receipt(service: Service) -> None:
    with open_shards(service, 4) as stores:
        rides = as_lines(map(ride, range(20)))
        issued = open_pipeline(stores, service).run(as_batch(rides))
        with serving(stores) as client:
            for document in issued:
                for name in (document.document_id, document.number):
                    answer = client.get(f"/receipts/{name}")

                    assert msgspec.json.decode(answer.content)["number"] == document.number


def test_who_came_with_a_browser_is_told_on_a_page(client: httpx.Client) -> None:
    answer = client.get("/receipts/nothing", headers={"accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert style_source() in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "There is no such receipt." in answer.text
    assert "Use /receipts/ID" in answer.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, application/json"])
def test_a_program_is_told_in_a_problem_document(client: httpx.Client, accept: str) -> None:
    assert_problem(client.get("/receipts/nothing", headers={"accept": accept}), 404, "Not Found")
