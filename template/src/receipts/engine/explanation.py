"""Why an event leads to its documents: every decision with the row that made it.

Nothing is decided here. The documents are those of `draft`; the rows are those that
the plan chose for them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.documents import DocumentKind, PassThroughKind, Texts, Totals
from receipts.domain.parties import IssuerRole
from receipts.domain.taxes import TaxCategory
from receipts.engine.combined_offers import with_shares
from receipts.engine.draft import draft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from receipts.business_lines.business_line import Attribute, BusinessLine, Sale
    from receipts.countries.pack import Row
    from receipts.domain.documents import Document, Line
    from receipts.domain.events import Event
    from receipts.engine.facts import Facts
    from receipts.engine.plan import Layout, Plan
    from receipts.engine.rules import Rules

Stated = dict[str, bool | int | str | None]
"""Values of a sale or document, by the name under which a row asks for them."""

AND = " and "


class Reason(Struct, frozen=True):
    """The row of the pack that decided, and on what."""

    row: str
    source: str
    verified: bool
    because: Stated
    """What the row's conditions ask for, as this event has it; empty for a row without any."""


class ExplainedIssuer(Struct, frozen=True):
    """Who sells what is on the document."""

    id: str
    name: str
    role: IssuerRole
    reasons: tuple[Reason, ...]
    """More than one where its charges are given to it by different rows."""


class ExplainedLine(Struct, frozen=True, tag="taxed", tag_field="treatment"):
    """A charge that is taxed; a rate of zero is one, too."""

    category: TaxCategory
    charge: str
    gross_minor: int
    item: str | None
    rate_percent: str
    reason: Reason
    sharing: Reason | None
    """Why that much of a combined offer's price is on this line; None for any other."""
    tax: Texts
    tax_minor: int


class ExplainedPassThrough(Struct, frozen=True, tag="passed_through", tag_field="treatment"):
    """A charge that is collected for somebody else."""

    amount_minor: int
    charge: str
    kind: PassThroughKind
    reason: Reason
    receiver: str


class ExplainedPhrase(Struct, frozen=True):
    """A sentence on the document."""

    reason: Reason
    text: Texts


class ExplainedDocument(Struct, frozen=True):
    """A document that the event would lead to, and why it is as it is."""

    country: str
    currency: str
    language: str
    """The document's own; every text has it."""
    supply_date: date
    kind: DocumentKind
    kind_reason: Reason
    issuer: ExplainedIssuer
    charges: tuple[ExplainedLine | ExplainedPassThrough, ...]
    phrases: tuple[ExplainedPhrase, ...]
    rounding: Reason
    numbering: Reason
    retention: Reason
    retain_until: date
    totals: Totals


def explain(
    event: Event, line: BusinessLine, facts: Facts, rules: Rules
) -> tuple[ExplainedDocument, ...]:
    """The documents that are due for an event, each with its reasons.

    Raises:
        Rejected: The event contradicts itself or the law, or the pack has no rule for it.
    """
    drafts = draft(event, line, facts, rules)
    # Drafting went the same way over the same sales, so the two lists run in step.
    cases = [
        (sale, plan, layout)
        for stated in line.sales_of(event, rules.zone)
        for plan in (rules.plan_for(stated, line),)
        for sale in (with_shares(stated, plan),)
        for layout in plan.layouts_for(sale)
    ]
    return tuple(
        _Explainer(item.document, sale, plan, layout, line, rules).explained()
        for item, (sale, plan, layout) in zip(drafts, cases, strict=True)
    )


