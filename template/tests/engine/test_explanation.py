"""An explanation names the rows that decided, and no other."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.countries.golden import (
    LINES,
    documents_of,
    golden_cases,
    golden_packs,
    read_event,
    rules_of,
)
from tests.countries.made_up import (
    EVIDENCE,
    OPERATOR,
    SOUND,
    changed,
    made_up_facts,
    made_up_ride,
    made_up_rules,
)
from tests.engine.test_combined_offers import FIXED_SHARES, SINGLE_PRICES, sale_of
from tests.engine.test_combined_offers import pack as offers

from receipts.business_lines.rides import LINE
from receipts.domain.errors import Rejected
from receipts.domain.parties import IssuerRole
from receipts.engine.explanation import explain
from receipts.engine.reasons import ExplainedLine, ExplainedPassThrough

if TYPE_CHECKING:
    from collections.abc import Iterator

    from receipts.business_lines.rides import TripCompleted
    from receipts.engine.explanation import ExplainedDocument
    from receipts.engine.reasons import Reason, Stated
    from receipts.pipeline.golden import GoldenPack

RIDE = made_up_ride(("fare", 11_90), ("tip", 2_00), total_minor=13_90)


def reasons(document: ExplainedDocument) -> Iterator[Reason]:
    yield from document.issuer.reasons
    yield document.kind_reason
    yield from (charge.reason for charge in document.charges)
    yield from (each.sharing for each in taxed(document) if each.sharing)
    yield from (phrase.reason for phrase in document.phrases)
    yield document.rounding
    yield document.numbering


def taxed(document: ExplainedDocument) -> list[ExplainedLine]:
    return [each for each in document.charges if isinstance(each, ExplainedLine)]


def explained(ride: TripCompleted = RIDE) -> ExplainedDocument:
    (document,) = explain(ride, LINE, made_up_facts(), made_up_rules())
    return document


def test_every_decision_has_its_row_and_what_the_row_asked_for() -> None:
    found = {reason.row: reason.because for reason in reasons(explained())}

    assert found == {
        "qq-own": {"supplier_stated": False},
        "qq-receipt": {"gross_minor": 11_90},
        "qq-fare": {"licence": "taxi"},
        "qq-tip": {},
        "qq-phrase-tip": {"kind": "receipt", "row": "qq-tip"},
        "qq-rounding": {},
        "qq-numbering": {},
    }


@pytest.mark.parametrize("row", [reason.row for reason in reasons(explained())])
def test_without_a_row_that_an_explanation_names_the_event_comes_to_something_else(
    row: str,
) -> None:
    files = {name: without(row, text) for name, text in SOUND.items()}
    if row == "qq-tip":  # its phrase cannot stand without it
        files["phrases.toml"] = ""
    assert files != SOUND

    try:
        (other,) = explain(RIDE, LINE, made_up_facts(), made_up_rules(files))
    except Rejected:
        return

    assert other != explained()


def without(row: str, text: str) -> str:
    head, *rows = text.split("\n[[")
    return "\n[[".join([head, *(each for each in rows if f'"{row}"' not in each.split("\n")[1])])


def test_charges_say_whether_they_are_taxed_or_passed_through() -> None:
    fare, tip = explained().charges

    assert isinstance(fare, ExplainedLine)
    assert (fare.charge, fare.gross_minor, fare.rate_percent, fare.tax_minor) == (
        "fare",
        11_90,
        "10",
        1_08,
    )
    assert isinstance(tip, ExplainedPassThrough)
    assert (tip.charge, tip.amount_minor, tip.receiver) == ("tip", 2_00, "driver")


def test_an_operator_who_sells_is_the_issuer_with_the_row_that_says_so() -> None:
    ride = made_up_ride(("fare", 11_90), total_minor=11_90, supplier=OPERATOR)

    issuer = explained(ride).issuer

    assert (issuer.id, issuer.role) == ("THEIRS", IssuerRole.AGENT)
    assert [reason.row for reason in issuer.reasons] == ["qq-operator"]


def test_a_row_for_some_charges_or_roles_says_which_of_them_it_was_used_for() -> None:
    files = changed("issuers.toml", 'id   = "qq-own"', 'id   = "qq-own"\ncharge = ["fare", "tip"]')
    files["phrases.toml"] += f"""
