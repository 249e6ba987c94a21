"""A document and its corrections add up, whatever is given back and in whatever order."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.countries.golden import LINES, golden_packs, read_event, rules_of
from tests.engine.corrections import charged_minor, is_charged, later_tip, refund, request
from tests.engine.random_events import plausible_events

from receipts.domain.corrections import CorrectionCause
from receipts.domain.documents import DocumentKind
from receipts.domain.errors import NotCorrectable, RefundTooLarge, Rejected, TotalDiffers
from receipts.pipeline.books import Books

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DataObject

    from receipts.domain.documents import Document
    from receipts.pipeline.golden import GoldenPack

each_pack = pytest.mark.parametrize("pack", golden_packs(), ids=lambda pack: pack.name)
patient = settings(deadline=None, max_examples=15)

RULES = {pack: rules_of(pack.load()) for pack in golden_packs()}

Case = tuple[dict[str, Any], Books]


def issued(data: DataObject, pack: GoldenPack) -> Case:
    """An event that charged something, and the books it was issued into."""
    event = data.draw(plausible_events(pack))
    books = Books(tuple(LINES.values()), pack.facts, RULES[pack])
    try:
        issue(books, event)
    except Rejected:
        assume(False)
    assume(charged(books))
    return event, books


def issue(books: Books, event: dict[str, Any]) -> list[Document]:
    return books.issue(read_event(msgspec.json.encode(event)))


def charged(books: Books) -> int:
    return charged_minor(books.documents)


def taxes(documents: Iterable[Document]) -> dict[tuple[str, str], int]:
    """Tax by document chain and rate."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for document in documents:
        first = document.correction.first if document.correction else document.document_id
        for each in document.tax_subtotals:
            sums[first, each.rate_id] += each.tax_minor
    return dict(sums)


@each_pack
@patient
@given(data=st.data())
def test_a_refund_of_everything_takes_back_each_line_and_cancels_to_zero(
    pack: GoldenPack, data: DataObject
) -> None:
    event, books = issued(data, pack)
    first = {each.document_id: each for each in books.documents}

    for note in issue(books, refund(event, 1, charged(books))):
        assert note.correction is not None
        assert note.kind is DocumentKind.CREDIT_NOTE
        was = first[note.correction.first]
        lines = [line for line in was.lines if line.gross_minor]
        assert [-line.gross_minor for line in note.lines] == [line.gross_minor for line in lines]
        assert [-line.tax_minor for line in note.lines] == [line.tax_minor for line in lines]
        assert note.totals.payable_minor == -was.totals.payable_minor

    assert charged(books) == 0
    with pytest.raises(NotCorrectable, match="Nothing is left"):
        issue(books, refund(event, 2, 0))


@each_pack
@patient
@given(data=st.data())
def test_partial_refunds_add_up_to_the_document_cent_by_cent(
    pack: GoldenPack, data: DataObject
) -> None:
    event, books = issued(data, pack)
    ids = {each.document_id for each in books.documents if is_charged(each)}

    for number in range(data.draw(st.integers(1, 4))):
        part = _partial_refund(data, pack, event, books, number)
        if part is None:
            break
        for note in issue(books, part):
            _check_sums(note)
            _check_taxes(note, pack)
    if charged(books):
        issue(books, refund(event, 99, charged(books)))

    assert charged(books) == 0
    assert not any(tax for (first, _), tax in taxes(books.documents).items() if first in ids)


def _partial_refund(
    data: DataObject, pack: GoldenPack, event: dict[str, Any], books: Books, number: int
) -> dict[str, Any] | None:
    """Some of one charge; its total is found by asking, as a person would read it off."""
    left = _left(books, includes_tax=RULES[pack].pack.identity.prices_include_tax)
    codes = sorted(code for code, minor in left.items() if minor > 0)
    if not codes:
        return None
    code = data.draw(st.sampled_from(codes))
    amount = data.draw(st.integers(1, left[code]))
    charges = [{"code": code, "amount_minor": amount}]
    try:
        issue(books, refund(event, number, -1 + 10**9, charges=charges))
    except TotalDiffers as differs:
        due = int(str(differs).split("add up to ")[1].split(":")[0])
        return refund(event, number, due, charges=charges)
    raise AssertionError("A wrong total was believed.")


def _left(books: Books, *, includes_tax: bool) -> dict[str, int]:
    left: defaultdict[str, int] = defaultdict(int)
    for document in filter(is_charged, books.documents):
        for line in document.lines:
            left[line.charge] += line.gross_minor if includes_tax else line.net_minor
        for each in document.pass_through:
            left[each.charge] += each.amount_minor
    return left


