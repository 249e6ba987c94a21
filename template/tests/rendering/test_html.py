"""What the page of a document promises to its reader, and to the server that sends it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from babel.numbers import format_currency, parse_decimal
from tests.countries.golden import documents_of, every_golden_case
from tests.rendering.sample_documents import (
    DE_HIRE_CAR,
    DE_TAXI,
    NY_APP_TRIP,
    NY_TAXI,
    SAMPLES,
    TWO_RATES,
    line,
)

from receipts.domain.documents import Document, Route, TaxSubtotal, Totals
from receipts.domain.money import major_units
from receipts.domain.parties import Customer, IssuerRole
from receipts.domain.taxes import TaxCategory
from receipts.rendering.html import Link, render_html, render_verdict, style_source
from receipts.rendering.verdict import question
from receipts.rendering.view import view_of
from receipts.rendering.words import words_in

if TYPE_CHECKING:
    from receipts.pipeline.golden import GoldenCase

every_sample = pytest.mark.parametrize("document", SAMPLES.values(), ids=SAMPLES)


class Table(NamedTuple):
    head: list[list[str]]
    body: list[list[str]]
    foot: list[list[str]]


class Page(HTMLParser):
    """A page as its reader gets it; a tag closed out of order fails at once."""

    VOID = frozenset({"br", "meta"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tables: list[Table] = []
        self.isolated: list[str] = []
        self._open: list[str] = []
        self._texts: list[str] = []
        self.feed(html)
        assert not self._open
        self.text = " ".join("".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append(Table([], [], []))
        elif tag in ("thead", "tbody", "tfoot"):
            self._rows: list[list[str]] = getattr(self.tables[-1], tag.replace("t", "", 1))
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "dt":
            self._texts.append(" ")

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self._texts.append(data)
        if "bdi" in self._open:
            self.isolated.append(data)
        if self._open and {"th", "td"} & set(self._open):
            self._rows[-1][-1] += data


def page_of(document: Document, language: str | None = None) -> str:
    """The page of a document that is a file of its own."""
    return render_html(view_of(document, language))


def minor(text: str, document: Document, language: str) -> int:
    """An amount of two digits read back from the page, by Babel's own parser."""
    locale = f"{language}_{document.country[:2]}"
    digits = re.sub(r"[^0-9.,-]", "", text)
    return int(parse_decimal(digits, locale=locale) * 100)


def column(rows: list[list[str]], index: int, document: Document, language: str) -> int:
    return sum(minor(row[index], document, language) for row in rows)


def written(amount_minor: int, document: Document, language: str) -> str:
    """An amount as Babel writes it, with plain spaces as in `Page.text`."""
    amount = major_units(amount_minor, document.currency)
    locale = f"{language}_{document.country[:2]}"
    return " ".join(format_currency(amount, document.currency, locale=locale).split())


@every_sample
def test_every_printed_part_adds_up_to_the_printed_total(document: Document) -> None:
    for language in document.languages:
        page = Page(page_of(document, language))
        totals = document.totals
        gross = column(page.tables[0].body, -1, document, language)
        passed_on = page.tables[-1].body if document.pass_through else []
        passed_minor = column(passed_on, -1, document, language)

        assert (gross, passed_minor) == (totals.gross_minor, totals.pass_through_minor)
        assert gross + passed_minor == totals.payable_minor
        for table in page.tables:
            for foot in table.foot:
                assert minor(foot[-1], document, language) == column(
                    table.body, -1, document, language
                )
        for printed in (totals.payable_minor, totals.net_minor, totals.tax_minor or gross):
            assert written(printed, document, language) in page.text


@pytest.mark.parametrize("document", [DE_TAXI, DE_HIRE_CAR, NY_APP_TRIP, TWO_RATES])
def test_net_and_tax_of_every_row_make_its_gross(document: Document) -> None:
    language = document.languages[0]

    for table in Page(page_of(document)).tables:
        for row in [*table.body, *table.foot]:
            if len(row) > 3:
                net, tax, gross = (minor(cell, document, language) for cell in row[-3:])
                assert net + tax == gross


def test_several_rates_have_a_table_of_their_own_that_adds_up() -> None:
    _, rates, _ = Page(page_of(TWO_RATES)).tables

    assert [row[1] for row in rates.body] == ["7\N{NO-BREAK SPACE}%", "19\N{NO-BREAK SPACE}%"]
    for index in (2, 3, 4):
        foot = minor(rates.foot[0][index], TWO_RATES, "de")
        assert column(rates.body, index, TWO_RATES, "de") == foot


