"""With KVITTO_REQUIRE_ALL=1 a skip fails, unless tests/skips.toml lists it with its reason.

A test that silently stops running is worse than one that fails, so the full run
accepts only the gaps that somebody has written down.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Generator
from pathlib import Path

import pytest

VARIABLE = "KVITTO_REQUIRE_ALL"
LIST = Path(__file__).with_name("skips.toml")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip of one test into a failure where nothing may be skipped."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_unlisted_skip(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skip of a whole module into a failure where nothing may be skipped."""
    report = yield
    _refuse_unlisted_skip(report, collector.nodeid)
    return report


def _refuse_unlisted_skip(report: pytest.TestReport | pytest.CollectReport, test: str) -> None:
    if not report.skipped or os.environ.get(VARIABLE) != "1":
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if reason == listed_skips().get(test.partition("[")[0]):
        return
    report.outcome = "failed"
    report.longrepr = (
        f"{test} was skipped, which {VARIABLE}=1 forbids: {reason}\n"
        f"Provide what it lacks, or list test and reason in {LIST.name}."
    )


def listed_skips() -> dict[str, str]:
    """Reason of every skip that is accepted, by the test's id without parameters."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8")).get("skips", [])
    return {row["test"]: row["reason"] for row in rows}
