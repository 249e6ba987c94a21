"""What `receipts pack check` costs, pack by pack and row by row.

Runs in an environment that has the generated service and what reads PDFs back.

    python -m tests.bench.packs SERVICE
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from receipts.business_lines.business_line import find_business_lines
from receipts.countries.check import Report, check_pack
from receipts.engine.rules import Rules
from receipts.pipeline.pack_proof import prove_pack

from tests.bench.figures import print_table

ROUNDS = 5


def main(arguments: list[str]) -> int:
    """Measure and print."""
    countries = Path(arguments[0]) / "src" / "receipts" / "countries"
    rows = []
    for folder in sorted(path.parent for path in countries.glob("*/golden")):
        report = check_pack(folder)
        if report.loaded is None:
            raise SystemExit(f"{folder} is not sound: {report.findings}")
        count = len(report.loaded.pack.rows())
        quick = min(_quick_s(folder) for _ in range(ROUNDS))
        # The first proof also opens fonts and reads words; a person waits for that once.
        _proof_s(folder, report)
        proof = min(_proof_s(folder, report) for _ in range(ROUNDS))
        figures = (f"{quick / count * 1e6:,.0f}", f"{proof / count * 1e6:,.0f}", f"{proof:.2f}")
        rows.append((report.loaded.pack.identity.code, str(count), *figures))
    print_table(("pack check", "rows", "files, us a row", "proof, us a row", "proof, s"), rows)
    return 0


def _quick_s(folder: Path) -> float:
    began = time.perf_counter()
    report = check_pack(folder)
    if report.loaded is not None:
        Rules(report.loaded, find_business_lines())
    return time.perf_counter() - began


def _proof_s(folder: Path, report: Report) -> float:
    began = time.perf_counter()
    _, findings = prove_pack(folder, report.texts, find_business_lines(), lambda _: None)
    took = time.perf_counter() - began
    if findings:
        raise SystemExit(f"{folder} is not proven: {findings}")
    return took


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
