"""Amounts are written as CLDR says, with the digits that the law counts."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from receipts.domain.money import major_units
from receipts.rendering.cldr import Format


@given(
    amount_minor=integers(-(10**13), 10**13),
    currency=sampled_from(["EUR", "USD", "JPY", "BHD", "CHF", "INR"]),
    place=sampled_from(["de_DE", "en_DE", "en_US", "fr_FR", "de_CH", "hi_IN", "ja_JP", "ar_EG"]),
)
def test_money_is_written_exactly_as_babel_writes_it(
    amount_minor: int, currency: str, place: str
) -> None:
    language, _, territory = place.partition("_")

    money = Format(language, territory, currency).money(amount_minor)

    amount = major_units(amount_minor, currency)
    assert money == format_currency(amount, currency, locale=place)


def test_a_minor_unit_that_cldr_would_drop_stays_on_the_page() -> None:
    dinar = Format("en", "IQ", "IQD")

    assert dinar.money(1_250).endswith("1.250")
    assert format_currency(Decimal("1.250"), "IQD", locale="en").endswith("1")
