"""Hold PDFs of every kind to the standards that they claim.

python -m tests.verapdf SERVICE      the service in that folder, installed beside this Python
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.real.checks import Checks
from tests.real.service import BUILD, fresh_folder
from tests.verapdf.samples import write_samples
from tests.verapdf.validator import PROFILES, Missing, Verdict, find_validator, validate

REQUIRE_ALL = "KVITTO_REQUIRE_ALL"
OUTPUT = BUILD / "verapdf"


def main(arguments: list[str]) -> int:
    """Run; exit code 1 when a file fails, or where nothing validates and everything must run."""
    try:
        validator = find_validator()
    except Missing as missing:
        print(f"skipped: {missing}")
        return 1 if os.environ.get(REQUIRE_ALL) == "1" else 0
    folder, checks = fresh_folder(OUTPUT), Checks()
    written = write_samples(Path(arguments[0]), folder)
    for profile, claim in PROFILES.items():
        verdicts = validate(validator, folder, profile)
        checks.equal(
            f"veraPDF was shown every file for {claim}",
            expected=written,
            found=[verdict.name for verdict in verdicts],
        )
        for verdict in verdicts:
            checks.that(_promise(verdict, claim), verdict.problem)
    print(f"{len(written)} files in {folder}")
    print(checks.verdict)
    return 1 if checks.failed else 0


def _promise(verdict: Verdict, claim: str) -> str:
    passed = f"{verdict.passed_rules} rules, {verdict.passed_checks:,} checks passed"
    return f"{claim}: {verdict.name} ({passed})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
