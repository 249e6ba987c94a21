"""Write the bill of materials, and hold it to what an installation really has.

python -m tests.sbom FOLDER      scratch files go into FOLDER, the bill into dist/
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from tests.packaging.builds import install, source_date_epoch
from tests.sbom.components import differences, installed, make_sbom

PROJECT = Path(__file__).parents[2]
BILL = PROJECT / "dist" / "sbom.cdx.json"


def main(scratch: Path) -> int:
    """Run; exit code 1 where bill and installation differ."""
    shutil.rmtree(scratch, ignore_errors=True)
    bill = make_sbom(PROJECT, scratch / "source", source_date_epoch(PROJECT))
    commands = install(PROJECT, ".", scratch / "clean")
    found = installed(commands / "python")
    problems = differences(bill, found)
    for problem in problems:
        print(f"FAILED  {problem}", file=sys.stderr)
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(json.dumps(bill, indent=2) + "\n", "utf-8")
    kind = f"{bill['bomFormat']} {bill['specVersion']}"
    print(f"dist/{BILL.name}  {kind}, {len(bill['components'])} components")
    print(f"{len(found)} distributions are installed: {len(problems)} differences")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