def test_one_rate_stands_in_the_head_of_the_charges_and_nowhere_else() -> None:
    charges, _ = Page(page_of(DE_TAXI)).tables

    assert charges.head == [["Bezeichnung", "Netto", "USt. 7\N{NO-BREAK SPACE}%", "Brutto"]]


def test_two_rows_of_the_pack_at_one_rate_are_one_rate_to_the_reader() -> None:
    seven = msgspec.structs.replace(TWO_RATES.tax_subtotals[1], rate_percent="7.0")
    document = msgspec.structs.replace(TWO_RATES, tax_subtotals=(TWO_RATES.tax_subtotals[0], seven))

    charges, passed_on = Page(page_of(document)).tables

    assert charges.head[0][2] == "USt. 7\N{NO-BREAK SPACE}%"
    assert len(passed_on.body) == 1


def test_what_is_outside_the_tax_shows_no_columns_of_zeros() -> None:
    page = Page(page_of(NY_TAXI))

    assert page.tables[0].head == [["Description", "Amount"]]
    assert "Sales tax: not applicable" in page.text
    assert "$0.00" not in page.text


@every_sample
def test_everything_the_document_says_stands_on_the_page(document: Document) -> None:
    for language in document.languages:
        text = Page(page_of(document, language)).text
        for item in document.pass_through:
            assert item.description[language] in text
            assert written(item.amount_minor, document, language) in text
        for part in document.lines:
            assert part.description[language] in text
            assert written(part.gross_minor, document, language) in text
        for phrase in document.phrases:
            assert phrase.text[language] in text
        for party in (document.supplier, document.customer or document.supplier):
            address = party.address or document.supplier.address
            for named in (party.name, party.tax_id, address.city, *address.lines):
                assert named is None or named in text
        for fact in (document.number, document.document_id, document.pack_sha256[:12]):
            assert fact in text


@pytest.mark.parametrize("case", every_golden_case(), ids=str)
def test_every_golden_document_is_a_page_in_each_of_its_languages(case: GoldenCase) -> None:
    for document in documents_of(case):
        for language in document.languages:
            first = Page(page_of(document, language)).tables[0]
            totals = document.totals
            expected = totals.gross_minor if document.lines else totals.pass_through_minor
            assert column(first.body, -1, document, language) == expected


@pytest.mark.parametrize("case", every_golden_case(), ids=str)
def test_an_item_is_called_what_its_seller_calls_it_with_its_options(case: GoldenCase) -> None:
    for document in documents_of(case):
        text = Page(page_of(document)).text
        for bought, item in [(each, each.item) for each in document.lines if each.item]:
            assert (f"{item.quantity} × {item.name}" if item.quantity > 1 else item.name) in text  # noqa: RUF001
            assert all(option.name in text for option in item.options)
            if item.share_of and item.share_of.price_minor is not None:
                language = document.languages[0]
                price = written(item.share_of.price_minor, document, language)
                assert f"{words_in(language).offer_share} {price}" in text
                assert f"{item.name}: {bought.description[language]}" in text
            if item.discount_minor:
                assert written(-item.discount_minor, document, document.languages[0]) in text


@pytest.mark.parametrize(
    ("document", "language", "facts"),
    [
        (DE_TAXI, "de", ["24. November 2026", "14:05", "7,84 km", "Karte", "12045 Berlin"]),
        (DE_TAXI, "de", ["Leistungsdatum 24. November 2026"]),
        (DE_TAXI, "en", ["Date of supply 24 November 2026"]),
        (DE_TAXI, "en", ["24 November 2026", "14:05", "14:29", "7,84 km", "Card", "Germany"]),
        (DE_HIRE_CAR, "en", ["23:40", "23 November 2026", "612,3 km", "On account", "1020 Wien"]),
        (NY_APP_TRIP, "en", ["November 24, 2026", "6:12 PM", "5.6 mi", "New York, NY 10012"]),
        (NY_TAXI, "en", ["Medallion taxi", "1 mi", "to the driver", "to the authority"]),
    ],
)
def test_dates_times_and_distances_are_written_as_the_place_writes_them(
    document: Document, language: str, facts: list[str]
) -> None:
    text = Page(page_of(document, language)).text

    for fact in facts:
        assert fact in text


