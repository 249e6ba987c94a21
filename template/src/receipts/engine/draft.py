"""Draft documents for an event: issuer first, then lines and taxes, then kind and phrases.

Numbers come last (``numbering.py``), so whatever can fail fails here, before a
number exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receipts.domain.document_ids import event_digest
from receipts.domain.documents import DOCUMENT_VERSION, Document, Draft, EventReference
from receipts.domain.errors import ForeignCurrency, NoIssuer, TotalDiffers
from receipts.domain.numbering import shard_of
from receipts.domain.parties import IssuerRole
from receipts.engine.amounts import amounts_of

if TYPE_CHECKING:
    from receipts.business_lines.business_line import BusinessLine, Sale
    from receipts.domain.events import Event
    from receipts.domain.parties import Supplier
    from receipts.engine.facts import Facts
    from receipts.engine.rules import Rules


def draft(event: Event, line: BusinessLine, facts: Facts, rules: Rules) -> tuple[Draft, ...]:
    """The documents that are due for an event, lacking only their numbers.

    Raises:
        Rejected: The event contradicts itself or the law, or the pack has no rule for it.
    """
    sale = line.sale_of(event, rules.zone)
    identity = rules.pack.identity
    if sale.currency != identity.currency:
        raise ForeignCurrency(sale.currency, identity.currency, identity.code)
    plan = rules.plan_for(sale, line)
    supplier = _supplier(sale, plan.role, facts)
    amounts = amounts_of(sale, plan)
    if amounts.totals.payable_minor != sale.total_minor:
        raise TotalDiffers(sale.total_minor, amounts.totals.payable_minor)
    kind = plan.kind_for(amounts.totals.gross_minor)
    shard = shard_of(sale.trade_id, facts.shards)
    series = rules.series(
        plan.numbering,
        supplier_id=supplier.id,
        kind=kind.kind.value,
        issued_at=facts.issued_at,
        shard=shard,
    )
    digest = event_digest(event.source, event.id)
    document = Document(
        business_line=line.name,
        country=identity.code,
        currency=identity.currency,
        customer=sale.customer,
        document_id=f"{facts.day_of_issue}-{shard:02x}-{digest.hex()}",
        event=EventReference(event.id, event.source, line.event_tag),
        issued_at=facts.issued_at,
        issuer_role=plan.role,
        kind=kind.kind,
        languages=identity.languages,
        lines=amounts.lines,
        number="",
        pack_sha256=rules.sha256,
        pass_through=amounts.pass_through,
        payment=sale.payment,
        phrases=plan.phrases_for(kind, amounts.rule_ids),
        sequence=0,
        series=series.name,
        shard=shard,
        supplier=supplier,
        supply=sale.supply,
        tax_subtotals=amounts.subtotals,
        totals=amounts.totals,
        version=DOCUMENT_VERSION,
    )
    kind.mandatory.check(document)
    return (Draft(document, digest, series.digits, series.head),)


def _supplier(sale: Sale, role: IssuerRole, facts: Facts) -> Supplier:
    if role is IssuerRole.AGENT and sale.supplier is not None:
        return sale.supplier
    entity = facts.legal_entities.by_country.get(sale.country)
    if entity is None or role is IssuerRole.AGENT:
        raise NoIssuer(
            f"Nobody is known to sell in {sale.country} as {role.value}: "
            "add a legal entity to config/issuers.toml, or state the supplier in the event."
        )
    return entity.supplier
