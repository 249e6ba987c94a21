"""What an order says to the rules, and what contradicts itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from receipts.business_lines.business_line import (
    CombinedOffer,
    OfferPart,
    find_business_lines,
    path_of_charge,
)
from receipts.business_lines.deliveries import (
    ATTRIBUTES,
    Destination,
    ItemOption,
    ItemPart,
    Order,
    OrderDelivered,
    OrderedItem,
    sales_of,
)
from receipts.domain.documents import Item, Option
from receipts.domain.errors import MalformedEvent, WrongTaxId
from receipts.domain.events import Charge
from receipts.domain.money import spread
from receipts.domain.parties import Address, Customer, Supplier
from receipts.infrastructure.ndjson import RawEvent, read_batches
from receipts.pipeline.intake import Intake

BERLIN = ZoneInfo("Europe/Berlin")
DELIVERED_AT = datetime(2026, 11, 24, 18, 41, tzinfo=UTC)
MERCHANT = Supplier(
    address=Address(city="Berlin", country="DE", lines=("Oranienstraße 24",)),
    id="NAPOLI",
    name="Pizzeria Napoli GmbH",
    tax_id="DE275639842",
)
PIZZA = OrderedItem(
    name="Pizza",
    category="food",
    amount_minor=12_00,
    quantity=2,
    options=(ItemOption("Buffalo", 2_50), ItemOption("Hot")),
)
WINE = OrderedItem(name="Wine", category="drink", amount_minor=18_00)


def order(**fields: Any) -> OrderDelivered:
    """An order of a pizza and a bottle of wine, changed as told."""
    data = Order(
        country="DE",
        currency="EUR",
        delivered_at=DELIVERED_AT,
        items=(PIZZA, WINE),
        merchant=MERCHANT,
        order_id="order-1",
        ordered_at=DELIVERED_AT - timedelta(minutes=39),
        total_minor=30_00,
    )
    return OrderDelivered(
        id="order-1", source="/orders", specversion="1.0", data=replace(data, **fields)
    )


def test_goods_and_fees_are_one_sale_in_which_every_item_says_what_it_is() -> None:
    (sale,) = sales_of(order(charges=(Charge(2_90, "delivery_fee"),)), BERLIN)

    assert sale.charges == (
        Charge(12_00, "food"),
        Charge(18_00, "drink"),
        Charge(2_90, "delivery_fee"),
    )
    assert sale.items == (
        Item(0, "Pizza", (Option(2_50, "Buffalo"), Option(0, "Hot")), 2),
        Item(0, "Wine", (), 1),
        None,
    )
    assert sale.supplier == MERCHANT
    assert sale.is_charged


def test_the_commission_is_a_sale_to_the_merchant_that_the_customer_does_not_pay() -> None:
    _, commission = sales_of(order(commission_minor=6_60), BERLIN)

    assert commission.charges == (Charge(6_60, "commission"),)
    assert commission.customer == Customer(
        address=MERCHANT.address, name=MERCHANT.name, tax_id=MERCHANT.tax_id
    )
    assert not commission.is_charged


def test_a_discount_is_taken_off_every_item_in_proportion_to_its_price() -> None:
    (sale,) = sales_of(order(discount_minor=1_00), BERLIN)

    assert [charge.amount_minor for charge in sale.charges] == [11_60, 17_40]
    assert [item and item.discount_minor for item in sale.items] == [40, 60]


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=30).flatmap(
        lambda prices: st.tuples(st.just(prices), st.integers(0, sum(prices)))
    )
)
def test_shares_add_up_exactly_and_none_is_larger_than_its_price(
    case: tuple[list[int], int],
) -> None:
    prices, amount = case

    shares = spread(amount, prices)

    assert sum(shares) == amount
    assert all(0 <= share <= price for share, price in zip(shares, prices, strict=True))


def test_an_order_says_what_rules_may_depend_on() -> None:
    destination = Destination(municipality="Berlin", region="DE-BE")
    event = order(
        customer=Customer(tax_id="T1"), destination=destination, merchant_registered=False
    )

    (sale,) = sales_of(event, BERLIN)

    assert dict(zip(ATTRIBUTES, sale.attributes, strict=True)) == {
        "business_line": "deliveries",
        "customer_is_business": True,
        "destination_municipality": "Berlin",
        "destination_region": "DE-BE",
        "supplier_registered": False,
        "supplier_stated": True,
    }


@pytest.mark.parametrize("party", ["customer", "merchant"])
def test_a_slip_in_a_vat_identifier_is_refused_with_its_place(party: str) -> None:
    stated = order().data
    parties: dict[str, Any] = {
        "customer": Customer(tax_id="DE129273389"),
        "merchant": replace(stated.merchant, tax_id="DE129273389"),
    }

    with pytest.raises(WrongTaxId, match="check digit") as refusal:
        sales_of(order(**{party: parties[party]}), BERLIN)

    assert refusal.value.path == f"$.data.{party}.tax_id"


def test_the_day_of_supply_is_the_local_day_of_the_delivery() -> None:
    at = datetime(2020, 12, 31, 23, 4, tzinfo=UTC)

    (sale,) = sales_of(order(delivered_at=at, ordered_at=at - timedelta(minutes=44)), BERLIN)

    assert sale.supply.date.isoformat() == "2021-01-01"
    assert sale.supply.started_at.isoformat() == "2020-12-31T23:20:00+01:00"


MENU = OrderedItem(
    name="Menu",
    amount_minor=21_00,
    quantity=2,
    parts=(
        ItemPart(name="Pizza", category="food", amount_minor=9_00),
        ItemPart(name="Cola", category="drink", amount_minor=3_00),
    ),
)


def test_a_combined_offer_has_one_price_until_the_pack_says_how_it_is_shared() -> None:
    (sale,) = sales_of(order(items=(PIZZA, MENU), discount_minor=1_00), BERLIN)

    assert sale.charges == (Charge(11_64, "food"), Charge(20_36, "food"))
    assert sale.items[1] == Item(64, "Menu", (), 2)
    assert sale.combined_offers == (
        CombinedOffer(1, (OfferPart("food", "Pizza", 9_00), OfferPart("drink", "Cola", 3_00))),
    )


def test_an_order_without_a_combined_offer_says_so() -> None:
    (sale,) = sales_of(order(), BERLIN)

    assert sale.combined_offers == ()


def parts(*prices: int | None) -> tuple[ItemPart, ...]:
    """Parts of an offer that cost as much when they are sold alone."""
    return tuple(ItemPart(name="Part", category="food", amount_minor=price) for price in prices)


@pytest.mark.parametrize(
    ("fields", "path", "reason"),
    [
        (
            {"ordered_at": DELIVERED_AT + timedelta(minutes=1)},
            "$.data.delivered_at",
            "before it is placed",
        ),
        (
            {"delivered_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)},
            "$.data.delivered_at",
            "outside the years 1 to 9999",
        ),
        (
            {"items": (WINE, replace(PIZZA, options=(ItemOption("Truffle", 12_01),)))},
            "$.data.items[1].options",
            "The options of 'Pizza' come to 1201, more than its whole price of 1200",
        ),
        (
            {"discount_minor": 30_01},
            "$.data.discount_minor",
            "The discount of 3001 is larger than the price of the goods, 3000",
        ),
        (
            {"items": (WINE, replace(MENU, category="food"))},
            "$.data.items[1]",
            "'Menu' needs either a category or parts that have one each",
        ),
        (
            {"items": (WINE, replace(MENU, parts=()))},
            "$.data.items[1]",
            "'Menu' needs either a category or parts that have one each",
        ),
        (
            {"items": (replace(MENU, options=(ItemOption("Large"),)),)},
            "$.data.items[0].options",
            "'Menu' is a combined offer and has options",
        ),
        (
            {"items": (replace(MENU, parts=parts(9_00, None, 3_00)),)},
            "$.data.items[0].parts",
            "2 of the 3 parts of 'Menu' state what they cost when sold alone",
        ),
        (
            {"items": (replace(MENU, parts=parts(9_00, 1_49)),)},
            "$.data.items[0].parts",
            "'Menu' costs 2100 for 2, more than its parts when sold alone, 1049 for each",
        ),
    ],
)
def test_an_order_that_contradicts_itself_is_refused_with_the_place_and_the_reason(
    fields: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(MalformedEvent) as refusal:
        sales_of(order(**fields), BERLIN)

    assert refusal.value.path == path
    assert reason in refusal.value.reason


def test_a_discount_of_everything_leaves_goods_for_nothing() -> None:
    (sale,) = sales_of(order(discount_minor=30_00), BERLIN)

    assert [charge.amount_minor for charge in sale.charges] == [0, 0]


@pytest.mark.parametrize(
    ("position", "path"),
    [(0, "$.data.items[0]"), (1, "$.data.items[1]"), (2, "$.data.charges[0]")],
)
def test_a_charge_is_found_where_the_event_states_it(position: int, path: str) -> None:
    fee = Charge(2_90, "delivery_fee")
    goods, commission = sales_of(order(charges=(fee,), commission_minor=3_00), BERLIN)

    assert path_of_charge(goods, position) == path
    assert path_of_charge(commission, 0) == "$.data"


@pytest.mark.parametrize(
    ("items", "path"),
    [
        ([{"quantity": -1}], "$.data.items[0].quantity"),
        ([{"quantity": 0}], "$.data.items[0].quantity"),
        ([{}, {"name": ""}], "$.data.items[1].name"),
        ([{"name": "x" * 201}], "$.data.items[0].name"),
        ([{"options": [{"name": ""}]}], "$.data.items[0].options[0].name"),
        ([{"category": ""}], "$.data.items[0].category"),
        ([{"amount_minor": -1}], "$.data.items[0].amount_minor"),
        ([], "$.data.items"),
        ([{}] * 1_000, "$.data.items"),
    ],
    ids=[
        "negative quantity",
        "no quantity",
        "empty name",
        "long name",
        "empty name of an option",
        "empty category",
        "negative amount",
        "no items",
        "too many items",
    ],
)
def test_an_item_beyond_its_bounds_is_refused_with_its_place(
    items: list[dict[str, Any]], path: str
) -> None:
    plain = {"name": "Pizza", "category": "food", "amount_minor": 1, "quantity": 1}
    event = msgspec.to_builtins(order())
    event["type"] = "order.delivered.v1"
    event["data"]["items"] = [plain | item for item in items]
    raw = RawEvent(msgspec.json.encode(event), "orders.ndjson:1")

    with pytest.raises(MalformedEvent) as refusal:
        Intake(find_business_lines()).parse(raw)

    assert refusal.value.path == path


def test_an_order_of_ten_thousand_items_is_refused_in_words() -> None:
    event = msgspec.to_builtins(order())
    event["data"]["items"] *= 5_000
    content = msgspec.json.encode(event)

    (batch,) = read_batches(BytesIO(content), "orders.ndjson", 1)

    with pytest.raises(MalformedEvent, match="The event is larger than 262144 bytes"):
        Intake(find_business_lines()).parse(batch[0])
