"""Issue new rides with whatever code is on the path: how long it takes, and what comes of it."""

from __future__ import annotations

import hashlib
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as datetime_time
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from tests.countries import made_up

from receipts.business_lines.business_line import find_business_lines
from receipts.engine.draft import draft_all

if TYPE_CHECKING:
    from receipts.business_lines.rides import TripCompleted

RATE = """
[[rates]]
id           = "{id}"
charge       = ["fare"]
tax          = "vat"
category     = "S"
rate_percent = "{percent}"
when         = {{ licence = "{licence}" }}
"""
LEVY = """
[[pass_through]]
id           = "qq-levy-{month:%Y-%m}"
charge       = ["levy"]
kind         = "levy"
receiver     = "authority"
amount_minor = {amount_minor}
"""
EVIDENCE = """valid_from = {first}
valid_to   = {last}
source     = "made up"
checked_on = 2026-11-24
verified   = true
"""

RATES = (
    ("qq-taxi-2020", "taxi", 10, date(2020, 1, 1), date(2025, 12, 31)),
    ("qq-taxi-2026", "taxi", 20, date(2026, 1, 1), date(2026, 6, 30)),
    ("qq-taxi-2026-07", "taxi", 15, date(2026, 7, 1), date(2049, 12, 31)),
    ("qq-hire-car", "hire_car", 25, date(2020, 1, 1), date(2049, 12, 31)),
)
FIRST_YEAR, LAST_YEAR = 2020, 2026


def _rates() -> str:
    return "".join(
        RATE.format(id=row, licence=licence, percent=percent)
        + EVIDENCE.format(first=first, last=last)
        for row, licence, percent, first, last in RATES
    )


def _levies() -> str:
    """A levy that an authority sets anew each month."""
    months = [date(year, month, 1) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in MONTHS]
    return "".join(
        LEVY.format(month=first, amount_minor=1_00 + first.month)
        + EVIDENCE.format(first=first, last=following - timedelta(days=1))
        for first, following in pairwise([*months, date(LAST_YEAR + 1, 1, 1)])
    )


MONTHS = range(1, 13)
DATED: made_up.Files = {
    **made_up.CORRECTABLE,
    "rates.toml": _rates(),
    "pass_through.toml": _levies(),
    "phrases.toml": "",
}
"""The country for practice, where the law turns often, as New York's does."""

AT_ONCE = 500
ROUNDS = 6
NOONS = tuple(
    datetime.combine(day, datetime_time(12), UTC)
    for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
)
LICENCES = ("taxi", "hire_car")


def ride(number: int) -> TripCompleted:
    """A ride like no other, by turns on both sides of a turn of the law and with both licences."""
    fare_minor = 10_00 + number
    return made_up.made_up_ride(
        ("fare", fare_minor),
        total_minor=fare_minor,
        distance_m=1_000 + number,
        ended_at=NOONS[number % len(NOONS)],
        licence=LICENCES[number // len(NOONS) % 2],
        trip_id=f"trip-{number}",
    )


def main() -> int:
    """Print the least seconds that a batch of rides took, and a digest of their documents."""
    rules, facts = made_up.made_up_rules(DATED), made_up.made_up_facts()
    line = next(line for line in find_business_lines() if line.name == "rides")
    digest, fastest = hashlib.sha256(), float("inf")
    for begin in range(0, AT_ONCE * ROUNDS, AT_ONCE):
        rides = [ride(number) for number in range(begin, begin + AT_ONCE)]
        started = time.process_time()
        drafts = draft_all(rides, line, facts, rules)
        fastest = min(fastest, time.process_time() - started)
        digest.update(repr(drafts).encode())
    sys.stdout.write(msgspec.json.encode([fastest, digest.hexdigest()]).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
