"""What it costs to prove a store: documents a second and peak memory, by its size.

Runs in an environment that has the generated service. Each proof is a process of its own,
so that its peak memory is its own too.

    python -m tests.bench.proof SERVICE FOLDER 10000 1000000
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from receipts.business_lines.business_line import find_business_lines
from receipts.infrastructure.stores import Stores, open_stores
from receipts.pipeline.audit import audit
from receipts.pipeline.verify import Verifier

from tests.bench.figures import print_table
from tests.bench.issuing import OurService
from tests.bench.rides import ride_events

TOGETHER = 10_000
"""Events made and issued at a time, so that a large store needs no large memory."""

PROOFS = ("verify", "audit")


def main(arguments: list[str]) -> int:
    """Fill stores, prove each in other processes, and print."""
    service, folder, *counts = arguments
    rows = []
    for count in map(int, counts):
        store = Path(folder) / str(count)
        print(f"  issuing {count:,} documents", file=sys.stderr, flush=True)
        _fill(Path(service), store, count)
        for proof in PROOFS:
            command = [sys.executable, "-m", "tests.bench.proof", proof, str(store)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            proven, seconds, peak_mib = done.stdout.split()
            if int(proven) != count:
                raise SystemExit(f"{proof} read {proven} of {count} documents.")
            speed = f"{count / float(seconds):,.0f}"
            rows.append((proof, f"{count:,}", speed, f"{float(seconds):.1f}", peak_mib))
    print_table(("receipts", "documents", "documents/s", "s", "peak MiB"), rows)
    return 0


def prove(proof: str, store: str) -> int:
    """Prove a store; print how many documents, seconds and MiB that took."""
    with open_stores(f"sqlite:{store}", 1) as stores:
        began = time.perf_counter()
        proven = _verified(stores) if proof == "verify" else _audited(stores)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts KiB, macOS bytes.
    mib = peak / 2**10 if sys.platform == "linux" else peak / 2**20
    print(proven, f"{seconds:.3f}", f"{mib:.0f}")
    return 0


def _fill(service: Path, store: Path, count: int) -> None:
    ours = OurService(service, store)
    for seed, first in enumerate(range(0, count, TOGETHER)):
        ours.issue(ride_events(min(TOGETHER, count - first), seed=seed))
    ours.close()


def _verified(stores: Stores) -> int:
    verifier = Verifier(stores.shards[0], find_business_lines())
    if findings := [each for found in verifier.verify_all() for each in found]:
        raise SystemExit(f"The store is not sound: {findings[0]}")
    return verifier.verified


def _audited(stores: Stores) -> int:
    result = audit(stores)
    if result.findings:
        raise SystemExit(f"The store is not sound: {result.findings[0]}")
    return result.documents


if __name__ == "__main__":
    sys.exit(prove(*sys.argv[1:]) if sys.argv[1] in PROOFS else main(sys.argv[1:]))
