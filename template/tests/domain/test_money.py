from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.domain.money import LARGEST_AMOUNT_MINOR, exponent_of, major_units


@pytest.mark.parametrize(
    ("currency", "exponent"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)]
)
def test_a_currency_has_the_digits_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize(
    ("currency", "reason"),
    [
        ("XAU", "XAU has no minor unit"),
        ("EURO", "'EURO' is not a valid"),
        ("", "'' is not a valid"),
    ],
)
def test_what_has_no_minor_unit_is_refused(currency: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        exponent_of(currency)


def test_an_amount_reads_as_people_write_it() -> None:
    assert str(major_units(11_90, "EUR")) == "11.90"
    assert str(major_units(-5, "EUR")) == "-0.05"
    assert str(major_units(1190, "JPY")) == "1190"
    assert str(major_units(1_190, "BHD")) == "1.190"


@given(st.integers(-LARGEST_AMOUNT_MINOR, LARGEST_AMOUNT_MINOR))
def test_no_digit_is_lost_between_minor_and_major_units(amount_minor: int) -> None:
    assert major_units(amount_minor, "EUR") * 100 == Decimal(amount_minor)


def test_the_largest_amount_is_exact_in_every_json_reader() -> None:
    assert LARGEST_AMOUNT_MINOR < 2**53
