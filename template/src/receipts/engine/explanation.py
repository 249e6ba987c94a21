"""Why an event leads to its documents: every decision with the row that made it.

Nothing is decided here. The documents are those of `draft`; the rows are those that
the plan chose for them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.corrections import CorrectionCause, RefundReason
from receipts.domain.documents import DocumentKind, Totals
from receipts.domain.parties import IssuerRole
from receipts.engine.combined_offers import with_shares
from receipts.engine.corrections import due_documents
from receipts.engine.draft import draft
from receipts.engine.reasons import (
    AND,
    DocumentReasons,
    ExplainedLine,
    ExplainedPassThrough,
    ExplainedPhrase,
    Reason,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from receipts.business_lines.business_line import BusinessLine, Sale
    from receipts.domain.corrections import CorrectionEvent
    from receipts.domain.documents import Document
    from receipts.domain.events import Event
    from receipts.engine.corrections import Due, Original
    from receipts.engine.facts import Facts
    from receipts.engine.plan import Layout, Plan
    from receipts.engine.rules import Rules


class ExplainedIssuer(Struct, frozen=True):
    """Who sells what is on the document."""

    id: str
    name: str
    role: IssuerRole
    reasons: tuple[Reason, ...]
    """More than one where its charges are given to it by different rows."""


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


class ExplainedCorrection(Struct, frozen=True):
    """A document that a correction would lead to.

    Seller, rates and texts are those of the document that it corrects, so the rows behind them
    are the ones of then.
    """

    cause: CorrectionCause
    refund_reason: RefundReason | None
    corrects: str
    """Number of the document before it."""
    corrects_kind: DocumentKind
    country: str
    currency: str
    language: str
    supply_date: date
    kind: DocumentKind
    kind_reason: Reason
    supplier: str
    charges: tuple[ExplainedLine | ExplainedPassThrough, ...]
    phrases: tuple[ExplainedPhrase, ...]
    rounding: Reason
    numbering: Reason
    retention: Reason
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


def explain_correction(
    event: CorrectionEvent, original: Original, facts: Facts, rules: Rules
) -> tuple[ExplainedCorrection, ...]:
    """The documents that are due for a correction, each with its reasons.

    Raises:
        Rejected: It contradicts what was issued or the law, or the pack has no rule for it.
    """
    due = due_documents(event, original, facts, rules)
    return tuple(_explained_correction(each, original, rules) for each in due)


def _explained_correction(due: Due, original: Original, rules: Rules) -> ExplainedCorrection:
    document, plan, kind = due.document, due.plan, due.kind.row
    reasons = DocumentReasons(document, due.sale, original.line, rules)
    correction = document.correction
    if correction is None:
        raise TypeError(f"{document.kind} is due for a correction and corrects nothing")
    return ExplainedCorrection(
        cause=correction.cause,
        refund_reason=correction.reason,
        corrects=correction.preceding.number,
        corrects_kind=correction.preceding.kind,
        country=document.country,
        currency=document.currency,
        language=document.languages[0],
        supply_date=document.supply.date,
        kind=document.kind,
        kind_reason=reasons.of(kind, reasons.role_if(kind.roles)),
        supplier=document.supplier.name,
        charges=(*reasons.lines(), *reasons.passed_through()),
        phrases=tuple(reasons.phrases()),
        rounding=reasons.of(plan.rounding_row),
        numbering=reasons.of(plan.numbering),
        retention=reasons.of(plan.retention),
        totals=document.totals,
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
        self._reasons = DocumentReasons(document, sale, line, rules)

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
            kind_reason=self._reasons.of(kind.row, self._reasons.role_if(kind.row.roles)),
            issuer=self._issuer(),
            charges=(*self._reasons.lines(), *self._reasons.passed_through()),
            phrases=tuple(self._reasons.phrases()),
            rounding=self._reasons.of(self._plan.rounding_row),
            numbering=self._reasons.of(self._plan.numbering),
            retention=self._reasons.of(self._plan.retention),
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
        return self._reasons.of(row, {"charge": AND.join(charges)} if row.charge else {})

    def _charges(self) -> Iterable[str]:
        for group in self._layout.groups:
            yield from (rate.charge for rate in group.rows)
        yield from (each.charge for _, each in self._layout.pass_through)
