"""What the engine makes of any ride, and of the very ride beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.countries.golden import (
    LINES,
    expectation_of,
    golden_packs,
    issue,
    issue_all,
    issue_event,
    rules_of,
)
from tests.countries.independent import said
from tests.countries.independent_sales import Refused
from tests.countries.made_up import (
    EVIDENCE,
    OPERATOR,
    OURS,
    SOUND,
    made_up_facts,
    made_up_ride,
    made_up_rules,
)
from tests.engine.random_events import plausible_events, wild_events

from receipts.countries.loader import load_pack
from receipts.domain.document_ids import DocumentId, event_digest, parse_document_id
from receipts.domain.documents import DocumentKind, Totals
from receipts.domain.errors import NoIssuer, Rejected
from receipts.domain.numbering import shard_of
from receipts.domain.parties import Customer, IssuerRole
from receipts.engine.draft import draft
from receipts.engine.facts import Facts
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject
    from tests.countries.independent_sales import Tables

    from receipts.domain.parties import Supplier
    from receipts.engine.rules import Rules
    from receipts.pipeline.golden import GoldenPack

each_pack = pytest.mark.parametrize("pack", golden_packs(), ids=lambda pack: pack.name)


def as_bytes(event: Tables) -> bytes:
    """An event as it arrives."""
    return json.dumps(event).encode()


RULES = {pack: rules_of(load_pack(pack.folder)) for pack in golden_packs()}
"""Compiled once, so every test also meets what earlier events left in the look-up tables."""

patient = settings(deadline=None, max_examples=40)
"""A pack is compiled inside some examples; how long one takes is no promise of these tests."""


def outcome(event: bytes, facts: Facts, rules: Rules) -> bytes:
    """The documents of an event, or the words in which it is refused."""
    try:
        return canonical_json(issue(event, facts, rules))
    except Rejected as rejection:
        return f"{rejection.code} {rejection.path} {rejection.reason}".encode()


@each_pack
@patient
@given(st.data())
def test_the_engine_issues_and_refuses_what_the_independent_calculation_does(
    pack: GoldenPack, data: DataObject
) -> None:
    event = data.draw(plausible_events(pack))
    event["data"]["total_minor"] += data.draw(st.sampled_from([0, 0, 0, 1]))
    try:
        expected = expectation_of(as_bytes(event), pack).says
    except Refused:
        expected = None

    try:
        documents = issue(as_bytes(event), pack.facts, RULES[pack])
    except Rejected:
        assert expected is None
    else:
        assert [said(json.loads(canonical_json(each))) for each in documents] == expected


@each_pack
@patient
@given(st.data())
def test_printed_lines_add_up_to_printed_totals(pack: GoldenPack, data: DataObject) -> None:
    event = as_bytes(data.draw(plausible_events(pack)))
    try:
        documents = issue(event, pack.facts, RULES[pack])
    except Rejected:
        assume(False)
        raise

    for document in documents:
        totals = document.totals
        for parts in (document.lines, document.tax_subtotals):
            assert sum(part.gross_minor for part in parts) == totals.gross_minor
            assert sum(part.net_minor for part in parts) == totals.net_minor
            assert sum(part.tax_minor for part in parts) == totals.tax_minor
            assert all(part.net_minor + part.tax_minor == part.gross_minor for part in parts)
        passed = sum(item.amount_minor for item in document.pass_through)
        assert passed == totals.pass_through_minor
        assert totals.gross_minor + totals.pass_through_minor == totals.payable_minor


@each_pack
@patient
@given(st.data())
def test_a_document_has_one_subtotal_for_each_tax_category_and_rate(
    pack: GoldenPack, data: DataObject
) -> None:
    event = as_bytes(data.draw(plausible_events(pack)))
    try:
        documents = issue(event, pack.facts, RULES[pack])
    except Rejected:
        assume(False)
        raise

    for subtotals in (document.tax_subtotals for document in documents):
        rates = [(each.tax["en"], each.category, each.rate_percent) for each in subtotals]
        assert len(set(rates)) == len(rates)


@each_pack
@settings(patient, max_examples=15)
@given(st.data())
def test_events_in_another_order_give_the_same_documents(
    pack: GoldenPack, data: DataObject
) -> None:
    events = [as_bytes(event) for event in data.draw(_several(pack))]
    facts = Facts(pack.facts.issued_at, pack.facts.legal_entities, shards=7)
    one_way, other_way = (rules_of(load_pack(pack.folder)) for _ in range(2))

    first = {event: outcome(event, facts, one_way) for event in events}
    permuted = data.draw(st.permutations(events))
    second = {event: outcome(event, facts, other_way) for event in permuted}

    assert first == second


@each_pack
@patient
@given(st.data())
def test_what_was_looked_up_before_never_changes_an_answer(
    pack: GoldenPack, data: DataObject
) -> None:
    event = as_bytes(data.draw(plausible_events(pack)))
    never_used = rules_of(load_pack(pack.folder))

    assert outcome(event, pack.facts, RULES[pack]) == outcome(event, pack.facts, never_used)


@each_pack
@patient
@given(st.data())
def test_no_event_that_the_schema_lets_in_crashes_the_engine(
    pack: GoldenPack, data: DataObject
) -> None:
    identity = RULES[pack].pack.identity
    event = data.draw(wild_events(identity.code, identity.currency))

    refusal: Rejected | None = None
    try:
        issue_all(event, pack.facts, RULES[pack])
    except Rejected as rejection:
        refusal = rejection

    if refusal is not None:
        assert refusal.reason
        assert refusal.path.startswith("$")


def test_a_draft_has_no_number_yet() -> None:
    ride = made_up_ride(("fare", 11_00), total_minor=11_00)

    (item,) = draft(ride, LINES[type(ride)], made_up_facts(), made_up_rules())

    assert (item.document.number, item.document.sequence) == ("", 0)
    assert (item.number_head, item.number_digits) == ("OURS-QQ-R2026-0-", 4)


def test_a_document_id_tells_the_day_the_shard_and_the_event() -> None:
    ride = made_up_ride(("fare", 11_00), total_minor=11_00)

    document = issue_event(ride, made_up_facts(shards=16), made_up_rules())

    shard = shard_of("trip-1", 16)
    found = DocumentId("20261124", shard, event_digest("/made-up", "trip-1"), 0)
    assert parse_document_id(document.document_id) == found
    assert document.shard == shard
    assert document.series == f"OURS/QQ/receipt/2026/{shard}"


def test_a_stated_operator_is_the_supplier_and_we_only_issue_for_them() -> None:
    rules = made_up_rules()

    ours = issue_event(made_up_ride(("fare", 1), total_minor=1), made_up_facts(), rules)
    theirs = made_up_ride(("fare", 1), total_minor=1, supplier=OPERATOR)
    for_them = issue_event(theirs, made_up_facts(companies=()), rules)

    assert (ours.supplier.id, ours.issuer_role) == ("OURS", IssuerRole.PRINCIPAL)
    assert (for_them.supplier, for_them.issuer_role) == (OPERATOR, IssuerRole.AGENT)
    assert for_them.series == "THEIRS/QQ/receipt/2026/0"


def test_a_fare_of_nothing_is_a_line_but_a_tip_of_nothing_is_not() -> None:
    ride = made_up_ride(("fare", 0), ("tip", 0), total_minor=0)

    document = issue_event(ride, made_up_facts(), made_up_rules())

    assert [line.charge for line in document.lines] == ["fare"]
    assert document.pass_through == ()
    assert document.phrases == ()


def test_a_percentage_levy_counts_every_part_of_a_charge() -> None:
    charges = (("fare", 10_00), ("tip", 1_00), ("tip", 2_00), ("share", 39))
    ride = made_up_ride(*charges, total_minor=13_39)

    document = issue_event(ride, made_up_facts(), made_up_rules())

    assert [item.amount_minor for item in document.pass_through] == [1_00, 2_00, 39]


@pytest.mark.parametrize(
    ("fare", "kind"), [(99_99, DocumentKind.RECEIPT), (100_00, DocumentKind.INVOICE)]
)
def test_the_total_with_tax_decides_the_kind_of_document(fare: int, kind: DocumentKind) -> None:
    rules = made_up_rules()
    issue_event(made_up_ride(("fare", 50_00), total_minor=50_00), made_up_facts(), rules)
    customer = Customer(address=OURS.address, name="Jo Doe")

    ride = made_up_ride(("fare", fare), ("tip", 9_00), total_minor=fare + 9_00, customer=customer)

    assert issue_event(ride, made_up_facts(), rules).kind is kind


def _several(pack: GoldenPack) -> st.SearchStrategy[list[dict[str, object]]]:
    return st.lists(
        plausible_events(pack), min_size=2, max_size=5, unique_by=lambda event: str(event["id"])
    )


DEEMED = {
    **SOUND,
    "issuers.toml": f"""
