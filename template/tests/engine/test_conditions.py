from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.countries.made_up import SOUND, loaded

from receipts.countries.pack import Range
from receipts.engine.conditions import CellFinder, all_hold

if TYPE_CHECKING:
    from receipts.business_lines.business_line import Attribute

RIDE: dict[str, Attribute] = {
    "licence": "taxi",
    "pooled": False,
    "distance_m": 50_000,
    "destination_region": None,
}

BOUNDS = st.none() | st.integers(-5, 5)
ROW = loaded(SOUND).pack.rates[0]
RANGES = st.builds(Range, above=BOUNDS, at_least=BOUNDS, at_most=BOUNDS, below=BOUNDS)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({}, True),
        ({"licence": "taxi"}, True),
        ({"licence": "hire_car"}, False),
        ({"licence": ("hire_car", "taxi")}, True),
        ({"licence": ("hire_car",)}, False),
        ({"pooled": False}, True),
        ({"pooled": True}, False),
        ({"distance_m": Range(at_most=50_000)}, True),
        ({"distance_m": Range(above=50_000)}, False),
        ({"licence": "taxi", "pooled": True}, False),
    ],
    ids=str,
)
def test_a_row_applies_where_all_of_its_conditions_hold(
    when: dict[str, bool | str | tuple[str, ...] | Range], holds: bool
) -> None:
    assert all_hold(when, RIDE) is holds


@pytest.mark.parametrize(
    "condition", ["US-NY", True, False, ("US-NY",), Range(), Range(at_least=0)], ids=str
)
@pytest.mark.parametrize("name", ["destination_region", "weather"])
def test_no_condition_holds_on_what_an_event_does_not_say(
    name: str, condition: bool | str | tuple[str, ...] | Range
) -> None:
    assert not all_hold({name: condition}, RIDE)


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("licence", True),
        ("licence", Range(at_least=0)),
        ("pooled", Range(at_most=1)),
        ("pooled", "False"),
        ("distance_m", True),
        ("distance_m", "50000"),
    ],
)
def test_a_condition_of_another_sort_than_its_attribute_never_holds(
    name: str, condition: bool | str | Range
) -> None:
    assert not all_hold({name: condition}, RIDE)


def test_a_text_where_a_pack_expects_a_number_has_a_place_of_its_own() -> None:
    row = replace(ROW, when={"distance_m": Range(at_most=50_000)})
    cells = CellFinder([row], frozenset({"distance_m"}))

    places = [cells.place_of("distance_m", value) for value in (1, 50_000, 50_001, "far", None)]

    assert len(set(places)) == len(places)


@given(st.lists(RANGES, max_size=4), st.integers(-7, 7), st.integers(-7, 7))
def test_no_row_can_tell_two_numbers_of_one_place_apart(
    ranges: list[Range], one: int, other: int
) -> None:
    rows = [replace(ROW, when={"distance_m": each}) for each in ranges]
    cells = CellFinder(rows, frozenset({"distance_m"}))

    if cells.place_of("distance_m", one) == cells.place_of("distance_m", other):
        assert [each.holds(one) for each in ranges] == [each.holds(other) for each in ranges]


def test_every_number_has_the_same_place_where_no_row_has_a_limit() -> None:
    cells = CellFinder([], frozenset({"distance_m"}))

    assert cells.place_of("distance_m", 1) == cells.place_of("distance_m", 50_001)
