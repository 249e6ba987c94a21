"""The converter of delivery orders adds a day and a town, and repairs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.delivery_orders import Order, cents, options_of, read_orders

HEAD = "order_id\tquantity\titem_name\tchoice_description\titem_price\n"
ROWS = (
    "1\t2\tChicken Bowl\t[Salsa (Hot), [Rice, Sour Cream]]\t$16.98 \n"
    "1\t1\tIzze\t[Clementine]\t$3.39 \n"
    "2\t1\tChips\tNULL\t$2.15 \n"
)


@pytest.fixture
def orders(tmp_path: Path) -> list[Order]:
    """Two orders, of two lines and of one."""
    file = tmp_path / "orders.tsv"
    file.write_text(HEAD + ROWS)
    return read_orders(file)


def test_lines_of_one_number_are_one_order(orders: list[Order]) -> None:
    assert [(order.event_id, order.lines) for order in orders] == [("order-1", 2), ("order-2", 1)]


def test_a_line_keeps_its_quantity_price_kind_and_options(orders: list[Order]) -> None:
    bowl, drink = orders[0].event["data"]["items"]

    assert bowl == {
        "name": "Chicken Bowl",
        "category": "food",
        "quantity": 2,
        "amount_minor": 16_98,
        "options": [{"name": "Salsa (Hot)"}, {"name": "Rice"}, {"name": "Sour Cream"}],
    }
    assert drink["category"] == "drink"


def test_what_was_paid_is_the_prices_and_the_tax_on_their_sum(orders: list[Order]) -> None:
    # 20.37 and 8.875 % of it, 1.8078…; 2.15 and 0.1908…
    assert [order.paid_minor for order in orders] == [22_18, 2_34]


def test_a_price_with_its_sign_and_blank_is_read_exactly() -> None:
    assert cents("$16.98 ") == 16_98
    assert options_of("NULL") == []
