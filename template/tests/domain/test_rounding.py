from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.amounts import roundings

from receipts.domain.rounding import Rounding, RoundingMode, RoundingScope

NUMERATORS = st.integers(-(10**15), 10**15)
DENOMINATORS = st.integers(1, 10**6)

each_law = pytest.mark.parametrize(
    ("mode", "rounded"),
    [
        # of 1.4, 1.5, 1.6, 2.5 and 2.0
        (RoundingMode.HALF_UP, [1, 2, 2, 3, 2]),
        (RoundingMode.HALF_EVEN, [1, 2, 2, 2, 2]),
        (RoundingMode.HALF_DOWN, [1, 1, 2, 2, 2]),
        (RoundingMode.DOWN, [1, 1, 1, 2, 2]),
        (RoundingMode.UP, [2, 2, 2, 3, 2]),
    ],
    ids=lambda value: value.value if isinstance(value, RoundingMode) else "",
)


@each_law
def test_a_mode_chooses_the_neighbour_that_its_name_says(
    mode: RoundingMode, rounded: list[int]
) -> None:
    rounding = Rounding(mode=mode, scope=RoundingScope.RATE)

    assert [rounding.apply(tenths, 10) for tenths in (14, 15, 16, 25, 20)] == rounded


def test_every_mode_has_its_law_above() -> None:
    assert {case[0] for case in each_law.args[1]} == set(RoundingMode)


@given(NUMERATORS, DENOMINATORS, roundings())
def test_rounding_is_symmetric_around_zero(
    numerator: int, denominator: int, rounding: Rounding
) -> None:
    assert rounding.apply(-numerator, denominator) == -rounding.apply(numerator, denominator)


@given(NUMERATORS, DENOMINATORS, roundings())
def test_rounding_stays_within_one_unit(
    numerator: int, denominator: int, rounding: Rounding
) -> None:
    exact = Fraction(numerator, denominator)

    assert abs(rounding.apply(numerator, denominator) - exact) < 1


@given(st.integers(-(10**12), 10**12), DENOMINATORS, roundings())
def test_rounding_leaves_whole_units_alone(
    units: int, denominator: int, rounding: Rounding
) -> None:
    assert rounding.apply(units * denominator, denominator) == units


@given(NUMERATORS, st.integers(0, 10**6), DENOMINATORS, roundings())
def test_more_is_never_rounded_to_less(
    numerator: int, more: int, denominator: int, rounding: Rounding
) -> None:
    assert rounding.apply(numerator, denominator) <= rounding.apply(numerator + more, denominator)


@given(NUMERATORS, DENOMINATORS, st.integers(1, 1000), roundings())
def test_rounding_sees_the_value_of_a_fraction_and_not_how_it_is_written(
    numerator: int, denominator: int, factor: int, rounding: Rounding
) -> None:
    plain = rounding.apply(numerator, denominator)

    assert rounding.apply(numerator * factor, denominator * factor) == plain