[[issuers]]
id   = "qq-own"
role = "principal"
when = {{ supplier_stated = false }}
{EVIDENCE}
[[issuers]]
id       = "qq-operator"
role     = "agent_for"
valid_to = 2026-11-22
when     = {{ supplier_stated = true }}
{EVIDENCE}
[[issuers]]
id   = "qq-deemed"
role = "deemed_supplier"
when = {{ supplier_stated = true }}
{EVIDENCE.replace("2020-01-01", "2026-11-23")}
""",
    "phrases.toml": f"""
[[phrases]]
id    = "qq-phrase-deemed"
roles = ["deemed_supplier"]
text  = {{ en = "We are deemed to sell it.", de = "Wir gelten als Erbringer." }}
{EVIDENCE}
""",
}
"""The made-up country puts the platform in the operator's place from 23 November 2026 on."""


@pytest.mark.parametrize(
    ("day", "seller", "role", "series", "phrases"),
    [
        (22, OPERATOR, IssuerRole.AGENT, "THEIRS/QQ/receipt/2026/0", []),
        (23, OURS, IssuerRole.DEEMED_SUPPLIER, "OURS/QQ/receipt/2026/0", ["qq-phrase-deemed"]),
    ],
)
def test_a_law_may_put_the_platform_in_the_supplier_s_place_from_a_day_on(
    day: int, seller: Supplier, role: IssuerRole, series: str, phrases: list[str]
) -> None:
    ended_at = datetime(2026, 11, day, 14, tzinfo=UTC)
    ride = made_up_ride(("fare", 11_00), total_minor=11_00, supplier=OPERATOR, ended_at=ended_at)

    document = issue_event(ride, made_up_facts(), made_up_rules(DEEMED))

    assert (document.supplier, document.issuer_role, document.series) == (seller, role, series)
    assert [phrase.id for phrase in document.phrases] == phrases
    # Who owes the tax changes, the tax itself does not.
    assert document.totals == Totals(11_00, 10_00, 0, 11_00, 1_00)


def test_a_deemed_supplier_that_has_no_company_there_is_refused() -> None:
    ride = made_up_ride(("fare", 11_00), total_minor=11_00, supplier=OPERATOR)

    with pytest.raises(NoIssuer, match="Nobody is known to sell in QQ as deemed_supplier"):
        issue_event(ride, made_up_facts(companies=()), made_up_rules(DEEMED))
