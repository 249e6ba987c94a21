from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.countries.golden import LINES
from tests.countries.made_up import made_up_facts, made_up_ride, made_up_rules

from receipts.domain.numbering import NumberBlock
from receipts.engine.draft import draft
from receipts.engine.numbering import number

if TYPE_CHECKING:
    from receipts.domain.documents import Draft

RIDE = made_up_ride(("fare", 11_00), total_minor=11_00)
(DRAFT,) = draft(RIDE, LINES[type(RIDE)], made_up_facts(), made_up_rules())


def draft_of(series: str) -> Draft:
    return replace(DRAFT, document=replace(DRAFT.document, series=series), number_head=f"{series}-")


@given(
    st.lists(st.sampled_from("abc"), max_size=30),
    st.fixed_dictionaries({series: st.integers(1, 10**9) for series in "abc"}),
)
def test_numbers_of_a_series_are_dense_and_in_the_order_of_the_drafts(
    series: list[str], first: dict[str, int]
) -> None:
    blocks = {name: NumberBlock(start, b"") for name, start in first.items()}

    documents = number([draft_of(name) for name in series], blocks)

    assert [document.series for document in documents] == series
    for name, start in first.items():
        sequences = [each.sequence for each in documents if each.series == name]
        assert sequences == list(range(start, start + len(sequences)))


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_no_number_is_given_twice(series: list[str]) -> None:
    blocks = {name: NumberBlock(1, b"") for name in "abc"}

    documents = number([draft_of(name) for name in series], blocks)

    assert len({document.number for document in documents}) == len(documents)


def test_a_sequence_is_padded_to_its_width_and_grows_beyond_it() -> None:
    drafts = [draft_of("a"), draft_of("a")]

    documents = number(drafts, {"a": NumberBlock(9_999, b"")})

    assert [document.number for document in documents] == ["a-9999", "a-10000"]


def test_a_document_is_its_draft_but_for_the_number() -> None:
    (document,) = number([DRAFT], {DRAFT.document.series: NumberBlock(1, b"")})

    assert document.number == "OURS-QQ-R2026-0-0001"
    assert replace(document, number="", sequence=0) == DRAFT.document
