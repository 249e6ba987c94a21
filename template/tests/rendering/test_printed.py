"""What a reader must find on a document is found in its file, and missed where it is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.rendering.reading import pdf_of
from tests.rendering.sample_documents import DE_HIRE_CAR, DE_TAXI, NY_APP_TRIP, SAMPLES

from receipts.domain.documents import Document, Item, Option
from receipts.rendering.printed import squeezed, text_of, unprinted

DEMANDED = [
    "customer",
    "issuer_role",
    "kind",
    "payment",
    "supplier",
    "supplier.address.country",
    "supply",
    "supply.ended_at",
    "trade_id",
]


@pytest.mark.parametrize("document", SAMPLES.values(), ids=SAMPLES)
def test_whatever_is_taken_from_a_file_is_missed(document: Document) -> None:
    for language in document.languages:
        read = text_of(pdf_of(document, language))
        required = [*unprinted(document, DEMANDED, language, "")]

        assert len(required) > 25
        assert [*unprinted(document, DEMANDED, language, read)] == []
        for each in required:
            without = read.replace(squeezed(each.text), "")
            assert each in unprinted(document, DEMANDED, language, without)


@pytest.mark.parametrize(
    ("document", "language", "field", "text"),
    [
        (DE_TAXI, "de", "kind", "Kleinbetragsrechnung"),
        (DE_TAXI, "en", "payment.method", "Card"),
        (DE_TAXI, "de", "lines[0].description", "Fahrpreis"),
        (DE_TAXI, "de", "lines[1].gross_minor", "1,60\N{NO-BREAK SPACE}€"),
        (DE_TAXI, "en", "supply.date", "24 November 2026"),
        (DE_TAXI, "de", "tax_subtotals[0].tax", "USt."),
        (DE_TAXI, "de", "pack_sha256", "5d1f0c9ab7e2"),
        (DE_HIRE_CAR, "en", "customer.address.country", "Austria"),
        (DE_HIRE_CAR, "en", "customer.tax_id", "ATU12345675"),
        (DE_HIRE_CAR, "en", "supply.route.distance_m", "612,3 km"),
        (NY_APP_TRIP, "en", "pass_through[0].amount_minor", "$2.75"),
        (NY_APP_TRIP, "en", "supply.ended_at", "6:47\N{NARROW NO-BREAK SPACE}PM"),
        (NY_APP_TRIP, "en", "totals.payable_minor", "$39.51"),
    ],
)
def test_a_field_is_looked_for_as_a_reader_sees_it(
    document: Document, language: str, field: str, text: str
) -> None:
    required = dict(unprinted(document, DEMANDED, language, ""))

    assert text in required[field]


def test_a_line_with_an_item_is_looked_for_by_the_name_its_seller_gave() -> None:
    item = Item(discount_minor=0, name="Soup", options=(Option(0, "Bread"),), quantity=2)
    document = replace(DE_TAXI, lines=(replace(DE_TAXI.lines[0], item=item),))

    required = dict(unprinted(document, ["lines"], "de", ""))

    assert required["lines[0].item.name"] == "Soup"
    assert required["lines[0].item.options[0].name"] == "Bread"
    assert "lines[0].description" not in required


def test_a_field_that_is_for_machines_only_is_not_found() -> None:
    read = text_of(pdf_of(DE_TAXI))

    (missing,) = unprinted(DE_TAXI, ["event.source"], "de", read)

    assert missing == ("event.source", "https://dispatch.example")


def test_what_a_document_does_not_have_is_not_looked_for() -> None:
    assert not [
        each
        for each in unprinted(DE_TAXI, ["customer", "supply.route.destination"], "de", "")
        if each.field.startswith("customer")
    ]
