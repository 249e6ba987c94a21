"""A code is one document's and forgives a typist; where it leads can be typed too."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers, text
from pypdf.generic import DictionaryObject
from tests.rendering.cameras import qr_codes_in_html, qr_codes_in_pdf
from tests.rendering.reading import opened
from tests.rendering.sample_documents import DE_HIRE_CAR, DE_TAXI, SAMPLES

from receipts.rendering.canonical import canonical_json
from receipts.rendering.html import render_html
from receipts.rendering.pdf import write_pdf
from receipts.rendering.printed import squeezed, text_of
from receipts.rendering.verification import is_code_of, verification_code, verification_link
from receipts.rendering.view import View, stored_view

if TYPE_CHECKING:
    from receipts.domain.documents import Document

every_sample = pytest.mark.parametrize("document", SAMPLES.values(), ids=SAMPLES)

PUBLIC_URL = "https://receipts.example.com"


def view_with_link(document: Document, language: str | None = None) -> View:
    return stored_view(canonical_json(document), language, PUBLIC_URL)


def test_a_code_is_the_first_half_of_the_hash_in_base32() -> None:
    # RFC 4648 by hand: five bits a letter, the last letter filled up with zeros.
    bits = f"{int.from_bytes(sha256(b'x').digest()[:16]):0128b}00"
    letters = [int(bits[at : at + 5], 2) for at in range(0, 130, 5)]

    written = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[each] for each in letters)

    assert verification_code(b"x") == written


@given(body=binary(min_size=1, max_size=100), at=integers(0, 99), bit=integers(0, 7))
def test_a_document_with_one_other_bit_has_another_code(body: bytes, at: int, bit: int) -> None:
    other = bytearray(body)
    other[at % len(body)] ^= 1 << bit

    assert not is_code_of(verification_code(body), bytes(other))


@given(typed=text(max_size=40))
def test_no_text_but_the_code_is_the_code_whatever_it_holds(typed: str) -> None:
    assert not is_code_of(typed, b"document")


@pytest.mark.parametrize(
    "slip",
    [
        str.lower,
        " ".join,
        lambda code: f" {code[:9]}-{code[9:]}\N{NO-BREAK SPACE}",
        lambda code: code.replace("O", "0").replace("I", "1").replace("B", "8"),
    ],
)
def test_a_code_forgives_what_a_typist_cannot_see(slip: object) -> None:
    assert callable(slip)
    bodies = [b"%d" % number for number in range(50)]
    codes = [verification_code(body) for body in bodies]

    assert {"O", "I", "B"} <= set("".join(codes))
    for code, body in zip(codes, bodies, strict=True):
        assert is_code_of(slip(code), body)


def test_an_address_is_all_capitals_and_a_place_can_be_typed() -> None:
    link = verification_link("https://receipts.example.com:8443", "20261124-00-9f", b"x")

    code = verification_code(b"x")
    assert link.address == f"HTTPS://RECEIPTS.EXAMPLE.COM:8443/VERIFY/20261124-00-9F/{code}"
    assert link.place == "receipts.example.com:8443/verify"
    assert link.code.replace(" ", "") == code


@every_sample
def test_page_and_file_carry_a_code_that_a_camera_reads_and_a_person_too(
    document: Document,
) -> None:
    code = verification_code(canonical_json(document))
    address = f"{PUBLIC_URL}/verify/{document.document_id}/{code}".upper()

    for language in document.languages:
        view = view_with_link(document, language)
        html, pdf = render_html(view), write_pdf(view)

        assert view.verification is not None
        assert qr_codes_in_html(html) == qr_codes_in_pdf(pdf) == [address]
        for said in ("receipts.example.com/verify", view.verification.code.text):
            assert said in html
            assert squeezed(said) in text_of(pdf)
        assert f'href="{address}"' in html


def test_without_an_address_there_is_no_code() -> None:
    view = stored_view(canonical_json(DE_TAXI), None, None)

    assert view.verification is None
    assert "<svg" not in render_html(view)
    assert qr_codes_in_pdf(write_pdf(view)) == []


@pytest.mark.parametrize(
    ("language", "alternative"),
    [("de", "QR-Code: die Adresse"), ("en", "QR code: the address")],
)
def test_who_does_not_see_the_code_is_told_what_it_is(language: str, alternative: str) -> None:
    view = view_with_link(DE_TAXI, language)
    reader = opened(write_pdf(view))
    objects = [reader.get_object(number) for number in reader.xref[0]]
    told = [str(each.get("/Alt", "")) for each in objects if isinstance(each, DictionaryObject)]

    assert [text for text in told if text.startswith(alternative)]
    assert f'role="img" aria-label="{alternative}' in render_html(view)


def test_a_link_in_a_file_leads_to_the_same_address() -> None:
    view = view_with_link(DE_HIRE_CAR)
    pages = opened(write_pdf(view)).pages

    led_to = [note["/A"]["/URI"] for page in pages for note in page.annotations or ()]

    assert view.verification is not None
    assert set(led_to) == {view.verification.address}
