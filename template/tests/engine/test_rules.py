from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.countries.golden import issue_event
from tests.countries.made_up import (
    OURS,
    SOUND,
    added,
    changed,
    made_up_facts,
    made_up_ride,
    made_up_rules,
)

from receipts.domain.errors import NoRuleForCharge
from receipts.engine import plan, rules
from receipts.engine.facts import Facts
from receipts.rendering.canonical import canonical_json


@pytest.mark.parametrize(
    ("issued_at", "year"),
    [
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), 2027),
    ],
)
def test_the_year_of_a_series_is_that_of_the_issue_in_local_time(
    issued_at: datetime, year: int
) -> None:
    facts = Facts(issued_at, made_up_facts().legal_entities, shards=1)
    ride = made_up_ride(("fare", 1), total_minor=1)

    document = issue_event(ride, facts, made_up_rules())

    assert document.series == f"OURS/QQ/receipt/{year}/0"
    assert document.number == f"OURS-QQ-R{year}-0-0001"


def test_the_day_of_supply_is_the_local_day_on_which_the_ride_ends() -> None:
    ride = made_up_ride(
        ("fare", 1), total_minor=1, ended_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    )

    supply = issue_event(ride, made_up_facts(), made_up_rules()).supply

    assert supply.date.isoformat() == "2027-01-01"
    assert supply.started_at.isoformat() == "2026-12-31T23:36:00+01:00"


def test_look_up_tables_forget_instead_of_growing_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "MOST_PLANS", 1)
    monkeypatch.setattr(plan, "MOST_LAYOUTS", 2)
    small = made_up_rules()

    for number in range(4):
        for tips in range(4):
            charges = [("fare", 10_00), *[("tip", 1_00)] * tips]
            ride = made_up_ride(
                *charges,
                total_minor=10_00 + tips * 1_00,
                supplier=OURS if number % 2 else None,
            )
            expected = issue_event(ride, made_up_facts(), made_up_rules())

            assert canonical_json(issue_event(ride, made_up_facts(), small)) == canonical_json(
                expected
            )


def test_a_refusal_names_the_day_of_its_own_ride_not_of_one_before_it() -> None:
    loaded = made_up_rules()
    for day in (1, 2):
        ride = made_up_ride(
            ("unheard_of", 1), total_minor=1, ended_at=datetime(2026, 11, day, 12, tzinfo=UTC)
        )
        with pytest.raises(NoRuleForCharge, match=f"on 2026-11-0{day}"):
            issue_event(ride, made_up_facts(), loaded)


def test_a_row_applies_on_its_last_day_and_no_longer() -> None:
    files = changed("rates.toml", "2020-01-01", "2020-01-01\nvalid_to = 2026-11-01")
    loaded = made_up_rules(files)
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)

    for before in (0, 1, 2):
        ended_at = noon - timedelta(days=before)
        ride = made_up_ride(("fare", 1), total_minor=1, ended_at=ended_at)
        issue_event(ride, made_up_facts(), loaded)
    ride = made_up_ride(("fare", 1), total_minor=1, ended_at=noon + timedelta(days=1))
    with pytest.raises(NoRuleForCharge, match="on 2026-11-02"):
        issue_event(ride, made_up_facts(), loaded)


def test_tax_is_put_on_top_where_prices_exclude_it() -> None:
    files = changed("pack.toml", "= true", "= false")
    ride = made_up_ride(("fare", 10_00), total_minor=11_00)

    document = issue_event(ride, made_up_facts(), made_up_rules(files))

    (line,) = document.lines
    assert (line.net_minor, line.tax_minor, line.gross_minor) == (10_00, 1_00, 11_00)


def test_lines_stay_in_the_order_of_the_charges_whatever_their_rates() -> None:
    rate = '[[rates]]\nid = "qq-levy-taxed"\ncharge = ["levy"]\ntax = "vat"\ncategory = "S"'
    files = added("rates.toml", f'{rate}\nrate_percent = "5"')
    files |= {"pass_through.toml": SOUND["pass_through.toml"].replace('["levy"]', '["share"]')}
    ride = made_up_ride(("fare", 5_00), ("levy", 1_00), ("fare", 6_00), total_minor=12_00)

    document = issue_event(ride, made_up_facts(), made_up_rules(files))

    assert [line.charge for line in document.lines] == ["fare", "levy", "fare"]
    assert [subtotal.rate_percent for subtotal in document.tax_subtotals] == ["10", "5"]
