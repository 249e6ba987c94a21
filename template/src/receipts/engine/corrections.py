"""Draft documents that correct earlier ones: refunds, cancellations, later tips, full invoices.

Rates and texts are those of the first document: what is given back was taxed then. Only
who a later tip belongs to is asked of the pack, as of the day of the ride or order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct
from msgspec.structs import replace

from receipts.business_lines.business_line import BusinessLine, Sale
from receipts.domain.corrections import (
    CORRECTION_EVENTS,
    ChargeRefunded,
    CorrectionCause,
    DocumentRequested,
    RefundReason,
    TipAdded,
)
from receipts.domain.document_ids import event_digest, written_document_id
from receipts.domain.documents import (
    Correction,
    Document,
    DocumentKind,
    Draft,
    EventReference,
    PrecedingDocument,
)
from receipts.domain.errors import (
    ForeignCurrency,
    NoRuleForCharge,
    NotCorrectable,
    TotalDiffers,
)
from receipts.domain.events import Charge, Event
from receipts.domain.tax_ids import check_tax_id
from receipts.engine.amounts import amounts_of, offer_rows
from receipts.engine.balances import Balance, Part
from receipts.engine.draft import supplier_of
from receipts.engine.plan import Plan
from receipts.engine.refunds import taken_from
from receipts.engine.rules import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from receipts.domain.corrections import (
        CorrectionEvent,
        LaterTip,
        OriginalEvent,
        Refund,
    )
    from receipts.domain.parties import Customer
    from receipts.engine.balances import Slot
    from receipts.engine.facts import Facts
    from receipts.engine.plan import Layout
    from receipts.engine.rules import Rules

TIP = "tip"
"""Charge of a later tip."""

MOST_CORRECTIONS = 200
"""Documents that may correct one event. Each correction reads all before it, so what an upstream
system repeats by mistake must not hold up a shard."""


class Original(Struct, frozen=True):
    """What a correction corrects."""

    event: Event
    """The ride or order; of a later tip the one that the tip was given for."""
    line: BusinessLine
    documents: tuple[Document, ...]
    """Issued for the event that the correction names."""
    corrections: tuple[Document, ...]
    """Issued for it since, in that order."""


def billed_event(named: OriginalEvent, event_of: Callable[[OriginalEvent], Event]) -> Event:
    """The ride or order that a correction is about; for a later tip the one it was given for.

    Args:
        named: What the correction names.
        event_of: Finds an event that was issued.

    Raises:
        NotCorrectable: It is itself a correction of documents.
        UnknownOriginal: It was not issued.
    """
    event = event_of(named)
    if isinstance(event, TipAdded):
        event = event_of(event.data.original)
    if isinstance(event, CORRECTION_EVENTS):
        raise NotCorrectable(
            f"Event {named.id!r} of {named.source!r} is itself a correction: name the event "
            "of the ride, the order or the tip.",
            "$.data.original",
        )
    return event


class Due(Struct, frozen=True):
    """A document that is due; it lacks its id, series and number."""

    document: Document
    kind: Kind
    plan: Plan
    sale: Sale


def draft_correction(
    event: CorrectionEvent, original: Original, facts: Facts, rules: Rules
) -> tuple[Draft, ...]:
    """The documents that are due for a correction, lacking only their numbers.

    Raises:
        Rejected: It contradicts what was issued or the law, or the pack has no rule for it.
    """
    return _drafts(event, due_documents(event, original, facts, rules), facts, rules)


def due_documents(
    event: CorrectionEvent, original: Original, facts: Facts, rules: Rules
) -> list[Due]:
    """The same with the rows that decided.

    Raises:
        Rejected: It contradicts what was issued or the law, or the pack has no rule for it.
    """
    if len(original.corrections) >= MOST_CORRECTIONS:
        raise NotCorrectable(
            f"{len(original.corrections)} documents correct it already: see why its upstream "
            "system sends so many.",
            "$.data.original",
        )
    correcting = _Correcting(original, facts, rules)
    match event:
        case ChargeRefunded():
            return correcting.refunded(event.data)
        case TipAdded():
            return correcting.tipped(event.data)
        case DocumentRequested():
            return correcting.requested(event.data.customer)
        case _:
            assert_never(event)


def _drafts(
    event: CorrectionEvent, due: Sequence[Due], facts: Facts, rules: Rules
) -> tuple[Draft, ...]:
    digest = event_digest(event.source, event.id)
    reference = EventReference(event.id, event.source, str(type(event).__struct_config__.tag))
    drafts: list[Draft] = []
    for position, each in enumerate(due):
        shard = each.document.shard
        supplier_id = each.document.supplier.id
        series = rules.series(
            each.plan.numbering, supplier_id, each.kind.code, facts.issued_at, shard
        )
        document = replace(
            each.document,
            document_id=written_document_id(facts.day_of_issue, shard, digest, position),
            event=reference,
            issued_at=facts.issued_at,
            retain_until=rules.retain_until(each.plan.retention, facts.issued_at),
            number="",
            pack_sha256=rules.sha256,
            sequence=0,
            series=series.name,
        )
        each.kind.mandatory.check(document)
        drafts.append(Draft(document, digest, series.digits, series.head))
    return tuple(drafts)


class _Correcting:
    """One correction of one original."""

    def __init__(self, original: Original, facts: Facts, rules: Rules) -> None:
        self._original = original
        self._facts = facts
        self._rules = rules
        self._sales = original.line.sales_of(original.event, rules.zone)
        includes_tax = rules.pack.identity.prices_include_tax
        self._balances = [
            Balance(each, original.corrections, prices_include_tax=includes_tax)
            for each in original.documents
        ]

    def refunded(self, refund: Refund) -> list[Due]:
        """Credit notes, or cancellations where nothing was due.

        Raises:
            Rejected: More is given back than is left, or not what the event says.
        """
        self._check_currency(refund.currency)
        if refund.reason is not RefundReason.CANCELLED:
            cause = CorrectionCause.REFUND
            if refund.charges is None:
                taken = self._all_charged()
            else:
                taken = taken_from(self._balances, refund.charges)
        elif refund.charges is None:
            cause = CorrectionCause.CANCELLATION
            taken = [[(slot, slot.left_minor) for slot in each.slots] for each in self._balances]
        else:
            raise NotCorrectable(
                "What is cancelled is given back whole: leave out the charges, or state another "
                "reason.",
                "$.data.charges",
            )
        due = [
            self._taking_back(balance, slots, cause, refund.reason)
            for balance, slots in zip(self._balances, taken, strict=True)
            if any(minor for _, minor in slots)
        ]
        if not due:
            raise NotCorrectable(
                "Nothing is left to give back: all of it was given back before.", "$.data.original"
            )
        back_minor = -sum(
            each.document.totals.payable_minor for each in due if each.sale.is_charged
        )
        if back_minor != refund.total_minor:
            raise TotalDiffers(refund.total_minor, back_minor, "are given back")
        return due

    def _all_charged(self) -> list[list[tuple[Slot, int]]]:
        """All that is left of what the customer was charged."""
        return [
            [(slot, slot.left_minor) for slot in each.slots]
            if self._sale_of(each).is_charged
            else []
            for each in self._balances
        ]

    def tipped(self, tip: LaterTip) -> list[Due]:
        """A document for the tip alone, which names the first.

        Raises:
            Rejected: The pack has no rule for it.
        """
        self._check_currency(tip.currency)
        if any(_is_tip(each) for each in self._original.documents):
            raise NotCorrectable(
                "A tip cannot be given for a tip: name the event of the ride or the order.",
                "$.data.original",
            )
        if any(_is_taken_back(each) for each in self._original.corrections):
            raise NotCorrectable(
                "What was cancelled whole cannot be tipped for: see whether the tip belongs to "
                "another ride or order.",
                "$.data.original",
            )
        sale = replace(self._customer_sale, charges=(Charge(tip.amount_minor, TIP),), items=())
        plan = self._rules.plan_for(sale, self._original.line)
        (layout,) = self._layouts_of_tip(plan, sale)
        amounts = amounts_of(sale, layout, plan)
        alike = [each for each in self._balances if each.first.issuer_role is layout.role]
        balance = (alike or self._balances)[0]
        gross_minor = amounts.totals.gross_minor
        kind = plan.correcting_kind_for(CorrectionCause.TIP, gross_minor, layout.role, sale)
        document = replace(
            balance.live,
            correction=_correction(balance, CorrectionCause.TIP),
            issuer_role=layout.role,
            kind=kind.kind,
            lines=amounts.lines,
            pass_through=amounts.pass_through,
            payment=tip.payment or balance.live.payment,
            phrases=plan.phrases_in(kind, layout.role, amounts.rule_ids),
            supplier=supplier_of(sale, layout.role, self._facts),
            tax_subtotals=amounts.subtotals,
            totals=amounts.totals,
        )
        return [Due(document, kind, plan, sale)]

    def _layouts_of_tip(self, plan: Plan, sale: Sale) -> tuple[Layout, ...]:
        try:
            return plan.layouts_for(sale)
        except NoRuleForCharge as error:
            # It names a place among charges, and the event of a later tip has none.
            code = self._rules.pack.identity.code
            path = "$.data.amount_minor"
            raise NoRuleForCharge(TIP, code, sale.supply.date, path) from error

    def requested(self, customer: Customer) -> list[Due]:
        """For each simplified invoice of the customer its cancellation and a full invoice.

        Raises:
            Rejected: There is none, or the pack has no rule for it.
        """
        check_tax_id(customer.tax_id, "$.data.customer.tax_id")
        due: list[Due] = []
        for balance in self._balances:
            # What the merchant was billed is not the customer's to be billed anew.
            if not balance.has_lines_left or not self._sale_of(balance).is_charged:
                continue
            if balance.live.kind is not DocumentKind.SIMPLIFIED_INVOICE:
                continue
            rounding = self._plan_of(balance).rounding
            left = balance.take_all(rounding)
            taken_back = self._due(balance, left.mirrored(), CorrectionCause.CANCELLATION)
            anew = replace(balance.live, customer=customer)
            due += [taken_back, self._due(balance, left, CorrectionCause.REPLACEMENT, like=anew)]
        if not due:
            raise NotCorrectable(
                "No simplified invoice is left that a full one could replace.", "$.data.original"
            )
        return due

    def _taking_back(
        self,
        balance: Balance,
        slots: Sequence[tuple[Slot, int]],
        cause: CorrectionCause,
        reason: RefundReason,
    ) -> Due:
        part = balance.take(slots, self._plan_of(balance).rounding)
        return self._due(balance, part.mirrored(), cause, reason=reason)

    def _due(
        self,
        balance: Balance,
        part: Part,
        cause: CorrectionCause,
        *,
        reason: RefundReason | None = None,
        like: Document | None = None,
    ) -> Due:
        """A document over a part of another one."""
        sale, plan, role = self._sale_of(balance), self._plan_of(balance), balance.first.issuer_role
        lines, subtotals, totals = part.added_up(balance.first.tax_subtotals)
        kind = plan.correcting_kind_for(cause, abs(totals.gross_minor), role, sale)
        rule_ids = [
            *(each.rate_id for each in lines),
            *(each.rule_id for each in part.pass_through),
            *offer_rows(lines),
        ]
        document = replace(
            like or balance.live,
            correction=_correction(balance, cause, part, reason),
            kind=kind.kind,
            lines=lines,
            pass_through=part.pass_through,
            phrases=plan.phrases_in(kind, role, rule_ids),
            tax_subtotals=subtotals,
            totals=totals,
        )
        return Due(document, kind, plan, sale)

    def _plan_of(self, balance: Balance) -> Plan:
        return self._rules.plan_for(self._sale_of(balance), self._original.line)

    def _sale_of(self, balance: Balance) -> Sale:
        """The sale that was billed on a document; a later tip belongs to the customer's."""
        billed = {slot.charge for slot in balance.slots}
        for sale in self._sales:
            if billed <= {charge.code for charge in sale.charges}:
                return sale
        return self._customer_sale

    @property
    def _customer_sale(self) -> Sale:
        return next(each for each in self._sales if each.is_charged)

    def _check_currency(self, currency: str) -> None:
        identity = self._rules.pack.identity
        if currency != identity.currency:
            raise ForeignCurrency(currency, identity.currency, identity.code)


def _correction(
    balance: Balance,
    cause: CorrectionCause,
    part: Part | None = None,
    reason: RefundReason | None = None,
) -> Correction:
    live = balance.live
    return Correction(
        cause=cause,
        first=balance.first.document_id,
        lines=part.line_positions if part else (),
        pass_through=part.pass_through_positions if part else (),
        preceding=PrecedingDocument(live.document_id, live.issued_at, live.kind, live.number),
        reason=reason,
    )


def _is_taken_back(document: Document) -> bool:
    correction = document.correction
    return correction is not None and correction.reason is RefundReason.CANCELLED


def _is_tip(document: Document) -> bool:
    return document.correction is not None and document.correction.cause is CorrectionCause.TIP
