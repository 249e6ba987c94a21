"""What is left of a document after all of its corrections.

Amounts are tracked as the event stated them, charge by charge; tax is tracked by rate, as
the law rounds it. So each correction's tax is the difference of two roundings of what is
left, and corrections that give back everything add up to the document, cent by cent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from receipts.countries.pack import rate_of
from receipts.domain.corrections import CorrectionCause
from receipts.domain.documents import Item, Line, PassThroughCharge, TaxSubtotal, Totals
from receipts.domain.money import spread
from receipts.domain.rounding import RoundingScope
from receipts.domain.taxes import Share
from receipts.engine.amounts import totals_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from receipts.domain.documents import Document
    from receipts.domain.rounding import Rounding


class Slot:
    """A charge of the first document: one of its lines, or something it passed through."""

    __slots__ = ("charge", "is_line", "left_minor", "position")

    def __init__(self, charge: str, position: int, *, is_line: bool) -> None:
        """Begin with nothing left; documents are added to it."""
        self.charge = charge
        self.position = position
        self.is_line = is_line
        self.left_minor = 0


class Balance:
    """What is left of one document."""

    def __init__(
        self, first: Document, corrections: Iterable[Document], *, prices_include_tax: bool
    ) -> None:
        """Add up a document and those that corrected it.

        Args:
            first: Issued for a ride, an order or a later tip.
            corrections: Of its event, in the order of issue; those of other documents are
                passed over.
            prices_include_tax: Whether the pack's prices do.
        """
        self.first = first
        self.live = first
        """The one that stands: the first, or what replaced it last."""
        self._includes_tax = prices_include_tax
        self.lines = [Slot(line.charge, at, is_line=True) for at, line in enumerate(first.lines)]
        self.pass_through = [
            Slot(each.charge, at, is_line=False) for at, each in enumerate(first.pass_through)
        ]
        self._taxes_minor = [0] * len(first.tax_subtotals)
        self._add(first, range(len(self.lines)), range(len(self.pass_through)))
        self._whole = [self._left_at(at) for at in range(len(self._taxes_minor))]
        for document in corrections:
            correction = document.correction
            if correction is None or correction.first != first.document_id:
                continue
            if correction.cause is CorrectionCause.TIP:
                continue
            self._add(document, correction.lines, correction.pass_through)
            if correction.cause is CorrectionCause.REPLACEMENT:
                self.live = document

    @property
    def slots(self) -> list[Slot]:
        """Every charge of it."""
        return [*self.lines, *self.pass_through]

    @property
    def has_lines_left(self) -> bool:
        """Whether something taxed is left; what is only collected is nobody's to invoice."""
        return any(slot.left_minor for slot in self.lines)

    def _add(self, document: Document, lines: Sequence[int], pass_through: Sequence[int]) -> None:
        for at, line in zip(lines, document.lines, strict=True):
            rate = self.first.lines[at].tax_subtotal
            self.lines[at].left_minor += self._stated(line)
            self._taxes_minor[rate] += line.tax_minor
        for at, charge in zip(pass_through, document.pass_through, strict=True):
            self.pass_through[at].left_minor += charge.amount_minor

    def _stated(self, line: Line) -> int:
        return line.gross_minor if self._includes_tax else line.net_minor

    def _left_at(self, rate: int) -> int:
        """What is left at a rate, as it was stated."""
        lines = zip(self.first.lines, self.lines, strict=True)
        return sum(slot.left_minor for line, slot in lines if line.tax_subtotal == rate)

    def take(self, taken: Iterable[tuple[Slot, int]], rounding: Rounding) -> Part:
        """Take amounts off what is left; answers with them, taxed.

        Args:
            taken: Charges of this document and how much of each, as it was stated.
            rounding: The pack's.
        """
        lines: dict[int, int] = {}
        passed: dict[int, int] = {}
        for slot, minor in taken:
            if not minor:
                continue
            amounts = lines if slot.is_line else passed
            amounts[slot.position] = amounts.get(slot.position, 0) + minor
        taxes: dict[int, int] = {}
        for rate in range(len(self._taxes_minor)):
            members = [at for at in sorted(lines) if self.first.lines[at].tax_subtotal == rate]
            taxes.update(zip(members, self._taxes(rate, members, lines, rounding), strict=True))
        for at, minor in lines.items():
            self.lines[at].left_minor -= minor
            self._taxes_minor[self.first.lines[at].tax_subtotal] -= taxes[at]
        for at, minor in passed.items():
            self.pass_through[at].left_minor -= minor
        return Part(
            lines=tuple([self._line(at, lines[at], taxes[at]) for at in sorted(lines)]),
            line_positions=tuple(sorted(lines)),
            pass_through=tuple([self._passed(at, passed[at]) for at in sorted(passed)]),
            pass_through_positions=tuple(sorted(passed)),
        )

    def take_all(self, rounding: Rounding) -> Part:
        """Take all that is left."""
        return self.take([(slot, slot.left_minor) for slot in self.slots], rounding)

    def _taxes(
        self, rate: int, members: Sequence[int], amounts: Mapping[int, int], rounding: Rounding
    ) -> list[int]:
        """Tax of what is taken at a rate, for each of its lines."""
        stated = [amounts[at] for at in members]
        if not any(stated):
            return [0] * len(members)
        due = _TaxDue(self.first.tax_subtotals[rate].rate_percent, rounding, self._includes_tax)
        if rounding.scope is RoundingScope.LINE:
            gone = [
                self._stated(self.first.lines[at]) - self.lines[at].left_minor for at in members
            ]
            return [due.between(*each) for each in zip(gone, stated, strict=True)]
        left = self._left_at(rate)
        if sum(stated) < left:
            return spread(due.between(self._whole[rate] - left, sum(stated)), stated)
        if left == self._whole[rate]:
            return [self.first.lines[at].tax_minor for at in members]
        return spread(self._taxes_minor[rate], stated)

    def _line(self, at: int, stated_minor: int, tax_minor: int) -> Line:
        line = self.first.lines[at]
        gross = stated_minor if self._includes_tax else stated_minor + tax_minor
        item = line.item
        if item is not None and stated_minor != self._stated(line):
            # Of a part of its price nobody can say for which pieces or options it was.
            item = Item(0, item.name, (), 1, item.share_of)
        return replace(
            line, gross_minor=gross, item=item, net_minor=gross - tax_minor, tax_minor=tax_minor
        )

    def _passed(self, at: int, amount_minor: int) -> PassThroughCharge:
        return replace(self.first.pass_through[at], amount_minor=amount_minor)


