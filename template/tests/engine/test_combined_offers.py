"""One price for several goods is shared as the pack says, to the minor unit."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.countries.made_up import EVIDENCE, SOUND, Files, made_up_ride, made_up_rules, offer_row

from receipts.business_lines.business_line import CombinedOffer, OfferPart, Sale
from receipts.business_lines.rides import LINE, sales_of
from receipts.domain.documents import Item, OfferShare, Option
from receipts.domain.errors import AmbiguousRule, NoCombinedOffer, NoRuleForCharge
from receipts.domain.events import Charge
from receipts.engine.combined_offers import with_shares

if TYPE_CHECKING:
    from receipts.engine.rules import Rules

GOODS = """
meal  = { en = "Meal", de = "Essen" }
drink = { en = "Drink", de = "Getränk" }
soup  = { en = "Soup", de = "Suppe" }
"""

RATES = "".join(
    f"""
[[rates]]
id           = "qq-{charge}"
charge       = ["{charge}"]
tax          = "vat"
category     = "S"
rate_percent = "{percent}"
{EVIDENCE}"""
    for charge, percent in (("meal", 5), ("drink", 20), ("soup", 5))
)


STATED = "{ single_prices_stated = true }"
UNSTATED = "{ single_prices_stated = false }"
SHARES = '{ meal = "66.67", drink = "33.33" }'
SINGLE_PRICES = offer_row("single_prices", when=STATED)
FIXED_SHARES = offer_row("fixed_shares", shares=SHARES, when=UNSTATED)
HIGHEST_RATE = offer_row("highest_rate")


def pack(*rows: str) -> Files:
    """The sound pack with goods, and rows for offers of them."""
    return {
        **SOUND,
        "charges.toml": SOUND["charges.toml"] + GOODS,
        "combined_offers.toml": "\n".join(rows),
        "rates.toml": SOUND["rates.toml"] + RATES,
    }


RULES = made_up_rules(pack(SINGLE_PRICES, FIXED_SHARES))


def sale_of(
    price_minor: int, *parts: tuple[str, int | None], quantity: int = 1, discount_minor: int = 0
) -> Sale:
    """A sale of a combined offer between two other charges."""
    ride = made_up_ride(("fare", 7_00), ("fare", 1), ("tip", 50), total_minor=7_51)
    (sale,) = sales_of(ride, ZoneInfo("Europe/Berlin"))
    whole = Item(discount_minor, "Menu", (), quantity)
    offered = tuple(OfferPart(code, f"{code} {at}", one) for at, (code, one) in enumerate(parts))
    fare, _, tip = sale.charges
    return replace(
        sale,
        charges=(fare, Charge(price_minor - discount_minor, parts[0][0]), tip),
        combined_offers=(CombinedOffer(1, offered),),
        items=(None, whole, None),
    )


def shared(sale: Sale, rules: Rules = RULES) -> tuple[list[Charge], list[Item]]:
    """What becomes of the offer; what stands beside it stays as it is."""
    found = with_shares(sale, rules.plan_for(sale, LINE))
    assert (found.charges[0], found.charges[-1]) == (sale.charges[0], sale.charges[-1])
    assert (found.items[0], found.items[-1]) == (None, None)
    return list(found.charges[1:-1]), [item for item in found.items if item]


def test_fixed_shares_are_percentages_of_the_price_whatever_the_parts() -> None:
    charges, items = shared(sale_of(10_00, ("meal", None), ("drink", None), ("meal", None)))

    share = OfferShare(10_00, "qq-fixed-shares")
    assert charges == [Charge(6_67, "meal"), Charge(3_33, "drink")]
    assert items == [
        Item(0, "Menu", (Option(0, "meal 0"), Option(0, "meal 2")), 1, share),
        Item(0, "Menu", (Option(0, "drink 1"),), 1, share),
    ]


def test_single_prices_share_the_price_in_proportion() -> None:
    charges, _ = shared(sale_of(9_00, ("drink", 4_00), ("meal", 5_00), ("meal", 3_00)))

    assert charges == [Charge(3_00, "drink"), Charge(6_00, "meal")]


def test_a_discount_is_shared_as_the_price_is() -> None:
    parts = (("meal", 6_00), ("drink", 4_00))

    charges, items = shared(sale_of(10_00, *parts, discount_minor=1_01))

    assert charges == [Charge(5_39, "meal"), Charge(3_60, "drink")]
    assert [item.discount_minor for item in items] == [61, 40]
    assert [item.share_of for item in items] == [OfferShare(10_00, "qq-single-prices")] * 2


def test_a_discount_is_never_dearer_than_the_share_that_it_is_taken_off() -> None:
    parts = (("soup", 1), ("meal", 3), ("drink", 3))

    charges, items = shared(sale_of(4, *parts, discount_minor=3))

    assert [charge.amount_minor for charge in charges] == [0, 0, 1]
    assert [item.discount_minor for item in items] == [0, 2, 1]


def test_a_price_that_is_not_broken_down_is_taxed_like_its_dearest_taxed_part() -> None:
    charges, items = shared(
        sale_of(9_00, ("meal", None), ("drink", None)), made_up_rules(pack(HIGHEST_RATE))
    )

    assert charges == [Charge(9_00, "drink")]
    assert [option.name for option in items[0].options] == ["meal 0", "drink 1"]
    assert items[0].share_of == OfferShare(None, "qq-highest-rate")


@pytest.mark.parametrize("parts", [("soup",), ("soup", "soup"), ("soup", "meal")])
def test_parts_that_are_taxed_alike_need_no_row_and_stay_one_line(parts: tuple[str, ...]) -> None:
    offer = sale_of(9_00, *((part, None) for part in parts), discount_minor=1_00)

    charges, items = shared(offer, made_up_rules(pack()))

    assert charges == [Charge(8_00, "soup")]
    assert (items[0].share_of, items[0].discount_minor) == (None, 1_00)


def test_parts_that_different_parties_sell_are_not_taxed_alike() -> None:
    files = pack()
    files["issuers.toml"] = "".join(
        f'[[issuers]]\nid = "qq-{role.replace("_", "-")}"\nrole = "{role}"\ncharge = {charges}\n'
        f"{EVIDENCE}"
        for role, charges in (
            ("principal", '["soup", "fare", "tip"]'),
            ("agent_for", '["meal"]'),
        )
    )

    with pytest.raises(NoCombinedOffer, match="one price for soup and meal"):
        shared(sale_of(9_00, ("soup", None), ("meal", None)), made_up_rules(files))


def test_an_offer_that_no_row_shares_is_refused_with_what_to_do() -> None:
    offer = sale_of(9_00, ("soup", None), ("drink", None))

    with pytest.raises(NoCombinedOffer, match="state the price of each part") as refusal:
        shared(offer)

    assert refusal.value.path == "$.data.items[1].parts"
    assert "soup and drink" in refusal.value.reason


def test_an_offer_with_a_part_that_no_row_taxes_is_refused() -> None:
    with pytest.raises(NoRuleForCharge, match="charge 'wine' in QQ"):
        shared(sale_of(9_00, ("meal", 9_00), ("wine", 9_00)))


def test_two_rows_for_one_offer_are_refused() -> None:
    rules = made_up_rules(pack(SINGLE_PRICES, HIGHEST_RATE))

    with pytest.raises(AmbiguousRule, match="qq-single-prices and qq-highest-rate"):
        shared(sale_of(9_00, ("meal", 9_00), ("drink", 9_00)), rules)


def test_a_row_shares_prices_from_its_first_day_on() -> None:
    row = FIXED_SHARES.replace("2020-01-01", "2026-11-23")
    offer = sale_of(9_00, ("meal", None), ("drink", None))
    eve = replace(offer, supply=replace(offer.supply, date=date(2026, 11, 22)))
    rules = made_up_rules(pack(row))

    assert len(shared(offer, rules)[0]) == 2
    with pytest.raises(NoCombinedOffer, match="on 2026-11-22"):
        shared(eve, rules)


def test_what_was_looked_up_for_one_offer_never_answers_for_another() -> None:
    unstated = sale_of(9_00, ("meal", None), ("drink", None))
    stated = sale_of(9_00, ("meal", 9_00), ("drink", 9_00))
    turned = sale_of(9_00, ("drink", 9_00), ("meal", 9_00))

    answers = [[charge.code for charge in shared(each)[0]] for each in (unstated, stated, turned)]
    rows = [shared(each)[1][0].share_of for each in (unstated, stated)]

    assert answers == [["meal", "drink"], ["meal", "drink"], ["drink", "meal"]]
    assert [row and row.rule_id for row in rows] == ["qq-fixed-shares", "qq-single-prices"]


CODES = st.sampled_from(["meal", "drink", "soup"])


@given(
    st.lists(st.tuples(CODES, st.integers(0, 10**7)), min_size=1, max_size=8),
    st.integers(1, 9),
    st.data(),
)
def test_shares_add_up_and_none_is_dearer_than_its_parts_or_its_discount(
    parts: list[tuple[str, int]], quantity: int, data: st.DataObject
) -> None:
    price = data.draw(st.integers(0, quantity * sum(single for _, single in parts)))
    discount = data.draw(st.integers(0, price))

    charges, items = shared(sale_of(price, *parts, quantity=quantity, discount_minor=discount))

    assert sum(charge.amount_minor for charge in charges) == price - discount
    assert sum(item.discount_minor for item in items) == discount
    for charge, item in zip(charges, items, strict=True):
        assert charge.amount_minor >= 0
        if len(charges) > 1:
            alone = quantity * sum(single for code, single in parts if code == charge.code)
            assert charge.amount_minor + item.discount_minor <= alone
