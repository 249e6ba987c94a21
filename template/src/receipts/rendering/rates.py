"""Tax rates as a reader sees them, which are fewer than a pack has rows.

Two rows of a pack may state the same tax at the same rate (a ride, and the tip of an
owner-driver); a reader, and UStG § 14 Abs. 4 Nr. 7, knows one rate there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from receipts.domain.documents import Document
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
    keys: list[tuple[str, str]] = []
    for item in document.tax_subtotals:
        word = words.untaxed.get(item.category)
        key = (item.tax[language], form.percent(item.rate_percent) if word is None else word)
        _, _, net, tax, gross = sums.get(key, PrintedRate(*key, 0, 0, 0))
        sums[key] = PrintedRate(
            *key, net + item.net_minor, tax + item.tax_minor, gross + item.gross_minor
        )
        keys.append(key)
    return PrintedRates(
        printed=tuple(sums.values()),
        of_lines=tuple([sums[keys[line.tax_subtotal]] for line in document.lines]),
        taxed=any(item.category not in words.untaxed for item in document.tax_subtotals),
    )