class _TaxDue:
    """Tax of what is gone of an amount, rounded once for each total."""

    def __init__(self, rate_percent: str, rounding: Rounding, includes_tax: bool) -> None:  # noqa: FBT001
        share = Share.of_percent(rate_of(rate_percent))
        self._numerator = share.numerator
        self._denominator = share.denominator + (share.numerator if includes_tax else 0)
        self._rounding = rounding

    def between(self, gone_minor: int, taken_minor: int) -> int:
        """Tax of what is taken after some is gone."""
        return self._of(gone_minor + taken_minor) - self._of(gone_minor)

    def _of(self, stated_minor: int) -> int:
        return self._rounding.apply(stated_minor * self._numerator, self._denominator)


class Part(Struct, frozen=True):
    """Some of a document: lines, and what was passed through."""

    lines: tuple[Line, ...]
    line_positions: tuple[int, ...]
    """Of each line among those of the first document."""
    pass_through: tuple[PassThroughCharge, ...]
    pass_through_positions: tuple[int, ...]

    def mirrored(self) -> Part:
        """The same with the other sign."""
        return replace(
            self,
            lines=tuple([_mirrored_line(each) for each in self.lines]),
            pass_through=tuple(
                [replace(each, amount_minor=-each.amount_minor) for each in self.pass_through]
            ),
        )

    def added_up(
        self, rates: Sequence[TaxSubtotal]
    ) -> tuple[tuple[Line, ...], tuple[TaxSubtotal, ...], Totals]:
        """Lines, taxes by rate and totals, as a document of its own has them.

        Args:
            rates: Of the first document.
        """
        used = sorted({line.tax_subtotal for line in self.lines})
        subtotals = []
        for rate in used:
            members = [line for line in self.lines if line.tax_subtotal == rate]
            gross = sum(line.gross_minor for line in members)
            tax = sum(line.tax_minor for line in members)
            subtotals.append(
                replace(rates[rate], gross_minor=gross, net_minor=gross - tax, tax_minor=tax)
            )
        lines = [replace(each, tax_subtotal=used.index(each.tax_subtotal)) for each in self.lines]
        return tuple(lines), tuple(subtotals), totals_of(subtotals, self.pass_through)


def _mirrored_line(line: Line) -> Line:
    item = line.item
    return replace(
        line,
        gross_minor=-line.gross_minor,
        # Prices of options and discounts would have to change sign, too; the line says it all.
        item=None if item is None else Item(0, item.name, (), item.quantity, item.share_of),
        net_minor=-line.net_minor,
        tax_minor=-line.tax_minor,
    )
