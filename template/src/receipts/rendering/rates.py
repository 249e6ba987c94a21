"""Tax rates as a reader sees them, which are fewer than a pack has rows.

Two rows of a pack may state the same tax at the same rate (a ride, and the tip of an
owner-driver); a reader, and UStG § 14 Abs. 4 Nr. 7, knows one rate there.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from receipts.domain.documents import Document, Line, TaxSubtotal
    from receipts.rendering.voice import Voice


class PrintedRate(NamedTuple):
    """All lines that a reader sees at one rate; amounts in minor units."""

    tax: str
    """Name of the tax, for example ``USt.``"""
    rate: str
    """``7 %``, or a word where none applies."""
    net_minor: int
    tax_minor: int
    gross_minor: int

    @property
    def label(self) -> str:
        """Tax and rate in one: ``USt. 7 %``."""
        return f"{self.tax} {self.rate}"


class PrintedRates(NamedTuple):
    """The rates of one document."""

    printed: tuple[PrintedRate, ...]
    of_lines: tuple[PrintedRate, ...]
    """For each line of the document, the rate it is taxed at."""
    taxed: bool
    """Whether any tax applies."""

    @property
    def single(self) -> bool:
        """Whether one rate holds for all."""
        return len(self.printed) == 1


def printed_rates(document: Document, voice: Voice) -> PrintedRates:
    """The rates of a document, the amounts of each added up."""
    language, words, form = voice
    sums: dict[tuple[str, str], PrintedRate] = {}
    keys: dict[str, tuple[str, str]] = {}
    for item in document.tax_subtotals:
        word = words.untaxed.get(item.category)
        key = (item.tax[language], form.percent(item.rate_percent) if word is None else word)
        _, _, net, tax, gross = sums.get(key, PrintedRate(*key, 0, 0, 0))
        sums[key] = PrintedRate(
            *key, net + item.net_minor, tax + item.tax_minor, gross + item.gross_minor
        )
        keys[item.rate_id] = key
    return PrintedRates(
        printed=tuple(sums.values()),
        of_lines=tuple([sums[keys[rate_id]] for rate_id in _subtotals_of_lines(document)]),
        taxed=any(item.category not in words.untaxed for item in document.tax_subtotals),
    )


def _subtotals_of_lines(document: Document) -> Iterator[str]:
    """For each line, the id of the subtotal that holds it.

    A subtotal bears the id of its first row only. A line of another row at that
    rate belongs to a subtotal that its own lines do not fill, and of these to the one
    whose tax it bears.
    """
    subtotals = {item.rate_id: item for item in document.tax_subtotals}
    if all(line.rate_id in subtotals for line in document.lines):
        yield from (line.rate_id for line in document.lines)
        return
    missing = {item.rate_id: item.gross_minor for item in document.tax_subtotals}
    for line in document.lines:
        if line.rate_id in missing:
            missing[line.rate_id] -= line.gross_minor
    unfilled = [item for item in document.tax_subtotals if missing[item.rate_id]]
    for line in document.lines:
        if line.rate_id in subtotals:
            yield line.rate_id
        else:
            fitting = min(unfilled or document.tax_subtotals, key=lambda each: _misfit(line, each))
            yield fitting.rate_id


def _misfit(line: Line, subtotal: TaxSubtotal) -> Decimal:
    """How far the line's tax is from the subtotal's rate, in minor units."""
    due = line.net_minor * Decimal(subtotal.rate_percent) / 100
    return abs(line.tax_minor - due)
