"""A test that is passed over where everything must run is a failure, unless it is listed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

TESTS = Path(__file__).parent

LISTED = tomllib.loads((TESTS / "skips.toml").read_text("utf-8"))["skips"]

SKIPS = {
    "tests/test_inside.py": 'def test_it():\n    pytest.skip("no printer")\n',
    "tests/test_mark.py": '@pytest.mark.skip(reason="no printer")\ndef test_it():\n    pass\n',
    "tests/test_condition.py": (
        '@pytest.mark.skipif(True, reason="no printer")\ndef test_it():\n    pass\n'
    ),
    "tests/test_module.py": 'pytest.skip("no printer", allow_module_level=True)\n',
    "tests/test_package.py": 'pytest.importorskip("printer", reason="no printer")\n',
}
EXPECTED_FAILURE = {"tests/test_x.py": "@pytest.mark.xfail\ndef test_it():\n    assert False\n"}


def run_pytest(folder: Path, files: dict[str, str], require_all: str, *options: str) -> str:
    """Run test files in a folder of their own under the rules of this one."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"import pytest\n{text}")
    rules = ["-p", "tests.conftest", f"--rootdir={folder}", "-c", "/dev/null"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *rules, *options, str(folder)],
        cwd=TESTS.parent,
        env={"PYTHONPATH": str(TESTS.parent), "RECEIPTS_REQUIRE_ALL": require_all},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def outcome(said: str) -> str:
    """The last line of pytest without its frame and its seconds."""
    return re.sub(r"=+ | in .*", "", said.splitlines()[-1])


def test_a_skip_that_is_not_listed_fails_where_everything_must_run(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, SKIPS, "1", "--continue-on-collection-errors")

    # Only the first is passed over while it runs; the others before.
    assert outcome(said) == "1 failed, 4 errors"
    assert said.count("Skipped although RECEIPTS_REQUIRE_ALL=1: no printer") >= len(SKIPS)
    assert "list the test with this reason in tests/skips.toml" in said


def test_a_skip_that_is_not_listed_fails_among_workers_too(tmp_path: Path) -> None:
    files = {"tests/test_inside.py": SKIPS["tests/test_inside.py"]}

    assert outcome(run_pytest(tmp_path, files, "1", "-n", "1")) == "1 failed"


def test_a_skip_is_only_a_skip_elsewhere(tmp_path: Path) -> None:
    assert outcome(run_pytest(tmp_path, SKIPS, "0")) == "5 skipped"


def test_a_listed_skip_and_an_expected_failure_are_allowed_where_everything_must_run(
    tmp_path: Path,
) -> None:
    path, _, name = LISTED[0]["test"].partition("::")
    listed = {path: f"def {name}():\n    pytest.skip({LISTED[0]['reason']!r})\n"}

    said = run_pytest(tmp_path, {**listed, **EXPECTED_FAILURE}, "1")

    assert outcome(said) == "1 skipped, 1 xfailed"


def test_every_listed_skip_names_a_test_that_exists_and_says_why() -> None:
    for skip in LISTED:
        path, _, name = skip["test"].partition("::")

        assert f"def {name}(" in (TESTS.parent / path).read_text("utf-8")
        assert skip["reason"]
        assert skip["why"]
