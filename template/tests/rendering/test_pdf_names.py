"""A name is printed whatever it holds, and what cannot be printed leaves a mark."""

from __future__ import annotations

import re

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis.strategies import text
from msgspec.structs import replace
from tests.rendering.reading import opened, pdf_of
from tests.rendering.sample_documents import DE_HIRE_CAR, DE_TAXI

from receipts.domain.documents import Document, Route
from receipts.domain.parties import Customer
from receipts.rendering.pdf import _PLAIN, FONTS
from receipts.rendering.printed import squeezed, text_of
from receipts.rendering.words import page_texts

UNSHOWN = "\N{REPLACEMENT CHARACTER}"


def named(name: str) -> Document:
    """A document whose supplier, customer and destination have that name."""
    return replace(
        DE_HIRE_CAR,
        customer=Customer(name=name),
        supplier=replace(DE_HIRE_CAR.supplier, name=name),
        supply=replace(DE_HIRE_CAR.supply, route=Route(name, 612_300, "hire_car", "BER")),
    )


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        "*bold* _soft_ $x^2$ `raw` @label <label>",
        '"\\\\ #image("x.png") \\\\u{41}',
        "#while true {} // /* ]",
        "<script>alert(1)</script> &amp; {{ view }}",
        "= Heading - list + enum / term:",
    ],
)
def test_markup_in_a_name_is_printed_as_it_stands(name: str) -> None:
    read = text_of(pdf_of(named(name)))

    assert read.count(squeezed(name)) == 4  # its head, its place, supplier and customer
    assert UNSHOWN not in read


@pytest.mark.parametrize(
    "name", ["山田太郎株式会社", "Ωμέγα Ταξί", "Такси Ёлка", "Đặng Xe Ôm", "शर्मा"]
)
def test_a_name_in_a_script_of_the_fonts_is_read_back_as_it_is(name: str) -> None:
    read = text_of(pdf_of(named(name)))

    assert squeezed(name) in read
    assert UNSHOWN not in read


def test_an_arabic_name_keeps_its_letters() -> None:
    read = text_of(pdf_of(named("شركة النقل السريع")))

    assert set(squeezed("شركة النقل السريع")) <= set(read)
    assert UNSHOWN not in read


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada 😀", f"Ada{UNSHOWN}"),
        ("שלום", UNSHOWN * 4),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", f"a{UNSHOWN}b"),
        ("a\N{FIRST STRONG ISOLATE}b", f"a{UNSHOWN}b"),
        ("a\x07b\x00c\x9fd\x7fe", f"a{UNSHOWN}b{UNSHOWN}c{UNSHOWN}d{UNSHOWN}e"),
        ("a\N{ZERO WIDTH NO-BREAK SPACE}b", f"a{UNSHOWN}b"),
        ("a\ue000b\U0010ffffc", f"a{UNSHOWN}b{UNSHOWN}c"),
        ("a\N{ARABIC FATHA}b", f"a{UNSHOWN}b"),
    ],
    ids=ascii,
)
def test_what_cannot_be_shown_leaves_a_mark_and_the_file_says_what_it_means(
    name: str, shown: str
) -> None:
    read = text_of(pdf_of(named(name)))

    assert shown in read
    assert squeezed(page_texts().languages["en"].unshown) in read


@pytest.mark.parametrize("name", ["one\ntwo", "one\r\n\ttwo", "one\u2028two", "one\u3000two"])
def test_a_line_break_in_a_name_is_a_blank(name: str) -> None:
    assert text_of(pdf_of(named(name))).count("onetwo") == 4


@pytest.mark.parametrize("document", [DE_TAXI, named("Ada \N{BLACK HEART SUIT}\ufe0f")])
def test_a_file_that_shows_everything_has_no_note(document: Document) -> None:
    assert squeezed(page_texts().languages["de"].unshown) not in text_of(pdf_of(document))
    assert squeezed(page_texts().languages["en"].unshown) not in text_of(pdf_of(document))


@given(name=text(min_size=1, max_size=200))
@settings(max_examples=25, deadline=None)
def test_no_name_stops_a_document(name: str) -> None:
    assert DE_HIRE_CAR.number in text_of(pdf_of(named(name)))


def test_a_name_without_blanks_stays_on_the_page() -> None:
    pages = [page.extract_text() for page in opened(pdf_of(named("W" * 200))).pages]
    runs = re.findall("W+", "".join(pages).replace("\N{ZERO WIDTH SPACE}", ""))

    assert sum(map(len, runs)) == 4 * 200
    # So many fit between the margins.
    assert max(map(len, runs)) < 60


def test_the_first_font_has_every_letter_that_is_not_looked_up() -> None:

    plain = {code for code in range(0x11_0000) if _PLAIN.fullmatch(chr(code))}

    with TTFont(FONTS[0].path) as font:
        assert plain <= set(font.getBestCmap())