def _check_sums(note: Document) -> None:
    totals = note.totals
    for parts in (note.lines, note.tax_subtotals):
        assert sum(part.gross_minor for part in parts) == totals.gross_minor
        assert sum(part.net_minor for part in parts) == totals.net_minor
        assert sum(part.tax_minor for part in parts) == totals.tax_minor
    assert totals.payable_minor == totals.gross_minor + totals.pass_through_minor < 0


def _check_taxes(note: Document, pack: GoldenPack) -> None:
    identity = RULES[pack].pack.identity
    for each in note.tax_subtotals:
        rate = Fraction(each.rate_percent) / 100
        if identity.prices_include_tax:
            exact = each.gross_minor * rate / (1 + rate)
        else:
            exact = each.net_minor * rate
        assert abs(each.tax_minor - exact) <= 1


@each_pack
@patient
@given(data=st.data())
def test_more_than_is_left_is_refused_in_words(pack: GoldenPack, data: DataObject) -> None:
    event, books = issued(data, pack)
    left = _left(books, includes_tax=RULES[pack].pack.identity.prices_include_tax)
    code = data.draw(st.sampled_from(sorted(code for code, minor in left.items() if minor)))

    charges = [{"code": code, "amount_minor": left[code]}, {"code": code, "amount_minor": 1}]
    with pytest.raises(RefundTooLarge, match=f"{code!r} cannot be given back: 0 are") as refusal:
        issue(books, refund(event, 1, 1, charges=charges))

    assert refusal.value.path == "$.data.charges[1].amount_minor"


@each_pack
@patient
@given(data=st.data())
def test_a_cancellation_takes_back_every_document_of_the_event(
    pack: GoldenPack, data: DataObject
) -> None:
    event, books = issued(data, pack)
    first = {each.document_id for each in books.documents if each.totals.payable_minor}

    notes = issue(books, refund(event, 1, charged(books), reason="cancelled"))

    assert {each.correction.first for each in notes if each.correction} == first
    assert {each.kind for each in notes} == {DocumentKind.CANCELLATION}
    assert sum(each.totals.payable_minor for each in books.documents) == 0
    assert sum(each.totals.tax_minor for each in books.documents) == 0


@each_pack
@patient
@given(data=st.data())
def test_a_full_invoice_replaces_simplified_ones_over_what_is_left_of_them(
    pack: GoldenPack, data: DataObject
) -> None:
    event, books = issued(data, pack)
    part = _partial_refund(data, pack, event, books, 1)
    assert part is not None
    issue(books, part)
    before = charged(books)
    simplified = [
        each
        for each in filter(is_charged, books.documents)
        if each.kind is DocumentKind.SIMPLIFIED_INVOICE and not each.correction
    ]
    if not simplified or not before:
        with pytest.raises(NotCorrectable):
            issue(books, request(event, 2))
        return
    try:
        new = issue(books, request(event, 2))
    except NotCorrectable:
        assert not any(_left_of(each, books) for each in simplified), (
            "what is left of a simplified invoice was not replaced"
        )
        return

    # What the merchant was billed stays as it is.
    assert all(map(is_charged, new))
    pairs = list(zip(new[::2], new[1::2], strict=True))
    assert charged(books) == before
    for cancelled, invoice in pairs:
        assert cancelled.kind is DocumentKind.CANCELLATION
        assert invoice.kind is DocumentKind.INVOICE
        assert invoice.customer is not None
        assert invoice.customer.tax_id == "DE129273398"
        assert invoice.correction is not None
        assert invoice.correction.cause is CorrectionCause.REPLACEMENT
        assert invoice.totals.payable_minor == -cancelled.totals.payable_minor
        assert invoice.totals.tax_minor == -cancelled.totals.tax_minor
    issue(books, refund(event, 3, charged(books)))
    assert charged(books) == 0


def _left_of(first: Document, books: Books) -> int:
    """What is left of what is taxed; nobody is invoiced a tip alone."""
    return sum(
        each.totals.gross_minor
        for each in books.documents
        if each is first
        or (
            each.correction
            and each.correction.first == first.document_id
            and each.correction.cause is not CorrectionCause.TIP
        )
    )


@each_pack
@patient
@given(data=st.data())
def test_a_later_tip_is_a_document_that_names_the_first_and_can_be_given_back(
    pack: GoldenPack, data: DataObject
) -> None:
    event, books = issued(data, pack)
    amount = data.draw(st.integers(1, 20_00))
    before = charged(books)
    tip = later_tip(event, 1, amount)
    try:
        (document,) = issue(books, tip)
    except Rejected:
        assume(False)
        raise

    assert charged(books) == before + amount
    assert document.correction is not None
    assert document.correction.preceding.number in {each.number for each in books.documents}
    (note,) = issue(books, refund(tip, 2, amount))
    assert note.totals.payable_minor == -amount
    assert charged(books) == before
    with pytest.raises(NotCorrectable, match="A tip cannot be given for a tip"):
        issue(books, later_tip(tip, 3, amount))
