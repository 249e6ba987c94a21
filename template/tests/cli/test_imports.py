"""A command loads nothing that it does not need: people wait for it each time they call it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from subprocess import run
from typing import TYPE_CHECKING

import pytest
from tests.api.doors import make_key, make_tokens
from tests.service import as_lines, ride

if TYPE_CHECKING:
    from tests.service import Command, Service

LOADED_BY = """
import sys
from receipts.cli.app import run
code = max([run(command.split()) for command in sys.argv[1].split(";")])
print(*sys.modules, sep="\\n", file=sys.stderr)
sys.exit(code)
"""

WEB = frozenset({"receipts.api", "starlette", "uvicorn"})
PAGES = frozenset({"babel", "jinja2", "receipts.rendering.html", "segno"})
LOGS = frozenset({"receipts.telemetry", "structlog"})
LAW = frozenset({"receipts.business_lines", "receipts.engine", "receipts.pipeline"})
PACKS = frozenset({"receipts.countries"})
STORE = frozenset({"receipts.infrastructure", "sqlite3", "zstandard"})
SETTINGS = frozenset({"pydantic", "pydantic_settings", "receipts.settings"})
HELP = frozenset({"rich"})

READS = WEB | PAGES | LOGS | LAW | PACKS | HELP
"""What no command may load that answers from the settings and the store."""

NEVER = frozenset({"psycopg", "prometheus_client", "yaml"})
"""What no command loads but a server, or one with another store."""

NUMBER = "OURSQQ-QQ-R2026-0-0001"

BUDGET = {
    "--version": READS | STORE | SETTINGS,
    "--help": READS - HELP | STORE | SETTINGS,
    f"show {NUMBER}; list; list --json; dead-letters list": READS,
    f"show {NUMBER} --format html": READS - PAGES,
    f"link {NUMBER}": READS,
    "tokens list": READS | {"sqlite3", "zstandard"},
    "config show; config explain store.url; config schema": READS | STORE,
    "pack list": WEB | PAGES | LOGS | LAW | HELP | STORE,
    "pack check --quick": WEB | PAGES | LOGS | HELP | STORE | {"receipts.pipeline"},
    "pack explain rides.ndjson": WEB | PAGES | LOGS | HELP | {"sqlite3", "zstandard"},
    "pack new IS": WEB | LOGS | HELP | {"jinja2", "sqlite3", "receipts.pipeline"},
    "sample --count 1; verify --all; audit": WEB | PAGES | LOGS | HELP,
    "issue rides.ndjson": WEB | PAGES,
}
"""Packages and modules that commands leave alone, one after the other in a process."""


@pytest.fixture
def issued(service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service with one document, a token and a key."""
    make_tokens(service.folder / "tokens.json")
    make_key(service.folder / "keys")
    monkeypatch.setenv("RECEIPTS_API__TOKENS", "tokens.json")
    monkeypatch.setenv("RECEIPTS_API__LINK_KEYS", "keys")
    service.write("rides.ndjson", as_lines([ride(1)]))
    assert receipts("issue", "rides.ndjson").code == 0
    return service


@pytest.mark.parametrize(("commands", "unwanted"), BUDGET.items(), ids=BUDGET)
def test_a_command_loads_nothing_that_it_does_not_need(
    issued: Service, commands: str, unwanted: frozenset[str]
) -> None:
    done = run(
        [sys.executable, "-c", LOADED_BY, commands],
        cwd=issued.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert "receipts.cli.app" in loaded
    needless = sorted(loaded & (unwanted | NEVER))
    assert not needless, f"receipts {commands} loads {', '.join(needless)}"


@pytest.mark.parametrize("module", sorted(NEVER.union(*BUDGET.values())))
def test_what_a_command_leaves_alone_exists_under_that_name(module: str) -> None:
    assert find_spec(module)
