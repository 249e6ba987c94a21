"""A sale's charges, parted into taxed lines and pass-through charges, and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.documents import Line, PassThroughCharge, TaxSubtotal, Totals
from receipts.domain.errors import LevyDiffers
from receipts.domain.taxes import taxes_in_gross, taxes_on_net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.business_lines.business_line import Sale
    from receipts.engine.plan import Layout, Plan, TaxedGroup


class Amounts(Struct, frozen=True, gc=False):
    """Lines, pass-through charges and sums of one document."""

    lines: tuple[Line, ...]
    pass_through: tuple[PassThroughCharge, ...]
    rule_ids: tuple[str, ...]
    """Rows that were used, taxed ones first."""
    subtotals: tuple[TaxSubtotal, ...]
    totals: Totals


def amounts_of(sale: Sale, plan: Plan) -> Amounts:
    """Add up a sale.

    Raises:
        NoRuleForCharge: A charge is unknown on the supply date.
        LevyDiffers: A levy is not the lawful amount.
    """
    charges = sale.charges
    layout = plan.layout_for(tuple([charge.code for charge in charges]), sale.supply.date)
    stated = [charge.amount_minor for charge in charges]
    if layout.levies:
        _check_levies(sale, layout)
    lines, subtotals = _taxed(layout, stated, plan)
    pass_through = [
        PassThroughCharge(stated[at], row.charge, row.description, row.kind, row.receiver, row.id)
        for at, row in layout.pass_through
        # A tip or toll of nothing is not worth a line; a fare of nothing is a fact.
        if stated[at]
    ]
    rule_ids = layout.rate_ids
    if pass_through:
        rule_ids += tuple([item.rule_id for item in pass_through])
    totals = _totals(subtotals, pass_through)
    return Amounts(lines, tuple(pass_through), rule_ids, subtotals, totals)


def _check_levies(sale: Sale, layout: Layout) -> None:
    stated: dict[str, int] = {}
    for item in sale.charges:
        # A charge may come in parts, for example one for each toll.
        stated[item.code] = stated.get(item.code, 0) + item.amount_minor
    for at, levy in layout.levies:
        charge = sale.charges[at]
        due = levy.due(stated)
        if due is not None and charge.amount_minor != due:
            raise LevyDiffers(
                charge=charge.code,
                stated=charge.amount_minor,
                due=due,
                row=levy.id,
                position=at,
            )


def _taxed(
    layout: Layout, stated: Sequence[int], plan: Plan
) -> tuple[tuple[Line, ...], tuple[TaxSubtotal, ...]]:
    if len(layout.groups) == 1:
        lines, subtotal = _of_one_rate(layout.groups[0], stated, plan)
        return tuple(lines), (subtotal,)
    placed: dict[int, Line] = {}
    subtotals: list[TaxSubtotal] = []
    for group in layout.groups:
        lines, subtotal = _of_one_rate(group, stated, plan)
        placed.update(zip(group.positions, lines, strict=True))
        subtotals.append(subtotal)
    return tuple([placed[at] for at in sorted(placed)]), tuple(subtotals)


def _of_one_rate(
    group: TaxedGroup, stated: Sequence[int], plan: Plan
) -> tuple[list[Line], TaxSubtotal]:
    amounts = [stated[at] for at in group.positions]
    split = taxes_in_gross if plan.prices_include_tax else taxes_on_net
    taxes = split(amounts, group.share, plan.rounding)
    # What is stated is the gross or the net; the other is one tax away.
    if not plan.prices_include_tax:
        amounts = [net + tax for net, tax in zip(amounts, taxes, strict=True)]
    lines = [
        Line(row.charge, row.description, gross, gross - tax, row.id, tax)
        for row, gross, tax in zip(group.rows, amounts, taxes, strict=True)
    ]
    return lines, _subtotal(group, sum(amounts), sum(taxes))


def _subtotal(group: TaxedGroup, gross_minor: int, tax_minor: int) -> TaxSubtotal:
    rate = group.rows[0]
    return TaxSubtotal(
        rate.category,
        gross_minor,
        gross_minor - tax_minor,
        rate.id,
        rate.percent,
        rate.tax,
        tax_minor,
    )


def _totals(subtotals: Sequence[TaxSubtotal], pass_through: Sequence[PassThroughCharge]) -> Totals:
    gross = tax = passed = 0
    for subtotal in subtotals:
        gross += subtotal.gross_minor
        tax += subtotal.tax_minor
    for item in pass_through:
        passed += item.amount_minor
    return Totals(gross, gross - tax, passed, gross + passed, tax)
