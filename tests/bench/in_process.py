"""Events a second on one core: ours beside the usual service."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figures import Figure, print_figures, print_table
from tests.real.service import BUILD, ROOT, clean_environment, fresh_folder, generate, install

WORK = BUILD / "bench"
USUAL_LIBRARIES = ("debugpy", "ecs-logging", "py-spy", "pydantic", "sqlalchemy")
STORE = "store: claim, insert, synced commit, the rest"


class WorkerFailed(Exception):
    """The two services could not be compared; its own words are on standard error."""


def print_events_per_second(service: Path | None) -> None:
    """Measure and print the comparison and what ours is made of.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke, or the two do not issue the same documents.
    """
    work = fresh_folder(WORK)
    python, service = _installed(service, work)
    measured = _run_worker(python, service, work / "stores")
    print_figures(_figures(measured))
    print_table(("one event, one core", "us", "share"), _breakdown(measured))


def print_documents(service: Path | None) -> None:
    """Print what a document of each pack and kind costs.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke.
    """
    python, service = _installed(service, fresh_folder(WORK))
    print(_output_of(python, "tests.bench.documents", str(service)))


def print_packs(service: Path | None) -> None:
    """Print what `receipts pack check` costs for each pack.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke, or a pack is not proven.
    """
    python, service = _installed(service, fresh_folder(WORK))
    print(_output_of(python, "tests.bench.packs", str(service)))


def print_fuzzing(service: Path | None) -> None:
    """Print what became of damaged events.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: One of them crashed the pipeline.
    """
    work = fresh_folder(WORK)
    python, service = _installed(service, work)
    print(_output_of(python, "tests.bench.fuzz", str(service), str(work / "stores")))


def print_http(service: Path | None) -> None:
    """Print what events and receipts cost over HTTP, beside the usual service.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke.
    """
    work = fresh_folder(WORK)
    python, service = _installed(service, work)
    print(_output_of(python, "tests.bench.over_http", str(service), str(work / "stores")))


def print_logs(service: Path | None) -> None:
    """Print what a log line costs, beside what else there is.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke.
    """
    python, _ = _installed(service, fresh_folder(WORK))
    print(_output_of(python, "tests.bench.logs"))


def print_observers(service: Path | None) -> None:
    """Print what a listening debugger and a profiler cost a service.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke.
    """
    work = fresh_folder(WORK)
    python, service = _installed(service, work)
    print(_output_of(python, "tests.bench.observers", str(service), str(work / "observed")))


def print_proof(service: Path | None) -> None:
    """Print what it costs to prove a store of ten thousand documents.

    With ``KVITTO_BENCH_MILLION=1`` also one of a million, which takes some minutes.

    Args:
        service: A service installed beside this Python; one is made where there is none.

    Raises:
        WorkerFailed: Something broke, or a store is not sound.
    """
    work = fresh_folder(WORK)
    python, service = _installed(service, work)
    million = ["1000000"] if os.environ.get("KVITTO_BENCH_MILLION") == "1" else []
    counts = ["10000", *million]
    print(_output_of(python, "tests.bench.proof", str(service), str(work / "proofs"), *counts))


def _installed(service: Path | None, work: Path) -> tuple[Path, Path]:
    """A Python that has a service, and that service."""
    if service is not None and importlib.util.find_spec("receipts") is not None:
        return Path(sys.executable), service
    service = work / "service"
    return _environment(service, work / "environment"), service


def _environment(service: Path, environment: Path) -> Path:
    print("  generating a service and installing it", file=sys.stderr)
    generate(service)
    project = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))
    reads_files = project["dependency-groups"]["packs"]
    return install(service, environment, *_usual_requirements(), *reads_files)


def _usual_requirements() -> list[str]:
    """The pins of what the usual service is made of."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = project["dependency-groups"]["bench"]
    return [pin for pin in pins if str(pin).startswith(USUAL_LIBRARIES)]


def _run_worker(python: Path, service: Path, stores: Path) -> dict[str, Any]:
    output = _output_of(python, "tests.bench.worker", str(service), str(stores))
    measured: dict[str, Any] = json.loads(output)
    return measured


def _output_of(python: Path, module: str, *arguments: str) -> str:
    """What a module prints in the environment of a service.

    Raises:
        WorkerFailed: It ended badly.
    """
    finished = subprocess.run(
        [str(python), "-m", module, *arguments],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONPATH": os.fspath(ROOT)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if finished.returncode != 0:
        raise WorkerFailed(f"{module} ended with {finished.returncode}.")
    return finished.stdout


def _figures(measured: dict[str, Any]) -> list[Figure]:
    event, stored = f"{measured['event_bytes']:,} bytes", f"{measured['stored_bytes']:,} bytes"
    return [
        Figure("usual service, a commit an event", _speed(_median_us(measured["usual"])), "-"),
        Figure("ours, batches of 500", _speed(_median_us(measured["ours"])), "-"),
        Figure("ours / usual: same law, same durability", _ratio(measured, 0), "at least 50"),
        Figure("the same in processor time", _ratio(measured, 1), "-"),
        Figure("engine only: draft, number, encode", _speed(measured["engine_us"]), "60,000/s"),
        Figure("an event", event, "-"),
        Figure("what is stored of it, indexes included", stored, "-"),
    ]


def _ratio(measured: dict[str, Any], column: int) -> str:
    """Median over the turns, each of which ran both ways one after the other."""
    turns = zip(measured["usual"], measured["ours"], strict=True)
    return f"{median(usual[column] / ours[column] for usual, ours in turns):.1f}"


def _median_us(costs: list[list[float]]) -> float:
    return median(us for us, _ in costs)


def _breakdown(measured: dict[str, Any]) -> list[tuple[str, str, str]]:
    whole = _median_us(measured["ours"])
    steps: dict[str, float] = measured["steps_us"]
    rows = {**steps, STORE: whole - sum(steps.values()), "whole": whole}
    return [(name, f"{us:.1f}", f"{100 * us / whole:.0f} %") for name, us in rows.items()]


def _speed(us: float) -> str:
    return f"{us:,.1f} us, {1e6 / us:,.0f}/s"