def test_only_money_that_has_moved_is_called_paid() -> None:
    unknown = msgspec.structs.replace(DE_TAXI, payment=None)

    assert "Bezahlt" in page_of(DE_TAXI)
    assert "Total paid" not in page_of(DE_HIRE_CAR)
    assert "Bezahlt" not in page_of(unknown)


def test_a_document_in_the_name_of_another_says_so() -> None:
    assert "in dessen Namen ausgestellt Taxi Öztürk & Söhne" in Page(page_of(DE_TAXI)).text
    assert "in whose name" not in page_of(DE_HIRE_CAR)


def test_a_name_is_text_whatever_it_holds_and_cannot_reorder_its_neighbours() -> None:
    names = ['<script>alert("1")</script>', "שלום בע״מ", "&amp; {{ document }}"]
    hostile = msgspec.structs.replace(
        DE_HIRE_CAR,
        customer=Customer(name=names[0]),
        supplier=msgspec.structs.replace(DE_TAXI.supplier, name=names[1]),
        supply=msgspec.structs.replace(
            DE_TAXI.supply, route=Route(names[2], 1, names[2], names[0])
        ),
    )

    page = Page(page_of(hostile))

    assert "script" not in page.tags
    assert set(names) <= set(page.isolated)


@every_sample
def test_a_page_runs_nothing_fetches_nothing_and_as_a_file_leads_nowhere(
    document: Document,
) -> None:
    html = page_of(document)
    page = Page(html)

    assert not {"script", "img", "link", "iframe", "form", "object", "a"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://", html)


def test_a_served_page_leads_where_its_server_says() -> None:
    link = Link('x.pdf?a=1&b="', "<PDF>", "de", "application/pdf")

    page = Page(render_html(view_of(DE_TAXI), [link]))

    assert ("href", 'x.pdf?a=1&b="') in page.attributes
    assert page.text.endswith("<PDF>")


def test_all_pages_share_one_style_so_that_a_policy_can_name_its_hash() -> None:
    styles = {
        re.findall(r"<style>(.*?)</style>", page_of(document), re.DOTALL)[0]
        for document in SAMPLES.values()
    }

    styles |= set(re.findall(r"<style>(.*?)</style>", render_verdict(question("de")), re.DOTALL))

    (style,) = styles
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert style_source() == f"'sha256-{digest}'"


def test_a_page_keeps_its_language_and_stays_out_of_search_engines() -> None:
    html = page_of(DE_TAXI, "en")

    assert html.startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    assert '<meta name="robots" content="noindex">' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html


@every_sample
def test_the_same_document_is_always_the_same_page(document: Document) -> None:
    again = msgspec.json.decode(msgspec.json.encode(document), type=Document)

    assert page_of(document) == page_of(again)


def test_a_language_without_words_of_its_own_gets_english_ones() -> None:
    vat = {"sv": "moms"}
    swedish = msgspec.structs.replace(
        DE_TAXI,
        country="SE",
        currency="SEK",
        languages=("sv",),
        lines=(line({"sv": "Resa"}, 18_69, 1_31, "se-taxi"),),
        pass_through=(),
        phrases=(),
        tax_subtotals=(TaxSubtotal(TaxCategory.STANDARD, 20_00, 18_69, "se-taxi", "7", vat, 1_31),),
    )

    page = Page(page_of(swedish))

    assert "Total paid" in page.text
    assert "Resa" in page.text
    assert page.tables[0].body[0][-1] == "20,00\N{NO-BREAK SPACE}kr"


def test_a_document_without_route_lines_or_number_is_still_a_page() -> None:
    bare = msgspec.structs.replace(
        DE_TAXI,
        customer=Customer(tax_id="DE129273398"),
        issuer_role=IssuerRole.PRINCIPAL,
        lines=(),
        number="",
        payment=None,
        phrases=(),
        supply=msgspec.structs.replace(DE_TAXI.supply, route=None),
        tax_subtotals=(),
        totals=Totals(0, 0, 2_00, 2_00, 0),
    )

    text = Page(page_of(bare)).text

    assert "24. November 2026, 14:05 \N{EN DASH} 14:29" in text
    assert "Nummer" not in text
