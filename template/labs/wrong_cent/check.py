"""Is every cent where the law wants it, and would the missing test have shown it?"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from labs.attempt import Attempt, NotYet
from labs.lab import Lab, find_labs
from labs.practice import add_practice_country
from labs.workspace import make_copy
from tests.service import as_lines, ride

if TYPE_CHECKING:
    from collections.abc import Sequence

LEGS = (10_00, 10_00)
CASES = (
    LEGS,
    (10_00, 10_11),
    (10_00, 10_00, 5_00),
    (10_05, 10_05),
    (-10_00, -10_00),
    (1_00,) * 25,
    (12_34, 5_67, 8_90, 12_34),
)
"""Amounts of lines at 10 %, in minor units; of some, two leave the same remainder."""

TAXES = """
import json, sys
from receipts.domain.rounding import Rounding, RoundingMode, RoundingScope
from receipts.domain.taxes import Share, taxes_in_gross
once = Rounding(mode=RoundingMode.HALF_UP, scope=RoundingScope.RATE)
taxes = [taxes_in_gross(case, Share(1, 10), once) for case in json.loads(sys.argv[1])]
json.dump(taxes, sys.stdout)
"""

TEST = Path("tests/test_wrong_cent.py")
ANSWERS = """\
# What a debugger shows in `_spread` while ride.json is issued.
cents_to_hand_out     = 0
lines_that_get_a_cent = 0
"""
SEEN = "e57acc10f53c55bd"


def prepare(folder: Path) -> None:
    """A ride of two legs in the country for practice; no test of what is wrong."""
    add_practice_country(folder)
    charges = [{"amount_minor": leg, "code": "fare"} for leg in LEGS]
    (folder / "ride.json").write_bytes(as_lines([ride(1, charges=charges, total_minor=20_00)])[0])
    (folder / "answers.toml").write_text(ANSWERS, "utf-8")
    (folder / "tests" / "domain" / "test_taxes.py").unlink()


def was_seen(attempt: Attempt) -> None:
    """answers.toml says what a debugger shows."""
    text = (attempt.folder / "answers.toml").read_text("utf-8")
    try:
        seen = " ".join(str(value) for value in tomllib.loads(text).values())
    except tomllib.TOMLDecodeError as error:
        raise NotYet(f"answers.toml: {error}") from None
    if hashlib.sha256(seen.encode()).hexdigest()[:16] != SEEN:
        raise NotYet("answers.toml does not say what `_spread` holds for the ride of two legs.")


def cents_are_right(attempt: Attempt) -> None:
    """Tax is rounded once, and its cents go to the largest remainders."""
    answer = attempt.python("-c", TAXES, msgspec.json.encode(CASES).decode())
    if answer.code:
        raise NotYet(answer.err.strip())
    for case, taxes in zip(CASES, msgspec.json.decode(answer.out), strict=True):
        _must_be_lawful(case, taxes)


def receipt_is_right(attempt: Attempt) -> None:
    """The receipt of ride.json says so too, and verifies."""
    with tempfile.TemporaryDirectory() as data:
        own = {"RECEIPTS_STORE__URL": f"sqlite:{data}", "RECEIPTS_LOG__LEVEL": "error"}
        attempt.receipts("issue", "ride.json", **own)
        listed = attempt.receipts("list", "--limit", "1", **own).out.split(" ")[0].strip()
        shown = attempt.receipts("show", listed, **own)
        if shown.code:
            raise NotYet(f"ride.json is not issued: {shown.err.strip()}")
        tax_minor = msgspec.json.decode(shown.out)["totals"]["tax_minor"]
        if tax_minor != 1_82:
            raise NotYet(f"The tax on the receipt is {tax_minor} cents; 182 are due.")
        if (verified := attempt.receipts("verify", "--all", **own)).code:
            raise NotYet(verified.out.strip())


def missing_test_is_there(attempt: Attempt) -> None:
    """tests/test_wrong_cent.py is red on the fault and green on what you made of it."""
    if not (attempt.folder / TEST).exists():
        raise NotYet(f"{TEST} is not there: write the test that was missing.")
    if (said := _run_test(attempt)) is None:
        raise NotYet(f"{TEST} holds no test that runs, or cannot be read: run it by pytest.")
    if not said:
        raise NotYet(f"{TEST} is red on your code: run it by pytest.")
    with tempfile.TemporaryDirectory() as scratch:
        fault = Attempt(Path(scratch) / "fault")
        make_copy(_this_lab(), fault.folder)
        shutil.copy(attempt.folder / TEST, fault.folder / TEST)
        if _run_test(fault) is not False:
            raise NotYet(f"{TEST} is green on the fault, too: it would not have shown it.")


def _run_test(attempt: Attempt) -> bool | None:
    """Whether the learner's test is green; None where there is none that runs."""
    code = attempt.python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(TEST)).code
    return {0: True, 1: False}.get(code)


def _this_lab() -> Lab:
    return next(lab for lab in find_labs() if lab.folder == Path(__file__).parent)


def _must_be_lawful(case: Sequence[int], taxes: Sequence[int]) -> None:
    """Worked out in fractions; where remainders are equal, any of their lines may get the cent."""
    sign = 1 if sum(case) > 0 else -1
    exact = [Fraction(sign * amount, 11) for amount in case]
    due, printed = int(sum(exact) + Fraction(1, 2)), sign * sum(taxes)
    amounts = " and ".join(f"{amount / 100:.2f}" for amount in case)
    where = f"{len(case)} lines of {case[0] / 100:.2f}" if len(case) > 4 else amounts
    if printed != due:
        raise NotYet(f"Tax of {where}: {due} cents are due and {printed} are printed.")
    over = [sign * tax - share for tax, share in zip(taxes, exact, strict=True)]
    if max(over) >= 1 or min(over) <= -1 or max(over) - min(over) > 1:
        raise NotYet(
            f"Tax of {where}: the cents {list(taxes)} do not go to the largest remainders."
        )


CHECKS = (was_seen, missing_test_is_there, cents_are_right, receipt_is_right)
