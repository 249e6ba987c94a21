"""Events over HTTP, ours in batches beside the usual service's one a request; and reads under load.

    python -m tests.bench.over_http SERVICE WORK

Both run as processes of their own, with the same database and the same durability: SQLite with
synced commits, and a PostgreSQL server that syncs. Turns alternate, so a slower minute is both's.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.bench.figures import Figure, print_figures
from tests.bench.rides import ride_events
from tests.real.service import ROOT, clean_environment

ROUNDS = 3
USUAL_EVENTS = 1_200
OUR_EVENTS = 30_000
TOGETHER = 500
CLIENTS = 4
PATIENCE_S = 30
BATCH = "application/cloudevents-batch+json"
ONE = "application/cloudevents+json"
FORMS = (".json", ".html")


def main(arguments: list[str]) -> int:
    """Measure and print."""
    service, work = (Path(argument).resolve() for argument in arguments)
    work.mkdir(parents=True, exist_ok=True)
    figures = _compared("SQLite", service, lambda name: f"sqlite:///{work / name}.sqlite3", work)
    with _postgres(service) as server:
        figures += _compared(
            "PostgreSQL",
            service,
            lambda name: server.new_database(name).replace("postgresql:", "postgresql+psycopg:"),
            work,
        )
    print_figures(figures)
    return 0


def _compared(
    database: str, service: Path, new_url: Callable[[str], str], work: Path
) -> list[Figure]:
    ours_us, usual_us, reads = [], [], dict[str, list[float]]()
    for turn in range(ROUNDS):
        name = f"{database.lower()}-{turn}"
        usual_us.append(_usual(service, new_url(f"usual-{name}"), turn))
        ours_us.append(_ours(service, new_url(f"ours-{name}"), work, turn, reads))
        print(
            f"  {database}, turn {turn + 1} of {ROUNDS}: usual {usual_us[-1]:,.0f} us, "
            f"ours {ours_us[-1]:.1f} us an event",
            file=sys.stderr,
        )
    ratio = median(usual / ours for usual, ours in zip(usual_us, ours_us, strict=True))
    return [
        Figure(f"usual service, {database}, one event a request", _speed(median(usual_us)), "-"),
        Figure(f"ours, {database}, {TOGETHER} events a request", _speed(median(ours_us)), "-"),
        Figure(f"ours / usual over HTTP, {database}", f"{ratio:.0f}", "at least 100"),
        *(
            Figure(
                f"read of a receipt{form} meanwhile, {database}, p50 / p99",
                f"{median(took):.1f} / {quantiles(took, n=100)[98]:.1f} ms",
                "-",
            )
            for form, took in reads.items()
        ),
    ]


def _usual(service: Path, url: str, turn: int) -> float:
    """Microseconds an event."""
    port = _free_port()
    command = ["-m", "uvicorn", "tests.bench.usual_api:app", "--port", str(port)]
    settings = {"USUAL_SERVICE": str(service), "USUAL_URL": url, "PYTHONPATH": str(ROOT)}
    events = ride_events(USUAL_EVENTS, seed=turn)
    with _process([sys.executable, *command, "--log-level", "warning"], ROOT, settings, port):
        return _send(port, events, ONE, 1)


def _ours(service: Path, url: str, work: Path, turn: int, reads: dict[str, list[float]]) -> float:
    """Microseconds an event; what reads took meanwhile is added to the others."""
    port = _free_port()
    # The same database under the address that ours knows.
    own = url.replace("postgresql+psycopg:", "postgresql:")
    if own.startswith("sqlite:"):
        own = f"sqlite:{work / Path(own).stem}"
    settings = {"RECEIPTS_STORE__URL": own, "RECEIPTS_LOG__LEVEL": "warning"}
    events = ride_events(OUR_EVENTS, seed=turn)
    command = [str(Path(sys.executable).with_name("receipts")), "serve", "--port", str(port)]
    with _process(command, service, settings, port):
        took = _send(port, events, BATCH, TOGETHER)
        _read_under_load(port, ride_events(OUR_EVENTS // 3, seed=turn + 100), reads)
    return took


def _send(port: int, events: list[bytes], media_type: str, together: int) -> float:
    """Microseconds an event, from some clients at once; each waits for its answers."""
    parts = [events[first : first + together] for first in range(0, len(events), together)]
    bodies = parts if together == 1 else [[b"[" + b",".join(part) + b"]"] for part in parts]
    waiting = [body for (body,) in bodies]
    problems: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        while waiting:
            try:
                body = waiting.pop()
            except IndexError:
                break
            connection.request("POST", "/events", body, {"content-type": media_type})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200 or (b'"rejected":0' not in content and together > 1):
                problems.append(f"{answer.status}: {content[:200]!r}")
        connection.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])
    return (time.perf_counter() - began) / len(events) * 1e6


def _read_under_load(port: int, events: list[bytes], reads: dict[str, list[float]]) -> None:
    listed = _get(port, "/receipts?limit=100")
    names = [each["document_id"] for each in json.loads(listed)["receipts"]]
    done = threading.Event()

    def read() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        while not done.is_set():
            for form in FORMS:
                name = names[len(reads.setdefault(form, [])) % len(names)]
                began = time.perf_counter()
                connection.request("GET", f"/receipts/{name}{form}")
                connection.getresponse().read()
                reads[form].append((time.perf_counter() - began) * 1e3)
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    _send(port, events, BATCH, TOGETHER)
    done.set()
    reader.join()


@contextmanager
def _process(
    command: list[str], folder: Path, settings: dict[str, str], port: int
) -> Iterator[None]:
    process = subprocess.Popen(
        command, cwd=folder, env=clean_environment() | settings, stdout=subprocess.DEVNULL
    )
    try:
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                _get(port, "/docs")
            except OSError:
                if process.poll() is not None or time.monotonic() > give_up:
                    raise
                time.sleep(0.05)
            else:
                break
        yield
    finally:
        process.terminate()
        process.wait()


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _postgres(service: Path) -> Any:
    """The server that the service's own tests start, but one that syncs."""
    spec = importlib.util.spec_from_file_location("postgres", service / "tests" / "postgres.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.postgres_server()


def _speed(us: float) -> str:
    return f"{us:,.1f} us, {1e6 / us:,.0f}/s"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(sys.argv[1:]))
