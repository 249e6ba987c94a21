"""A view holds what readers see, and refuses what a document cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace
from tests.countries.golden import documents_of, every_golden_case
from tests.rendering.sample_documents import DE_TAXI, SAMPLES

from receipts.domain.corrections import CorrectionCause, RefundReason
from receipts.domain.documents import Correction, Document, PrecedingDocument, Totals
from receipts.rendering.rates import printed_rates
from receipts.rendering.view import View, view_of
from receipts.rendering.voice import voice_of

if TYPE_CHECKING:
    from receipts.pipeline.golden import GoldenCase

every_case = pytest.mark.parametrize("case", every_golden_case(), ids=str)


def test_a_language_the_document_lacks_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no text in language 'fr': ask for one of de, en"):
        view_of(DE_TAXI, "fr")


@pytest.mark.parametrize("document", SAMPLES.values(), ids=SAMPLES)
def test_a_view_survives_json_so_that_any_renderer_can_take_it(document: Document) -> None:
    view = view_of(document)

    assert msgspec.json.decode(msgspec.json.encode(view), type=View) == view


def test_a_view_has_no_markup_of_its_own() -> None:
    named = replace(DE_TAXI, supplier=replace(DE_TAXI.supplier, name='<b> & "'))

    view = view_of(named)

    assert view.supplier.name == '<b> & "'
    assert view.title.endswith(' · <b> & "')


@pytest.mark.parametrize(
    ("country", "paper"), [("DE", "a4"), ("US-NY", "us-letter"), ("MX", "us-letter"), ("JP", "a4")]
)
def test_the_paper_is_what_printers_of_the_country_hold(country: str, paper: str) -> None:
    assert view_of(replace(DE_TAXI, country=country)).paper == paper


@pytest.mark.parametrize(
    ("reason", "label"), [(RefundReason.GOODWILL, "Erstattet"), (None, "Gesamtbetrag")]
)
def test_only_what_is_given_back_is_called_so(reason: RefundReason | None, label: str) -> None:
    before = PrecedingDocument("1", DE_TAXI.issued_at, DE_TAXI.kind, "S1")
    cause = CorrectionCause.REFUND if reason else CorrectionCause.CANCELLATION
    correction = Correction(cause, "1", (0, 1), (0,), before, reason)
    totals = Totals(-18_69, -17_38, -2_00, -20_69, -1_31)

    view = view_of(replace(DE_TAXI, correction=correction, totals=totals))

    assert view.total.label == label
    assert [fact.text for fact in view.correction][1:] == (["Kulanz"] if reason else [])


@pytest.mark.parametrize(("gross_minor", "wide"), [(99_999_999_99, False), (100_000_000_00, True)])
def test_amounts_that_would_leave_their_columns_are_known_to_be_wide(
    gross_minor: int, wide: bool
) -> None:
    totals = Totals(gross_minor, gross_minor, 0, gross_minor, 0)

    assert view_of(replace(DE_TAXI, totals=totals)).wide is wide


@every_case
def test_the_lines_at_a_rate_add_up_to_what_is_printed_for_it(case: GoldenCase) -> None:
    for document in documents_of(case):
        rates = printed_rates(document, voice_of(document, document.languages[0]))

        for rate in rates.printed:
            own = [
                line
                for line, printed in zip(document.lines, rates.of_lines, strict=True)
                if printed == rate
            ]
            assert sum(line.net_minor for line in own) == rate.net_minor
            assert sum(line.tax_minor for line in own) == rate.tax_minor
            assert sum(line.gross_minor for line in own) == rate.gross_minor
