"""Draft documents for events: issuer first, then lines and taxes, then kind and phrases.

Numbers come last (``numbering.py``), so whatever can fail fails here, before a
number exists.

Each step goes over the whole batch before the next one begins: code that runs on
event after event stays in the processor's cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.business_lines.business_line import Sale
from receipts.domain.document_ids import event_digest, written_document_id
from receipts.domain.documents import DOCUMENT_VERSION, Document, Draft, EventReference
from receipts.domain.errors import ForeignCurrency, NoIssuer, TotalDiffers
from receipts.domain.numbering import shard_of
from receipts.domain.parties import IssuerRole, Supplier
from receipts.engine.amounts import Amounts, amounts_of
from receipts.engine.combined_offers import with_shares
from receipts.engine.plan import Layout, Plan
from receipts.engine.rules import Kind, SeriesFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.domain.events import Event
    from receipts.engine.facts import Facts
    from receipts.engine.rules import Rules


class Case(Struct, frozen=True, gc=False):
    """A document that is due: what one party sells in one sale."""

    place: int
    """Of its event in the batch."""
    sale: Sale
    plan: Plan
    layout: Layout


class Decision(Struct, frozen=True, gc=False):
    """What the law says about a document that is due."""

    case: Case
    supplier: Supplier
    amounts: Amounts
    kind: Kind
    shard: int
    series: SeriesFormat


def draft(event: Event, line: BusinessLine, facts: Facts, rules: Rules) -> tuple[Draft, ...]:
    """The documents that are due for an event, lacking only their numbers.

    Raises:
        Rejected: The event contradicts itself or the law, or the pack has no rule for it.
    """
    return draft_all([event], line, facts, rules)[0]


def draft_all(
    events: Sequence[Event], line: BusinessLine, facts: Facts, rules: Rules
) -> list[tuple[Draft, ...]]:
    """The documents that are due for each of some events.

    Args:
        events: Of one business line and one country.
        line: That business line.
        facts: What the documents need besides.
        rules: That country's.

    Raises:
        Rejected: An event contradicts itself or the law, or the pack has no rule for it;
            draft fewer at a time to learn which.
    """
    sets = [line.sales_of(event, rules.zone) for event in events]
    _check_currencies(sets, rules)
    cases = [
        Case(place, sale, plan, layout)
        for place, sales in enumerate(sets)
        for stated in sales
        for plan in (rules.plan_for(stated, line),)
        for sale in (with_shares(stated, plan),)
        for layout in plan.layouts_for(sale)
    ]
    decided: list[list[Decision]] = [[] for _ in events]
    for case, decision in zip(cases, _decide(cases, facts, rules), strict=True):
        decided[case.place].append(decision)
    for event, decisions in zip(events, decided, strict=True):
        _check_total(line.total_of(event), decisions)
    return [
        _drafts(event, decisions, line, facts, rules)
        for event, decisions in zip(events, decided, strict=True)
    ]


def _decide(cases: Sequence[Case], facts: Facts, rules: Rules) -> list[Decision]:
    suppliers = [supplier_of(each.sale, each.layout.role, facts) for each in cases]
    amounts = [amounts_of(each.sale, each.layout, each.plan) for each in cases]
    kinds = [
        case.plan.kind_for(each.totals.gross_minor, case.layout, case.sale)
        for case, each in zip(cases, amounts, strict=True)
    ]
    shards = [shard_of(each.sale.trade_id, facts.shards) for each in cases]
    series = [
        rules.series(case.plan.numbering, supplier.id, kind.code, facts.issued_at, shard)
        for case, supplier, kind, shard in zip(cases, suppliers, kinds, shards, strict=True)
    ]
    return list(map(Decision, cases, suppliers, amounts, kinds, shards, series))


def _drafts(
    event: Event, decisions: Sequence[Decision], line: BusinessLine, facts: Facts, rules: Rules
) -> tuple[Draft, ...]:
    digest = event_digest(event.source, event.id)
    reference = EventReference(event.id, event.source, line.event_tag)
    drafts: list[Draft] = []
    for position, decision in enumerate(decisions):
        document_id = written_document_id(facts.day_of_issue, decision.shard, digest, position)
        document = _document(document_id, reference, decision, line.name, facts, rules)
        decision.kind.mandatory.check(document)
        drafts.append(Draft(document, digest, decision.series.digits, decision.series.head))
    return tuple(drafts)


def _document(  # noqa: PLR0913, PLR0917  everything that a document is made of
    document_id: str,
    event: EventReference,
    decision: Decision,
    business_line: str,
    facts: Facts,
    rules: Rules,
) -> Document:
    case, amounts = decision.case, decision.amounts
    sale, role = case.sale, case.layout.role
    identity = rules.pack.identity
    return Document(
        business_line=business_line,
        country=identity.code,
        currency=identity.currency,
        customer=sale.customer,
        document_id=document_id,
        event=event,
        issued_at=facts.issued_at,
        issuer_role=role,
        kind=decision.kind.kind,
        languages=identity.languages,
        lines=amounts.lines,
        number="",
        pack_sha256=rules.sha256,
        pass_through=amounts.pass_through,
        payment=sale.payment,
        phrases=case.plan.phrases_for(decision.kind, case.layout, amounts.rule_ids),
        retain_until=rules.retain_until(case.plan.retention, facts.issued_at),
        sequence=0,
        series=decision.series.name,
        shard=decision.shard,
        supplier=decision.supplier,
        supply=sale.supply,
        tax_subtotals=amounts.subtotals,
        totals=amounts.totals,
        trade_id=sale.trade_id,
        version=DOCUMENT_VERSION,
    )


def _check_currencies(sets: Sequence[tuple[Sale, ...]], rules: Rules) -> None:
    identity = rules.pack.identity
    for sales in sets:
        for sale in sales:
            if sale.currency != identity.currency:
                raise ForeignCurrency(sale.currency, identity.currency, identity.code)


def _check_total(stated_minor: int, decisions: Sequence[Decision]) -> None:
    due = sum(
        [each.amounts.totals.payable_minor for each in decisions if each.case.sale.is_charged]
    )
    if due != stated_minor:
        raise TotalDiffers(stated_minor, due)


def supplier_of(sale: Sale, role: IssuerRole, facts: Facts) -> Supplier:
    """Who sells, in that role.

    Raises:
        NoIssuer: Nobody is known who does.
    """
    if role is IssuerRole.AGENT and sale.supplier is not None:
        return sale.supplier
    entity = facts.legal_entities.by_country.get(sale.country)
    if entity is None or role is IssuerRole.AGENT:
        raise NoIssuer(
            f"Nobody is known to sell in {sale.country} as {role.value}: "
            "add a legal entity to config/issuers.toml, or state the supplier in the event."
        )
    return entity.supplier
