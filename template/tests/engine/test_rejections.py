"""An event that contradicts itself or the law is refused with its place and the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.countries.golden import issue_event
from tests.countries.made_up import (
    OPERATOR,
    OURS,
    SOUND,
    Files,
    added,
    changed,
    made_up_facts,
    made_up_ride,
    made_up_rules,
)

from receipts.domain.errors import (
    AmbiguousRule,
    ForeignCurrency,
    LevyDiffers,
    MalformedEvent,
    MandatoryFieldMissing,
    NoDocumentKind,
    NoIssuer,
    NoNumbering,
    NoRetention,
    NoRounding,
    NoRuleForCharge,
    Rejected,
    TotalDiffers,
)
from receipts.domain.parties import Customer

if TYPE_CHECKING:
    from receipts.business_lines.rides import TripCompleted

FARE = ("fare", 11_00)
RIDE = made_up_ride(FARE, total_minor=11_00)
DEAR = made_up_ride(("fare", 100_00), total_minor=100_00)


OLDER = {
    name: text if name == "rates.toml" else text.replace("2020-01-01", "2010-01-01")
    for name, text in SOUND.items()
}
"""The sound pack, but that nothing else is younger than its rate."""

REFUSALS: list[tuple[str, TripCompleted, Files, type[Rejected], str, str]] = [
    (
        "currency of another country",
        made_up_ride(FARE, total_minor=11_00, currency="USD"),
        SOUND,
        ForeignCurrency,
        "$.data.currency",
        "Currency 'USD' is not the one of QQ, which is EUR",
    ),
    (
        "charge that the pack does not know",
        made_up_ride(FARE, ("champagne", 90_00), total_minor=101_00),
        SOUND,
        NoRuleForCharge,
        "$.data.charges[1]",
        "No row applies to charge 'champagne' in QQ on 2026-11-23: add a dated row to",
    ),
    (
        "charge that no row has for such a ride",
        made_up_ride(FARE, total_minor=11_00, licence="rickshaw"),
        SOUND,
        NoRuleForCharge,
        "$.data.charges[0]",
        "No row applies to charge 'fare' in QQ",
    ),
    (
        "charge on a day before its first row",
        made_up_ride(FARE, total_minor=11_00, ended_at=datetime(2019, 12, 31, 22, 59, tzinfo=UTC)),
        OLDER,
        NoRuleForCharge,
        "$.data.charges[0]",
        "No row applies to charge 'fare' in QQ on 2019-12-31",
    ),
    (
        "two rows for a charge",
        RIDE,
        added(
            "rates.toml",
            '[[rates]]\nid = "qq-again"\ncharge = ["fare"]\ntax = "vat"\ncategory = "S"\n'
            'rate_percent = "5"',
        ),
        AmbiguousRule,
        "$",
        "Rows qq-fare and qq-again of QQ both apply to charge 'fare' on 2026-11-23: close one",
    ),
    (
        "two rows for who sells",
        RIDE,
        added("issuers.toml", '[[issuers]]\nid = "qq-all"\nrole = "principal"'),
        AmbiguousRule,
        "$",
        "Rows qq-own and qq-all of QQ both apply to who sells",
    ),
    (
        "two rows for the kind of document",
        RIDE,
        added("documents.toml", '[[documents]]\nid = "qq-all"\nkind = "invoice"\nmandatory = []'),
        AmbiguousRule,
        "$",
        "Rows qq-receipt and qq-all of QQ both apply to the document kind",
    ),
    (
        "levy of another amount",
        made_up_ride(FARE, ("levy", 1_49), total_minor=12_49),
        SOUND,
        LevyDiffers,
        "$.data.charges[1].amount_minor",
        "Charge 'levy' states 149 minor units, row qq-levy says 150",
    ),
    (
        "levy of another percentage",
        made_up_ride(FARE, ("share", 34), total_minor=11_34),
        SOUND,
        LevyDiffers,
        "$.data.charges[1].amount_minor",
        "Charge 'share' states 34 minor units, row qq-share says 33",
    ),
    (
        "total of another amount",
        made_up_ride(FARE, ("tip", 1_00), total_minor=11_00),
        SOUND,
        TotalDiffers,
        "$.data.total_minor",
        "The event says 1100 minor units were charged; its charges and taxes add up to 1200",
    ),
    (
        "customer that an invoice must name",
        DEAR,
        SOUND,
        MandatoryFieldMissing,
        "$.data.customer.name",
        "Row qq-invoice demands 'customer.name', which is empty",
    ),
    (
        "address that an invoice must state",
        replace(DEAR, data=replace(DEAR.data, customer=Customer(name="Jo Doe"))),
        SOUND,
        MandatoryFieldMissing,
        "$.data.customer.address",
        "Row qq-invoice demands 'customer.address', which is empty",
    ),
    (
        "operator without the tax id of an invoice",
        replace(DEAR, data=replace(DEAR.data, supplier=replace(OPERATOR, tax_id=None))),
        SOUND,
        MandatoryFieldMissing,
        "$.data.supplier.tax_id",
        "Row qq-invoice demands 'supplier.tax_id', which is empty",
    ),
    (
        "ride that ends before it starts",
        made_up_ride(
            FARE, total_minor=11_00, started_at=datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
        ),
        SOUND,
        MalformedEvent,
        "$.data.ended_at",
        r"The ride ends at 2026-11-23T14:29:00\+00:00, before it starts at 2026-11-23T14:30",
    ),
    (
        "ride outside the calendar",
        made_up_ride(FARE, total_minor=11_00, ended_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)),
        SOUND,
        MalformedEvent,
        "$.data.ended_at",
        r"The ride ends at 9999-12-31T23:59:00\+00:00, outside the years 1 to 9999",
    ),
    (
        "sale for which no row says who sells",
        RIDE,
        changed("issuers.toml", "supplier_stated = false", 'licence = "rickshaw"'),
        NoIssuer,
        "$",
        "No row of QQ says who sells fare on 2026-11-23 with .*licence = taxi",
    ),
    (
        "unknown charge where sellers are named charge by charge",
        made_up_ride(FARE, ("champagne", 90_00), total_minor=101_00),
        changed("issuers.toml", 'role = "principal"', 'role = "principal"\ncharge = ["fare"]'),
        NoRuleForCharge,
        "$.data.charges[1]",
        "No row applies to charge 'champagne'",
    ),
    (
        "agent without a stated operator",
        RIDE,
        changed("issuers.toml", 'role = "principal"', 'role = "agent_for"'),
        NoIssuer,
        "$",
        "Nobody is known to sell in QQ as agent_for: .* or state the supplier in the event",
    ),
    (
        "day without a rule of rounding",
        RIDE,
        changed("rounding.toml", "2020-01-01", "2027-01-01"),
        NoRounding,
        "$",
        "No row of QQ says how to round on 2026-11-23",
    ),
    (
        "day without a rule of numbering",
        RIDE,
        changed("numbering.toml", "2020-01-01", "2027-01-01"),
        NoNumbering,
        "$",
        "No row of QQ says how to number on 2026-11-23",
    ),
    (
        "day without a rule of retention",
        RIDE,
        changed("retention.toml", "2020-01-01", "2027-01-01"),
        NoRetention,
        "$",
        "No row of QQ says how long to keep on 2026-11-23",
    ),
    (
        "kind of document without a code",
        RIDE,
        changed("numbering.toml", 'receipt = "R", ', ""),
        NoNumbering,
        "$",
        "Row qq-numbering of QQ has no code for receipt",
    ),
    (
        "total for which no kind of document is due",
        RIDE,
        changed("documents.toml", "below = 100_00", "below = 10_00"),
        NoDocumentKind,
        "$",
        "No row of documents.toml of QQ applies on 2026-11-23 to a gross of 1100 minor units",
    ),
]


@pytest.mark.parametrize(
    ("ride", "files", "error", "path", "reason"),
    [case[1:] for case in REFUSALS],
    ids=[case[0] for case in REFUSALS],
)
def test_a_refusal_names_the_place_and_the_reason(
    ride: TripCompleted, files: Files, error: type[Rejected], path: str, reason: str
) -> None:
    with pytest.raises(error, match=reason) as refusal:
        issue_event(ride, made_up_facts(), made_up_rules(files))

    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("ride", "files"), [case[1:3] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_an_event_is_refused_every_time_it_comes(ride: TripCompleted, files: Files) -> None:
    rules = made_up_rules(files)
    refusals = []
    for _ in range(2):
        with pytest.raises(Rejected) as refusal:
            issue_event(ride, made_up_facts(), rules)
        refusals.append(str(refusal.value))

    assert refusals[0] == refusals[1]


def test_a_country_in_which_we_have_no_company_is_refused() -> None:
    with pytest.raises(NoIssuer, match="Nobody is known to sell in QQ as principal: add a legal"):
        issue_event(RIDE, made_up_facts(companies=()), made_up_rules())


def test_the_ride_that_these_tests_spoil_is_issued_when_it_is_not() -> None:
    customer = Customer(address=OURS.address, name="Jo Doe")
    dear = replace(DEAR, data=replace(DEAR.data, customer=customer))

    assert issue_event(RIDE, made_up_facts(), made_up_rules()).totals.payable_minor == 11_00
    assert issue_event(dear, made_up_facts(), made_up_rules()).totals.payable_minor == 100_00
