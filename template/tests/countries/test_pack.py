from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.countries.made_up import SOUND, changed, loaded

from receipts.countries.pack import Range, rate_of

BOUNDS = st.none() | st.integers(-5, 5)


@pytest.mark.parametrize(
    ("bounds", "inside"),
    [
        (Range(above=3), [4, 5]),
        (Range(at_least=3), [3, 4, 5]),
        (Range(at_most=3), [1, 2, 3]),
        (Range(below=3), [1, 2]),
        (Range(above=1, at_most=4), [2, 3, 4]),
        (Range(at_least=4, below=2), []),
        (Range(), [1, 2, 3, 4, 5]),
    ],
    ids=str,
)
def test_a_range_holds_inside_all_of_its_bounds(bounds: Range, inside: list[int]) -> None:
    assert [value for value in range(1, 6) if bounds.holds(value)] == inside


@given(st.builds(Range, above=BOUNDS, at_least=BOUNDS, at_most=BOUNDS, below=BOUNDS))
def test_the_answer_of_a_range_changes_at_its_bounds_only(bounds: Range) -> None:
    for value in range(-8, 8):
        if bounds.holds(value) != bounds.holds(value + 1):
            assert {value, value + 1} & set(bounds.bounds())


def test_a_row_is_in_force_from_its_first_day_to_its_last() -> None:
    row = replace(loaded(SOUND).pack.rates[0], valid_to=date(2020, 12, 31))

    assert not row.in_force(date(2019, 12, 31))
    assert row.in_force(date(2020, 1, 1))
    assert row.in_force(date(2020, 12, 31))
    assert not row.in_force(date(2021, 1, 1))


def test_a_row_without_a_last_day_stays_in_force() -> None:
    assert loaded(SOUND).pack.rates[0].in_force(date.max)


def test_a_rate_is_read_exactly() -> None:
    assert rate_of("8.875") == Decimal("8.875")


def test_rows_of_other_business_lines_are_not_in_use_nor_what_stands_only_beside_them() -> None:
    files = changed("rates.toml", 'licence = "taxi"', 'business_line = "walks"')
    files |= {
        "phrases.toml": changed("phrases.toml", '"qq-tip"', '"qq-fare"')["phrases.toml"],
        "rounding.toml": SOUND["rounding.toml"] + 'when = { business_line = ["rides", "walks"] }\n',
    }
    pack = loaded(files).pack

    every = {row.id for row in pack.rows()}
    assert pack.rows_in_use({"walks"}) == every
    assert pack.rows_in_use({"rides"}) == every - {"qq-fare", "qq-phrase-tip"}
    assert pack.rows_in_use({"flights"}) == every - {"qq-fare", "qq-phrase-tip", "qq-rounding"}
