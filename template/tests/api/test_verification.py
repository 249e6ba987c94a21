"""A QR code leads to a verdict: to everybody the same, and to nobody more than it must say."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.api.serving import NUMBER, assert_problem, serving
from tests.countries.made_up import REPLACEABLE
from tests.rendering.cameras import qr_codes_in_html, qr_codes_in_pdf
from tests.service import as_batch, as_lines, open_pipeline, open_shards, refund, ride

from receipts.domain.documents import DocumentKind
from receipts.rendering.canonical import canonical_json
from receipts.rendering.html import style_source
from receipts.rendering.verification import verification_code

if TYPE_CHECKING:
    import httpx
    from tests.service import Service

    from receipts.infrastructure.stores import Stores

JSON = {"accept": "application/json"}
PERSONAL = ("Our Rides", "Street", "Station", "trip-1", "OURSQQ</", "TAX1", "fare", "ride-1")
"""Of the one receipt; its number holds the id of its supplier, as every series does."""


@pytest.fixture
def document_id(stores: Stores) -> str:
    return str(msgspec.json.decode(body_of(stores))["document_id"])


@pytest.fixture
def code(stores: Stores) -> str:
    return verification_code(body_of(stores))


def body_of(stores: Stores) -> bytes:
    row = stores.document(NUMBER)
    assert row is not None
    return row.body


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_a_camera_reads_from_a_document_leads_to_the_verdict_that_it_is_genuine(
    client: httpx.Client, language: str
) -> None:
    pdf = client.get(f"/receipts/{NUMBER}.pdf", params={"language": language})
    page = client.get(f"/receipts/{NUMBER}.html", params={"language": language})

    (printed,) = qr_codes_in_pdf(pdf.content)
    (shown,) = qr_codes_in_html(page.text)
    answer = client.get(printed, headers={"accept-language": language})

    assert shown == printed == printed.upper()
    assert answer.status_code == 200
    assert {"en": ">Genuine<", "de": ">Echt<"}[language] in answer.text
    assert NUMBER in answer.text
    assert {"en": "November 23, 2026", "de": "23. November 2026"}[language] in answer.text
    assert "11.90" in answer.text.replace(",", ".")
    for personal in PERSONAL:
        assert personal not in answer.text


def test_a_program_is_told_so_as_data(client: httpx.Client, document_id: str, code: str) -> None:
    answer = client.get(f"/verify/{document_id}/{code}", headers=JSON)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert msgspec.json.decode(answer.content) == {
        "corrected_by": [],
        "currency": "EUR",
        "genuine": True,
        "number": NUMBER,
        "payable_minor": 11_90,
        "supply_date": date(2026, 11, 23).isoformat(),
    }


def test_a_verdict_names_what_changed_the_document_since(
    own_client: httpx.Client, own_stores: Stores, service: Service
) -> None:
    body = body_of(own_stores)
    document_id, code = msgspec.json.decode(body)["document_id"], verification_code(body)
    tip = {"amount_minor": 2_00, "given_at": "2026-11-24T09:00:00Z"}
    later = refund(1, of=1) | {"type": "tip.added.v1", "id": "tip-1"}
    later["data"] |= tip
    events = as_lines([refund(1, of=1), refund(2, of=1), later])
    open_pipeline(own_stores, service).run(as_batch(events))
    notes = ["OURSQQ-QQ-C2026-0-0001", "OURSQQ-QQ-C2026-0-0002"]

    data = own_client.get(f"/verify/{document_id}/{code}", headers=JSON)
    page = own_client.get(f"/verify/{document_id}/{code}")

    assert msgspec.json.decode(data.content)["corrected_by"] == notes
    assert f"<bdi>{', '.join(notes)}</bdi>" in page.text
    assert "later changed by others" in page.text


def test_an_invoice_that_replaced_another_says_that_it_was_refunded_since(
    service: Service,
) -> None:
    for file, text in REPLACEABLE.items():
        (service.config / "countries" / "qq" / file).write_text(text, "utf-8")
    asked = refund(1, of=1) | {"id": "request-1", "type": "document.requested.v1"}
    asked["data"] = {
        "customer": {"name": "Ada"},
        "original": asked["data"]["original"],
        "requested_at": "2026-11-24T09:00:00Z",
    }
    with open_shards(service) as stores:
        events = as_lines([ride(1), asked, refund(2, of=1)])
        _, _, invoice, note = open_pipeline(stores, service).run(as_batch(events))
        code = verification_code(canonical_json(invoice))

        with serving(stores) as client:
            answer = client.get(f"/verify/{invoice.document_id}/{code}", headers=JSON)

    assert invoice.kind is DocumentKind.INVOICE
    assert msgspec.json.decode(answer.content)["corrected_by"] == [note.number]


@pytest.mark.parametrize("digits", [19, 22, 80])
def test_a_number_beyond_any_sequence_is_not_confirmed(
    client: httpx.Client, code: str, digits: int
) -> None:
    long = f"{NUMBER.rpartition('-')[0]}-{'9' * digits}"

    answer = client.get("/verify", params={"document": long, "code": code})

    assert answer.status_code == 404


def test_id_or_number_and_code_may_be_typed(
    client: httpx.Client, document_id: str, code: str
) -> None:
    typed = " ".join(re.findall(".{1,4}", code.lower().replace("o", "0")))

    for name in (document_id, document_id.upper(), NUMBER, f" {NUMBER} "):
        answer = client.get("/verify", params={"document": name, "code": typed})

        assert answer.status_code == 200
        assert NUMBER in answer.text


def test_a_wrong_code_and_an_unknown_document_get_the_same_answer_to_the_byte(
    client: httpx.Client, document_id: str, code: str
) -> None:
    other = ("B" if code.startswith("A") else "A") + code[1:]
    asked = [
        (document_id, other),
        (document_id, code[:-1]),
        (document_id, "\N{PILE OF POO}"),
        (NUMBER, other),
        (document_id.replace("-00-", "-01-"), code),
        ("20261124-00-" + "0" * 32, code),
        ("nothing", code),
    ]

    for headers in ({}, JSON):
        answers = [
            client.get(f"/verify/{document}/{typed}", headers=headers) for document, typed in asked
        ]
        if headers:
            assert_problem(answers[0], 404, "Not Found")
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        kept = [{**answer.headers, "date": ""} for answer in answers]
        assert kept == [kept[0]] * len(asked)
        assert document_id not in answers[0].text


def test_a_page_that_was_asked_nothing_asks(client: httpx.Client) -> None:
    page = client.get("/verify")

    assert page.status_code == 200
    assert '<form class="part-of-page" action="/verify">' in page.text
    assert "Genuine" not in page.text
    assert "Not confirmed" not in page.text
    assert_problem(client.get("/verify", headers=JSON), 400, "Bad Request")


@pytest.mark.parametrize("missing", ["document", "code"])
def test_half_a_question_is_not_confirmed(client: httpx.Client, missing: str, code: str) -> None:
    asked = {"document": NUMBER, "code": code, missing: ""}

    assert client.get("/verify", params=asked).status_code == 404


@pytest.mark.parametrize("name", ["<script>", '"><b>', "%00", "{{ 7*7 }}", "a" * 3000])
def test_what_is_asked_does_not_come_back_as_markup(client: httpx.Client, name: str) -> None:
    for answer in (
        client.get("/verify", params={"document": name, "code": name, name: name}),
        client.get("/verify", params={"language": name}),
    ):
        assert answer.status_code in (200, 404)
        assert name not in answer.text.replace("%22", '"') or name.isalnum()


def test_a_verdict_is_kept_by_nobody_and_loads_nothing_from_elsewhere(
    client: httpx.Client, code: str
) -> None:
    for path in (f"/verify/{NUMBER}/{code}", f"/verify/{NUMBER}/x", "/verify"):
        for headers in ({}, JSON):
            answer = client.get(path, headers=headers)

            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-robots-tag"] == "noindex, nofollow"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["vary"] == "accept, accept-language"
            assert "set-cookie" not in answer.headers
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            if not headers:
                assert f"style-src {style_source()};" in policy
                assert "form-action 'self'" in policy
                assert '<meta name="robots" content="noindex">' in answer.text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("en;q=0.1, de;q=0.9", "de"),
        ("de;q=high, en", "en"),
        ("fr", "en"),
    ],
)
def test_a_verdict_speaks_the_language_of_its_reader(
    client: httpx.Client, accepted: str, language: str
) -> None:
    page = client.get(f"/verify/{NUMBER}/x", headers={"accept-language": accepted}).text

    assert f'<html lang="{language}" dir="ltr">' in page
    assert {"en": "Not confirmed", "de": "Nicht bestätigt"}[language] in page


def test_a_verdict_leads_to_itself_in_the_other_language(client: httpx.Client, code: str) -> None:
    asked = {"document": NUMBER, "code": code}
    page = client.get("/verify", params=asked, headers={"accept-language": "en"})

    (href,) = re.findall(r'<a href="([^"]+)"', page.text)
    german = client.get(str(page.url.join(href.replace("&amp;", "&"))))

    assert german.status_code == 200
    assert ">Echt<" in german.text
    assert "English" in german.text


def test_a_verdict_cannot_be_written_to(client: httpx.Client, code: str) -> None:
    for path in ("/verify", f"/verify/{NUMBER}/{code}"):
        assert_problem(client.post(path), 405, "Method Not Allowed")
        assert client.head(path).status_code == 200
