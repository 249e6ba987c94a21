"""Print what generating, starting and issuing cost, each figure beside its target.

python -m tests.bench                   all of it
python -m tests.bench --only events     one: copy, receipt, green, documents,
                                        packs, logs, observers, proof,
                                        events, http or fuzz
python -m tests.bench SERVICE           with the service in that folder, installed
                                        beside this Python
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench.figures import Figure, print_figures
from tests.bench.generation import copy_time, first_green, first_receipt
from tests.bench.in_process import (
    WorkerFailed,
    print_documents,
    print_events_per_second,
    print_fuzzing,
    print_http,
    print_logs,
    print_observers,
    print_packs,
    print_proof,
)
from tests.real.service import CommandFailed

IN_PROCESS: Mapping[str, Callable[[Path | None], None]] = {
    "documents": print_documents,
    "packs": print_packs,
    "logs": print_logs,
    "observers": print_observers,
    "proof": print_proof,
    "events": print_events_per_second,
    "http": print_http,
    "fuzz": print_fuzzing,
}

WAITING: Mapping[str, Callable[[], list[Figure]]] = {
    "copy": copy_time,
    "receipt": first_receipt,
    "green": first_green,
}


def main(arguments: list[str]) -> int:
    """Measure; exit code 1 only when something breaks."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("service", nargs="?", type=Path)
    parser.add_argument("--only", choices=[*WAITING, *IN_PROCESS])
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    broken = 0
    for name in [options.only] if options.only else [*WAITING, *IN_PROCESS]:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            if name in IN_PROCESS:
                IN_PROCESS[name](options.service)
            else:
                print_figures(WAITING[name]())
        except (CommandFailed, WorkerFailed) as error:
            broken += 1
            print(f"{name}: {error}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
