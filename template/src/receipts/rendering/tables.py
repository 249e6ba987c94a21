"""The amounts of a document in columns, every cell ready to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from receipts.domain.documents import Document, Line
    from receipts.rendering.rates import PrintedRates
    from receipts.rendering.voice import Voice


class Cell(Struct, frozen=True, gc=False):
    """One cell of a table."""

    text: str
    """Empty where a sum has nothing to say in a column."""
    role: Literal["description", "rate", "part", "whole", "receiver"]
    """What stands in the column; a part is a share of the whole, as net and tax are."""
    label: str = ""
    """What a part is, for a reader who does not see the head of the column."""
    details: tuple[str, ...] = ()
    """What stands in small type below the text."""


Row = tuple[Cell, ...]


class Table(Struct, frozen=True, gc=False):
    """Amounts in columns."""

    title: str
    head: Row
    rows: tuple[Row, ...]
    foot: tuple[Row, ...]
    """The sum; none where it would only repeat what stands beside it."""


def lines_table(document: Document, rates: PrintedRates, voice: Voice) -> Table:
    """What was charged; with one rate for all, or none, nothing else tells of taxes."""
    words, money, totals = voice.words, voice.form.money, document.totals
    with_rate = rates.taxed and not rates.single
    rows: list[Row] = []
    for line, rate in zip(document.lines, rates.of_lines, strict=True):
        cells = [_description(line, voice)]
        if with_rate:
            cells.append(Cell(rate.rate, "rate"))
        if rates.taxed:
            tax_label = rate.label if rates.single else rate.tax
            cells += _parts(line.net_minor, line.tax_minor, tax_label, voice)
        rows.append((*cells, Cell(money(line.gross_minor), "whole")))
    if not rates.taxed:
        head = _head(words.description, words.amount)
        total: Row = (Cell(words.sum, "description"), Cell(money(totals.gross_minor), "whole"))
    else:
        tax_word = rates.printed[0].label if rates.single else words.tax
        rate_word = (words.rate,) if with_rate else ()
        head = _head(words.description, *rate_word, words.net, tax_word, words.gross)
        total = _total(document, tax_word, voice)
    repeats = len(rows) == 1 or with_rate
    return Table(words.charges, head, tuple(rows), () if repeats else (total,))


def _description(line: Line, voice: Voice) -> Cell:
    """What was bought as its seller calls it, else what the pack calls the charge."""
    item = line.item
    if item is None:
        return Cell(line.description[voice.language], "description")
    money = voice.form.money
    details = [
        f"{option.name} ({money(option.amount_minor)})" if option.amount_minor else option.name
        for option in item.options
    ]
    if item.share_of is not None and item.share_of.price_minor is not None:
        details.append(f"{voice.words.offer_share} {money(item.share_of.price_minor)}")
    if item.discount_minor:
        details.append(f"{voice.words.discount} {money(-item.discount_minor)}")
    name = (
        item.name if item.quantity == 1 else f"{item.quantity} \N{MULTIPLICATION SIGN} {item.name}"
    )
    if item.share_of is not None and item.share_of.price_minor is not None:
        # The offer stands on several lines: which of its goods a line is for tells them apart.
        name += f": {line.description[voice.language]}"
    return Cell(name, "description", details=tuple(details))


def tax_table(document: Document, rates: PrintedRates, voice: Voice) -> Table:
    """What is taxed at each rate, and all of it."""
    words = voice.words
    rows = tuple(
        (
            Cell(rate.tax, "description"),
            Cell(rate.rate, "rate"),
            *_parts(rate.net_minor, rate.tax_minor, words.tax, voice),
            Cell(voice.form.money(rate.gross_minor), "whole"),
        )
        for rate in rates.printed
    )
    head = _head(words.tax, words.rate, words.net, words.tax, words.gross)
    label, *amounts = _total(document, words.tax, voice)
    return Table(words.tax_by_rate, head, rows, ((label, Cell("", "rate"), *amounts),))


def _total(document: Document, tax_label: str, voice: Voice) -> Row:
    totals = document.totals
    return (
        Cell(voice.words.sum, "description"),
        *_parts(totals.net_minor, totals.tax_minor, tax_label, voice),
        Cell(voice.form.money(totals.gross_minor), "whole"),
    )


def _parts(net_minor: int, tax_minor: int, tax_label: str, voice: Voice) -> Row:
    money = voice.form.money
    return (
        Cell(money(net_minor), "part", voice.words.net),
        Cell(money(tax_minor), "part", tax_label),
    )


def _head(first: str, *others: str) -> Row:
    """Heads of columns; the last one is of the whole."""
    roles: list[Literal["rate", "part", "whole"]] = ["rate", "part", "part", "whole"]
    columns = zip(others, roles[-len(others) :], strict=True)
    return (Cell(first, "description"), *(Cell(text, role) for text, role in columns))


def pass_through_table(document: Document, voice: Voice) -> Table:
    """What was collected for others, and who gets it."""
    words, money = voice.words, voice.form.money
    rows = tuple(
        (
            Cell(item.description[voice.language], "description"),
            Cell(words.receivers.get(item.receiver, item.receiver), "receiver"),
            Cell(money(item.amount_minor), "whole"),
        )
        for item in document.pass_through
    )
    head = (
        Cell(words.description, "description"),
        Cell(words.receiver, "receiver"),
        Cell(words.amount, "whole"),
    )
    total = (
        Cell(words.sum, "description"),
        Cell("", "receiver"),
        Cell(money(document.totals.pass_through_minor), "whole"),
    )
    return Table(words.pass_through, head, rows, (total,) if len(rows) > 1 else ())
