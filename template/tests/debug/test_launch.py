"""Every entry of .vscode/launch.json reaches a breakpoint, as an editor starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
from tests.debug.adapter import (
    PATIENCE_S,
    Adapter,
    NoSuchEvent,
    connected_adapter,
    started_adapter,
)
from tests.debug.editor import (
    LAUNCH,
    PROJECT,
    Breakpoint,
    Configuration,
    begin,
    filled_in,
    read_configurations,
)
from tests.service import as_lines, ride

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service import Service

CONFIGURATIONS = {entry["name"]: entry for entry in read_configurations(LAUNCH)}


class Stop(NamedTuple):
    """Where an entry must stop, and what is then seen."""

    at: Breakpoint
    variable: str
    shown: str
    open_file: str = "pyproject.toml"
    """What `${file}` is: the file that an engineer has open."""


READ = Stop(
    Breakpoint(
        PROJECT / "src/receipts/api/app.py",
        "link = self._access.require_receipt(request, document_id)",
    ),
    "document_id",
    "'nothing'",
)
MONEY = "tests/domain/test_money.py"

STOPS = {
    "Serve": READ,
    "Issue the open file": Stop(
        Breakpoint(PROJECT / "src/receipts/cli/issue.py", "pipeline.run(batch)"),
        "name",
        "'rides.ndjson'",
        "rides.ndjson",
    ),
    "Test the open file": Stop(
        Breakpoint(PROJECT / MONEY, "assert exponent_of(currency) == exponent"),
        "currency",
        "'EUR'",
        MONEY,
    ),
    "Attach to a running service": READ,
}
"""A new entry needs a row: one that stops nowhere helps nobody."""


def test_every_entry_of_the_file_is_driven() -> None:
    assert sorted(CONFIGURATIONS) == sorted(STOPS)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_an_entry_stops_at_a_breakpoint_shows_a_local_and_steps(
    service: Service, name: str
) -> None:
    stop = STOPS[name]
    with begun(service, CONFIGURATIONS[name], stop) as adapter:
        frame, variables = adapter.locals()
        adapter.ask("next", threadId=frame["thread"])
        stepped, _ = adapter.locals()

        assert frame["line"] == stop.at.line
        assert variables[stop.variable] == stop.shown
        assert stepped["line"] != frame["line"]
        adapter.ask("setBreakpoints", source={"path": str(stop.at.file)}, breakpoints=[])
        adapter.ask("continue", threadId=frame["thread"])


def test_an_entry_that_reaches_no_breakpoint_fails(service: Service) -> None:
    name = "Issue the open file"
    astray = CONFIGURATIONS[name] | {"args": ["--version"]}

    with (
        begun(service, astray, STOPS[name]) as adapter,
        pytest.raises(NoSuchEvent, match="reached no breakpoint"),
    ):
        adapter.locals()


def test_the_debugger_listens_on_this_machine_alone(service: Service) -> None:
    with listening(service) as (_, port):
        everywhere = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
        (address,) = {
            row.split()[1]
            for row in everywhere
            if row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A"
        }

    assert address == f"0100007F:{port:04X}"


def test_the_service_goes_on_after_the_debugger_left(service: Service) -> None:
    with listening(service) as (address, port), connected_adapter("127.0.0.1", port) as adapter:
        begin(adapter, {"request": "attach"}, READ.at)
        with ThreadPoolExecutor(1) as reader:
            asked = reader.submit(httpx.get, f"{address}/receipts/nothing", timeout=PATIENCE_S)
            adapter.locals()
            adapter.ask("disconnect", terminateDebuggee=False)
            assert asked.result().status_code == 404

        assert httpx.get(f"{address}/receipts/nothing").status_code == 404


@contextmanager
def begun(service: Service, configuration: Configuration, stop: Stop) -> Iterator[Adapter]:
    """An entry, started; requests reach whatever it serves."""
    service.write("rides.ndjson", as_lines([ride(1)]))
    inside = service.folder / stop.open_file
    filled = filled_in(configuration, inside if inside.exists() else PROJECT / stop.open_file)
    if filled["request"] == "attach":
        with listening(service) as (address, port):
            # The only thing that is changed: the usual port may be in use on this machine.
            filled["connect"] = {"host": filled["connect"]["host"], "port": port}
            with connected_adapter(**filled["connect"]) as adapter:
                begin(adapter, filled, stop.at)
                with asking(address):
                    yield adapter
        return
    port = free_port()
    settings = {
        "RECEIPTS_API__PORT": str(port),
        "RECEIPTS_STORE__URL": f"sqlite:{service.folder / 'data'}",
        "RECEIPTS_RULES__LEGAL_ENTITIES": str(service.config / "issuers.toml"),
        "RECEIPTS_RULES__TEAM_PACKS": str(service.config / "countries"),
    }
    with started_adapter(service.folder, os.environ | settings) as adapter:
        begin(adapter, filled, stop.at)
        if "serve" not in filled.get("args", ()):
            yield adapter
            return
        told = ""
        while "serving on" not in told:
            told += adapter.event("output")["body"]["output"]
        with asking(f"http://127.0.0.1:{port}"):
            yield adapter


@contextmanager
def listening(service: Service) -> Iterator[tuple[str, int]]:
    """A running service whose debugger was asked for by signal: its address and that port."""
    port = free_port()
    with service.start("serve", "--port", "0", RECEIPTS_DEBUG__PORT=str(port)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().split()[-1]
        process.send_signal(signal.SIGUSR2)
        while line := process.stderr.readline():
            if re.search(r'"debugger\.listening"', line):
                break
        else:
            pytest.fail("It ended before its debugger listened.")
        yield address, port
        process.kill()


@contextmanager
def asking(address: str) -> Iterator[None]:
    """A reader whose request a breakpoint may hold up."""
    reader = threading.Thread(target=_ask, args=(f"{address}/receipts/nothing",), daemon=True)
    reader.start()
    yield
    reader.join(PATIENCE_S)


def _ask(url: str) -> None:
    try:
        httpx.get(url, timeout=PATIENCE_S)
    # The service is stopped while it answers: the test is over.
    except httpx.HTTPError:
        return


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
