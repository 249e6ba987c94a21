from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from tests.domain.amounts import LINES, SHARES, SIGNED_LINES, roundings

from receipts.domain.rounding import Rounding, RoundingMode, RoundingScope
from receipts.domain.taxes import Share, taxes_in_gross, taxes_on_net

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Split = Callable[[Sequence[int], Share, Rounding], list[int]]

ONCE_PER_RATE = RoundingScope.RATE
EACH_LINE = RoundingScope.LINE

each_split = pytest.mark.parametrize("split", [taxes_in_gross, taxes_on_net])


def exact_taxes(split: Split, amounts_minor: Sequence[int], rate: Share) -> list[Fraction]:
    share = Fraction(rate.numerator, rate.denominator)
    factor = share / (1 + share) if split is taxes_in_gross else share
    return [amount * factor for amount in amounts_minor]


@each_split
@given(LINES, SHARES, roundings(ONCE_PER_RATE))
def test_the_taxes_of_lines_add_up_to_the_tax_of_their_sum(
    split: Split, amounts_minor: list[int], rate: Share, rounding: Rounding
) -> None:
    assert (
        sum(split(amounts_minor, rate, rounding)) == split([sum(amounts_minor)], rate, rounding)[0]
    )


@each_split
@given(SIGNED_LINES, SHARES, roundings(ONCE_PER_RATE))
def test_the_tax_of_a_rate_is_within_one_minor_unit_of_exact(
    split: Split, amounts_minor: list[int], rate: Share, rounding: Rounding
) -> None:
    exact = sum(exact_taxes(split, amounts_minor, rate), Fraction())

    assert abs(sum(split(amounts_minor, rate, rounding)) - exact) < 1


@each_split
@given(SIGNED_LINES, SHARES, roundings())
def test_the_tax_of_a_line_is_within_one_minor_unit_of_exact(
    split: Split, amounts_minor: list[int], rate: Share, rounding: Rounding
) -> None:
    taxes = split(amounts_minor, rate, rounding)

    for tax, exact in zip(taxes, exact_taxes(split, amounts_minor, rate), strict=True):
        assert abs(tax - exact) < 1


@each_split
@given(SIGNED_LINES, SHARES, roundings())
@example([50, -50], Share(1, 100), Rounding(mode=RoundingMode.HALF_UP, scope=ONCE_PER_RATE))
def test_a_full_credit_mirrors_its_original_line_by_line(
    split: Split, amounts_minor: list[int], rate: Share, rounding: Rounding
) -> None:
    charged = split(amounts_minor, rate, rounding)
    credited = split([-amount for amount in amounts_minor], rate, rounding)

    assert credited == [-tax for tax in charged]


@each_split
@given(SIGNED_LINES, SHARES, roundings(EACH_LINE))
def test_a_line_that_is_rounded_alone_does_not_depend_on_its_neighbours(
    split: Split, amounts_minor: list[int], rate: Share, rounding: Rounding
) -> None:
    alone = [split([amount], rate, rounding)[0] for amount in amounts_minor]

    assert split(amounts_minor, rate, rounding) == alone


@given(LINES, SHARES, roundings())
def test_tax_inside_a_price_never_exceeds_the_price(
    gross_minor: list[int], rate: Share, rounding: Rounding
) -> None:
    taxes = taxes_in_gross(gross_minor, rate, rounding)

    assert all(0 <= tax <= gross for tax, gross in zip(taxes, gross_minor, strict=True))


@pytest.mark.parametrize(
    ("lines", "taxes"),
    [
        # 1.00 + 1.00 + 1.00 hold 0.479 of 19 %: the odd cent goes to the first of equals
        ([1_00, 1_00, 1_00], [16, 16, 16]),
        ([10, 10, 10], [2, 2, 1]),
        # 17.67 hold 1.156; rounded alone the lines would lose a cent
        ([14_90, 77, 2_00], [2_38, 12, 32]),
    ],
)
def test_the_odd_minor_unit_goes_to_the_line_it_is_owed_to_most(
    lines: list[int], taxes: list[int]
) -> None:
    rounding = Rounding(mode=RoundingMode.HALF_UP, scope=ONCE_PER_RATE)

    assert taxes_in_gross(lines, Share.of_percent(Decimal("19")), rounding) == taxes


def test_a_percentage_becomes_an_exact_fraction() -> None:
    assert Share.of_percent(Decimal("8.875")) == Share(355 // 5, 4000 // 5)


@pytest.mark.parametrize("percent", ["-0.0001", "NaN", "Infinity"])
def test_a_rate_that_is_no_rate_is_refused(percent: str) -> None:
    with pytest.raises(ValueError, match="A tax rate is a number of at least zero"):
        Share.of_percent(Decimal(percent))
