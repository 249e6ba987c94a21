"""A gap in the full run is written down or it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import skips

SKIPPED = """
import pytest

def test_that_lacks_something():
    pytest.skip("no printer")
"""

SKIPPED_MODULE = """
import pytest

pytest.skip("no printer", allow_module_level=True)
"""

LISTED = """
[[skips]]
test = "test_paper.py::test_that_lacks_something"
reason = "{reason}"
"""


@pytest.fixture
def full_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of tests that is held to the rule."""
    monkeypatch.setenv(skips.VARIABLE, "1")
    source = Path(skips.__file__).read_text(encoding="utf-8")
    pytester.makeconftest(source)
    pytester.path.joinpath("skips.toml").write_text("", encoding="utf-8")
    return pytester


def test_an_unlisted_skip_fails(full_run: pytest.Pytester) -> None:
    full_run.makepyfile(test_paper=SKIPPED)

    result = full_run.runpytest_inprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*was skipped, which KVITTO_REQUIRE_ALL=1 forbids: no printer"])


def test_an_unlisted_skip_of_a_module_fails(full_run: pytest.Pytester) -> None:
    full_run.makepyfile(test_paper=SKIPPED_MODULE)

    result = full_run.runpytest_inprocess()

    result.assert_outcomes(errors=1)


@pytest.mark.parametrize(
    ("reason", "outcome"), [("no printer", {"skipped": 1}), ("no paper", {"failed": 1})]
)
def test_a_listed_skip_passes_for_its_own_reason_only(
    full_run: pytest.Pytester, reason: str, outcome: dict[str, int]
) -> None:
    listed = LISTED.format(reason=reason)
    full_run.path.joinpath("skips.toml").write_text(listed, encoding="utf-8")
    full_run.makepyfile(test_paper=SKIPPED)

    full_run.runpytest_inprocess().assert_outcomes(**outcome)


def test_a_skip_passes_where_not_everything_is_required(
    full_run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(skips.VARIABLE)
    full_run.makepyfile(test_paper=SKIPPED)

    full_run.runpytest_inprocess().assert_outcomes(skipped=1)
