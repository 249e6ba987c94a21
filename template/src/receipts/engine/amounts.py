"""A sale's charges, parted into taxed lines and pass-through charges, and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.documents import Line, PassThroughCharge, TaxSubtotal, Totals
from receipts.domain.errors import LevyDiffers, NoRuleForCharge
from receipts.domain.taxes import taxes_in_gross, taxes_on_net
from receipts.engine.rules import PassThrough, Rate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from receipts.business_lines.business_line import Sale
    from receipts.countries.pack import Identity
    from receipts.domain.events import Charge
    from receipts.domain.rounding import Rounding
    from receipts.engine.plan import Plan
    from receipts.engine.rules import Rules


class Amounts(Struct, frozen=True, gc=False):
    """Lines, pass-through charges and sums of one document."""

    lines: tuple[Line, ...]
    pass_through: tuple[PassThroughCharge, ...]
    rule_ids: tuple[str, ...]
    """Rows that were used, in order of use."""
    subtotals: tuple[TaxSubtotal, ...]
    totals: Totals


def amounts_of(sale: Sale, rules: Rules, plan: Plan) -> Amounts:
    """Add up a sale.

    Raises:
        NoRuleForCharge: A charge is unknown on the supply date.
        LevyDiffers: A levy is not the lawful amount.
    """
    taxed: dict[str, tuple[Rate, list[tuple[int, Charge, Rate]]]] = {}
    pass_through: list[PassThroughCharge] = []
    for position, charge in enumerate(sale.charges):
        treatment = plan.treatment_of(charge.code)
        if isinstance(treatment, Rate):
            group = taxed.setdefault(treatment.id, (treatment, []))
            group[1].append((position, charge, treatment))
        elif treatment is None:
            country = rules.pack.identity.code
            raise NoRuleForCharge(charge.code, country, sale.supply.date, position)
        else:
            _check_levy(sale, charge, treatment, position)
            # A tip or toll of nothing is not worth a line; a fare of nothing is a fact.
            if charge.amount_minor:
                pass_through.append(_pass_through(charge, treatment))
    lines, subtotals = _taxed(taxed.values(), rules.pack.identity, plan.rounding)
    used = [*taxed, *(item.rule_id for item in pass_through)]
    return Amounts(
        lines=lines,
        pass_through=tuple(pass_through),
        rule_ids=tuple(used),
        subtotals=subtotals,
        totals=_totals(subtotals, pass_through),
    )


def _check_levy(sale: Sale, charge: Charge, levy: PassThrough, position: int) -> None:
    if levy.amount_minor is None and levy.share is None:
        return
    due = levy.due({item.code: item.amount_minor for item in sale.charges})
    if due is not None and charge.amount_minor != due:
        raise LevyDiffers(
            charge=charge.code,
            stated=charge.amount_minor,
            due=due,
            row=levy.id,
            position=position,
        )


def _pass_through(charge: Charge, row: PassThrough) -> PassThroughCharge:
    return PassThroughCharge(
        amount_minor=charge.amount_minor,
        charge=charge.code,
        description=row.description,
        kind=row.kind,
        receiver=row.receiver,
        rule_id=row.id,
    )


def _taxed(
    groups: Collection[tuple[Rate, list[tuple[int, Charge, Rate]]]],
    identity: Identity,
    rounding: Rounding,
) -> tuple[tuple[Line, ...], tuple[TaxSubtotal, ...]]:
    placed: list[tuple[int, Line]] = []
    subtotals: list[TaxSubtotal] = []
    prices_include_tax = identity.prices_include_tax
    for rate, members in groups:
        stated = [charge.amount_minor for _, charge, _ in members]
        split = taxes_in_gross if prices_include_tax else taxes_on_net
        taxes = split(stated, rate.share, rounding)
        # What is stated is the gross or the net; the other is one tax away.
        excess = 0 if prices_include_tax else sum(taxes)
        gross = sum(stated) + excess
        for (position, charge, treatment), amount, tax in zip(members, stated, taxes, strict=True):
            line_gross = amount if prices_include_tax else amount + tax
            placed.append((position, _line(charge, treatment, line_gross, tax)))
        subtotals.append(_subtotal(rate, gross, sum(taxes)))
    placed.sort(key=_position)
    return tuple([line for _, line in placed]), tuple(subtotals)


def _position(placed: tuple[int, Line]) -> int:
    return placed[0]


def _line(charge: Charge, rate: Rate, gross_minor: int, tax_minor: int) -> Line:
    return Line(
        charge=charge.code,
        description=rate.description,
        gross_minor=gross_minor,
        net_minor=gross_minor - tax_minor,
        rate_id=rate.id,
        tax_minor=tax_minor,
    )


def _subtotal(rate: Rate, gross_minor: int, tax_minor: int) -> TaxSubtotal:
    return TaxSubtotal(
        category=rate.category,
        gross_minor=gross_minor,
        net_minor=gross_minor - tax_minor,
        rate_id=rate.id,
        rate_percent=rate.percent,
        tax=rate.tax,
        tax_minor=tax_minor,
    )


def _totals(subtotals: Sequence[TaxSubtotal], pass_through: Sequence[PassThroughCharge]) -> Totals:
    gross = sum([subtotal.gross_minor for subtotal in subtotals])
    tax = sum([subtotal.tax_minor for subtotal in subtotals])
    passed = sum([item.amount_minor for item in pass_through])
    return Totals(
        gross_minor=gross,
        net_minor=gross - tax,
        pass_through_minor=passed,
        payable_minor=gross + passed,
        tax_minor=tax,
    )