[[phrases]]
id    = "qq-phrase-own"
roles = ["principal"]
text  = {{ en = "We drove.", de = "Wir fuhren." }}
{EVIDENCE}"""

    (document,) = explain(RIDE, LINE, made_up_facts(), made_up_rules(files))

    found = {reason.row: reason.because for reason in reasons(document)}
    assert found["qq-own"] == {"supplier_stated": False, "charge": "fare and tip"}
    assert found["qq-phrase-own"] == {"issuer_role": "principal"}


def test_a_charge_that_is_only_collected_says_nothing_about_the_issuer() -> None:
    files = changed("issuers.toml", 'id   = "qq-own"', 'id   = "qq-own"\ncharge = ["fare"]')
    files["issuers.toml"] = files["issuers.toml"].replace(
        "when = { supplier_stated = true }", 'charge = ["tip"]'
    )

    (document,) = explain(RIDE, LINE, made_up_facts(), made_up_rules(files))

    assert [charge.charge for charge in document.charges] == ["fare", "tip"]
    assert [reason.row for reason in document.issuer.reasons] == ["qq-own"]


def test_a_phrase_of_several_rows_names_the_one_that_was_used() -> None:
    files = changed("phrases.toml", '["qq-tip"]', '["qq-levy", "qq-tip"]')

    (document,) = explain(RIDE, LINE, made_up_facts(), made_up_rules(files))

    assert document.phrases[0].reason.because["row"] == "qq-tip"


def test_an_unseen_source_is_told_with_its_row() -> None:
    files = changed("rates.toml", "verified   = true", "verified   = false")

    (document,) = explain(RIDE, LINE, made_up_facts(), made_up_rules(files))

    assert [each.row for each in reasons(document) if not each.verified] == ["qq-fare"]


def test_a_share_of_a_combined_offer_says_why_it_is_that_large() -> None:
    rules = made_up_rules(offers(SINGLE_PRICES, FIXED_SHARES))
    sales = [
        sale_of(10_00, ("meal", None), ("drink", None)),
        sale_of(10_00, ("meal", 9_00), ("drink", 3_00)),
    ]

    answers = [
        explain(
            RIDE,
            replace(LINE, sales_of=lambda *_, sale=sale: (sale,), total_of=lambda _: 17_50),
            made_up_facts(),
            rules,
        )
        for sale in sales
    ]

    found = [
        [each.sharing and each.sharing.because for each in taxed(document)]
        for (document,) in answers
    ]
    fixed: Stated = {"sharing": "fixed_shares", "price_minor": 10_00, "single_prices_stated": False}
    alone: Stated = {"sharing": "single_prices", "price_minor": 10_00, "single_prices_stated": True}
    assert found == [
        [None, {**fixed, "share": "66.67 %"}, {**fixed, "share": "33.33 %"}],
        [None, alone, alone],
    ]


@pytest.mark.parametrize("pack", golden_packs(), ids=attrgetter("name"))
def test_every_golden_case_is_explained_document_by_document(pack: GoldenPack) -> None:
    rules = rules_of(pack.load())
    for case in golden_cases(pack):
        if case.after:  # a correction is explained by the event that it corrects
            continue
        event = read_event(case.event)

        documents = explain(event, LINES[type(event)], pack.facts, rules)

        for issued, document in zip(documents_of(case), documents, strict=True):
            assert document.totals == issued.totals
            assert document.issuer.id == issued.supplier.id
            assert document.issuer.reasons
            assert [charge.reason.row for charge in document.charges] == [
                *(line.rate_id for line in issued.lines),
                *(each.rule_id for each in issued.pass_through),
            ]
            assert [each.sharing and each.sharing.row for each in taxed(document)] == [
                line.item.share_of.rule_id if line.item and line.item.share_of else None
                for line in issued.lines
            ]
            for reason in reasons(document):
                assert None not in reason.because.values()
