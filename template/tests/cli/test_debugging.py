"""Looking into a running process: stacks on a signal, and no debugger unless it was asked for."""

from __future__ import annotations

import json
import re
import signal
import sys
import xml.etree.ElementTree as ET
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.api.doors import make_tokens
from tests.cli.test_serve import address_of

from receipts.countries.loader import load_packs
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.service import Service

PROJECT = Path(__file__).parents[2]
PYCHARM = sorted((PROJECT / ".run").glob("*.run.xml"))

has_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def until(pattern: str, lines: Iterable[str]) -> list[str]:
    """What was written up to a line that holds the pattern."""
    seen = []
    for line in lines:
        seen.append(line)
        if re.search(pattern, line):
            return seen
    pytest.fail(f"No line with {pattern!r} came: {seen}")


@has_signals
def test_sigusr1_shows_where_every_thread_is_and_the_service_goes_on(service: Service) -> None:
    with service.start("serve", "--port", "0") as process:
        assert process.stderr is not None
        address = address_of(process)
        process.send_signal(signal.SIGUSR1)
        dump = until(r"cli/app\.py.* in main", process.stderr)
        after = httpx.get(f"{address}/health/live")
        process.kill()

    assert any("thread 0x" in line for line in dump)
    assert any("cli/serve.py" in line for line in dump)
    assert after.status_code == 200


@has_signals
@pytest.mark.parametrize("environment", ["development", "production"])
def test_by_default_sigusr2_opens_no_port_and_ends_nothing(
    service: Service, environment: str
) -> None:
    make_tokens(service.folder / "tokens.json")
    packs = [loaded.pack for loaded in load_packs(service.config / "countries")]
    unverified = [row for pack in packs for row in pack.unverified()]
    settings = {
        "RECEIPTS_ENVIRONMENT": environment,
        "RECEIPTS_API__TOKENS": "tokens.json",
        "RECEIPTS_RULES__ACCEPT_UNVERIFIED": json.dumps(unverified),
    }
    with service.start("serve", "--port", "0", **settings) as process:
        assert process.stderr is not None
        address = address_of(process)
        before = listening_ports(process.pid)
        process.send_signal(signal.SIGUSR2)
        until("debugger.off.*debug.port is not set", process.stderr)
        after = listening_ports(process.pid)
        answer = httpx.get(f"{address}/health/live")
        process.kill()

    assert after == before
    assert answer.status_code == 200


def test_a_debugger_has_no_port_by_default(service: Service) -> None:
    assert service.config.exists()
    assert load_settings().debug.port is None


def listening_ports(pid: int) -> set[str]:
    """TCP sockets on which that process listens, by inode; empty where /proc is missing."""
    opened = []
    for each in Path(f"/proc/{pid}/fd").glob("*"):
        # Some are closed while we look.
        with suppress(FileNotFoundError):
            opened.append(str(each.readlink()))
    mine = {one.removeprefix("socket:[").removesuffix("]") for one in opened}
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    rows = [
        row.split()
        for table in tables
        if table.exists()
        for row in table.read_text("ascii").splitlines()
    ]
    return {row[9] for row in rows if row[3] == "0A" and row[9] in mine}


def test_pycharm_has_what_the_editor_has() -> None:
    assert [file.name for file in PYCHARM] == ["Issue.run.xml", "Serve.run.xml", "Test.run.xml"]


@pytest.mark.parametrize("file", PYCHARM, ids=lambda file: file.name)
def test_a_run_configuration_of_pycharm_names_a_module_that_there_is(file: Path) -> None:
    configuration = ET.parse(file).getroot().find("configuration")  # noqa: S314  our own file
    assert configuration is not None
    options = {each.get("name"): each.get("value") for each in configuration.iter("option")}

    assert configuration.get("type") == "PythonConfigurationType"
    assert options["MODULE_MODE"] == "true"
    assert options["WORKING_DIRECTORY"] == "$PROJECT_DIR$"
    assert find_spec(str(options["SCRIPT_NAME"])) is not None
