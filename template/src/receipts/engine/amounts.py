"""A sale's charges, parted into taxed lines and pass-through charges, and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.business_lines.business_line import path_of_charge
from receipts.domain.documents import Item, Line, PassThroughCharge, TaxSubtotal, Totals
from receipts.domain.errors import LevyDiffers
from receipts.domain.taxes import taxes_in_gross, taxes_on_net
from receipts.engine.combined_offers import with_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from receipts.business_lines.business_line import Sale
    from receipts.engine.plan import Layout, Plan, TaxedGroup


Items = tuple[Item | None, ...]
"""For each charge what was bought; empty where charges say it all."""


class Amounts(Struct, frozen=True, gc=False):
    """Lines, pass-through charges and sums of one document."""

    lines: tuple[Line, ...]
    pass_through: tuple[PassThroughCharge, ...]
    rule_ids: tuple[str, ...]
    """Rows that were used: for rates, for what is passed through, for combined offers."""
    subtotals: tuple[TaxSubtotal, ...]
    totals: Totals


def amounts_of(sale: Sale, layout: Layout, plan: Plan) -> Amounts:
    """Add up what one party sells.

    Raises:
        LevyDiffers: A levy is not the lawful amount.
    """
    stated = [charge.amount_minor for charge in sale.charges]
    if layout.levies:
        _check_levies(sale, layout)
    lines, subtotals = _taxed(layout, stated, sale.items, plan)
    passed = _passed_through(layout, stated)
    return Amounts(
        lines,
        passed,
        layout.rate_ids + tuple([each.rule_id for each in passed]) + _offer_rows(sale, lines),
        subtotals,
        totals_of(subtotals, passed),
    )


def payable_minor(sale: Sale, plan: Plan) -> int:
    """What the documents of a sale come to, in minor units.

    Raises:
        Rejected: The pack has no rule for a charge or offer, or a levy is not the lawful amount.
    """
    shared = with_shares(sale, plan)
    amounts = [amounts_of(shared, layout, plan) for layout in plan.layouts_for(shared)]
    return sum(each.totals.payable_minor for each in amounts)


def _offer_rows(sale: Sale, lines: Sequence[Line]) -> tuple[str, ...]:
    return offer_rows(lines) if sale.combined_offers else ()


def offer_rows(lines: Sequence[Line]) -> tuple[str, ...]:
    """Ids of the rows that shared the price of a combined offer among lines."""
    shares = [line.item.share_of for line in lines if line.item is not None]
    return tuple(dict.fromkeys([share.rule_id for share in shares if share is not None]))


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
                path=path_of_charge(sale, at),
            )


def _taxed(
    layout: Layout, stated: Sequence[int], items: Items, plan: Plan
) -> tuple[tuple[Line, ...], tuple[TaxSubtotal, ...]]:
    if len(layout.groups) == 1:
        lines, subtotal = _of_one_rate(layout.groups[0], 0, stated, items, plan)
        return tuple(lines), (subtotal,)
    placed: dict[int, Line] = {}
    subtotals: list[TaxSubtotal] = []
    for at, group in enumerate(layout.groups):
        lines, subtotal = _of_one_rate(group, at, stated, items, plan)
        placed.update(zip(group.positions, lines, strict=True))
        subtotals.append(subtotal)
    return tuple([placed[at] for at in sorted(placed)]), tuple(subtotals)


def _of_one_rate(
    group: TaxedGroup, at: int, stated: Sequence[int], items: Items, plan: Plan
) -> tuple[list[Line], TaxSubtotal]:
    rows = group.rows
    grosses = [stated[position] for position in group.positions]
    # What is stated is the gross or the net; the other is one tax away.
    if plan.prices_include_tax:
        taxes = taxes_in_gross(grosses, group.share, plan.rounding)
    else:
        taxes = taxes_on_net(grosses, group.share, plan.rounding)
        grosses = [net + tax for net, tax in zip(grosses, taxes, strict=True)]
    bought = [items[position] for position in group.positions] if items else [None] * len(rows)
    lines = [
        Line(row.charge, row.description, gross, item, gross - tax, row.id, tax, at)
        for row, gross, item, tax in zip(rows, grosses, bought, taxes, strict=True)
    ]
    rate, gross, tax = rows[0], sum(grosses), sum(taxes)
    subtotal = TaxSubtotal(rate.category, gross, gross - tax, rate.id, rate.percent, rate.tax, tax)
    return lines, subtotal


def _passed_through(layout: Layout, stated: Sequence[int]) -> tuple[PassThroughCharge, ...]:
    if not layout.pass_through:
        return ()
    return tuple(
        [
            PassThroughCharge(
                stated[at], row.charge, row.description, row.kind, row.receiver, row.id
            )
            for at, row in layout.pass_through
            # A tip or toll of nothing is not worth a line; a fare of nothing is a fact.
            if stated[at]
        ]
    )


def totals_of(subtotals: Iterable[TaxSubtotal], passed: Iterable[PassThroughCharge]) -> Totals:
    """Sums of what is taxed and of what is only collected."""
    gross = tax = others = 0
    for subtotal in subtotals:
        gross += subtotal.gross_minor
        tax += subtotal.tax_minor
    for charge in passed:
        others += charge.amount_minor
    return Totals(gross, gross - tax, others, gross + others, tax)