class _Explainer:
    """Finds the rows behind one document."""

    def __init__(  # noqa: PLR0913, PLR0917  what a document is made of
        self,
        document: Document,
        sale: Sale,
        plan: Plan,
        layout: Layout,
        line: BusinessLine,
        rules: Rules,
    ) -> None:
        self._document = document
        self._sale = sale
        self._plan = plan
        self._layout = layout
        self._issuers = {row.id: row for row in rules.pack.issuers}
        self._charge_rows = {row.id: row for row in rules.pack.charge_rows()}
        self._offer_rows = {row.id: row for row in rules.pack.combined_offers}
        self._phrases = {row.id: row for row in rules.pack.phrases}
        self._stated: Mapping[str, Attribute] = {
            **dict(zip(line.attributes, sale.attributes, strict=True)),
            "gross_minor": document.totals.gross_minor,
        }

    def explained(self) -> ExplainedDocument:
        """The document with the row and source behind each of its parts."""
        document, gross_minor = self._document, self._document.totals.gross_minor
        kind = self._plan.kind_for(gross_minor, self._layout, self._sale)
        return ExplainedDocument(
            country=document.country,
            currency=document.currency,
            language=document.languages[0],
            supply_date=document.supply.date,
            kind=document.kind,
            kind_reason=self._reason(kind.row, self._role_if(kind.row.roles)),
            issuer=self._issuer(),
            charges=(*self._lines(), *self._passed_through()),
            phrases=tuple(
                ExplainedPhrase(self._phrase_reason(phrase.id), phrase.text)
                for phrase in document.phrases
            ),
            rounding=self._reason(self._plan.rounding_row),
            numbering=self._reason(self._plan.numbering),
            retention=self._reason(self._plan.retention),
            retain_until=document.retain_until,
            totals=document.totals,
        )

    def _issuer(self) -> ExplainedIssuer:
        document = self._document
        charges_of: dict[str, list[str]] = {}
        for charge in dict.fromkeys(self._charges()):
            row = self._plan.issuer_for(charge, self._sale)
            # A charge that is only collected here may be another party's to sell.
            if row.role is document.issuer_role:
                charges_of.setdefault(row.id, []).append(charge)
        return ExplainedIssuer(
            id=document.supplier.id,
            name=document.supplier.name,
            role=document.issuer_role,
            reasons=tuple(
                self._issuer_reason(row_id, charges) for row_id, charges in charges_of.items()
            ),
        )

    def _issuer_reason(self, row_id: str, charges: list[str]) -> Reason:
        row = self._issuers[row_id]
        return self._reason(row, {"charge": AND.join(charges)} if row.charge else {})

    def _charges(self) -> Iterable[str]:
        for group in self._layout.groups:
            yield from (rate.charge for rate in group.rows)
        yield from (each.charge for _, each in self._layout.pass_through)

    def _lines(self) -> Iterable[ExplainedLine]:
        for line in self._document.lines:
            subtotal = self._document.tax_subtotals[line.tax_subtotal]
            yield ExplainedLine(
                category=subtotal.category,
                charge=line.charge,
                gross_minor=line.gross_minor,
                item=line.item.name if line.item else None,
                rate_percent=subtotal.rate_percent,
                reason=self._reason(self._charge_rows[line.rate_id]),
                sharing=self._sharing(line),
                tax=subtotal.tax,
                tax_minor=line.tax_minor,
            )

    def _sharing(self, line: Line) -> Reason | None:
        if line.item is None or line.item.share_of is None:
            return None
        share = line.item.share_of
        row = self._offer_rows[share.rule_id]
        more: Stated = {"sharing": row.sharing.value}
        if share.price_minor is not None:
            more["price_minor"] = share.price_minor
        if row.shares:
            more["share"] = f"{row.shares[line.charge]} %"
        stated = row.when.get("single_prices_stated")
        if isinstance(stated, bool):
            # The row was chosen, so the offer has it as the row asks.
            more["single_prices_stated"] = stated
        return self._reason(row, more)

    def _passed_through(self) -> Iterable[ExplainedPassThrough]:
        for each in self._document.pass_through:
            yield ExplainedPassThrough(
                amount_minor=each.amount_minor,
                charge=each.charge,
                kind=each.kind,
                reason=self._reason(self._charge_rows[each.rule_id]),
                receiver=each.receiver,
            )

    def _phrase_reason(self, row_id: str) -> Reason:
        row, document = self._phrases[row_id], self._document
        used = [line.rate_id for line in document.lines]
        used += [each.rule_id for each in document.pass_through]
        items = [line.item for line in document.lines if line.item is not None]
        used += [item.share_of.rule_id for item in items if item.share_of is not None]
        more: Stated = {"kind": document.kind.value} if row.kinds else {}
        more |= self._role_if(row.roles)
        if row.rules:
            more["row"] = AND.join(rule for rule in row.rules if rule in used)
        return self._reason(row, more)

    def _role_if(self, roles: tuple[IssuerRole, ...]) -> Stated:
        return {"issuer_role": self._document.issuer_role.value} if roles else {}

    def _reason(self, row: Row, more: Stated | None = None) -> Reason:
        because = {name: self._stated[name] for name in row.when if name in self._stated}
        return Reason(row.id, row.source, row.verified, {**because, **(more or {})})
