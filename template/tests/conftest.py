"""What every test may count on: its own folder and logs, and skips that are accounted for."""

from __future__ import annotations

import os
import signal
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
import structlog
from tests.postgres import PostgresServer, postgres_server
from tests.service import Answer, Command, Service, make_service
from tests.telemetry.ecs_fields import check_lines

from receipts.api import access, problems, requests
from receipts.cli.app import run
from receipts.pipeline import pipeline, repeats
from receipts.settings import PREFIX
from receipts.telemetry import logs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

REQUIRE_ALL = "RECEIPTS_REQUIRE_ALL"

ALLOWED_SKIPS = {
    (skip["test"], skip["reason"])
    for skip in tomllib.loads(Path(__file__).with_name("skips.toml").read_text("utf-8"))["skips"]
}


def pytest_configure() -> None:
    """Let the commands that tests start be interrupted, even where the tests run in background.

    A shell has such a process ignore the interrupt, and a child inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # noqa: ARG001
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything must run, a skip that is not listed is a failure."""
    return _accounted_for((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    return _accounted_for((yield))


def _accounted_for(report: Report) -> Report:
    if os.environ.get(REQUIRE_ALL) != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    place = report.longrepr
    reason = str(place[2] if isinstance(place, tuple) else place).removeprefix("Skipped: ")
    if (report.nodeid.partition("[")[0], reason) not in ALLOWED_SKIPS:
        report.outcome = "failed"
        report.longrepr = (
            f"Skipped although {REQUIRE_ALL}=1: {reason}\n"
            "Install what is missing, or list the test with this reason in tests/skips.toml."
        )
    return report


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service in a folder of its own, which is the current one; no setting from outside."""
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return make_service(tmp_path)


@pytest.fixture
def receipts(service: Service, capsys: pytest.CaptureFixture[str]) -> Command:  # noqa: ARG001
    """The command line of that service, run in this process; its log has the fields of ECS."""

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(list(arguments))
        answer = Answer(code, *capsys.readouterr())
        check_lines(answer.err)
        return answer

    return call


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of this process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(autouse=True)
def logs_of_this_test() -> Iterator[None]:
    """Loggers keep the standard error they first wrote to; the next test has another one."""
    yield
    structlog.reset_defaults()
    for logger in (pipeline.log, repeats.log, problems.log, access.log, requests.log, logs.log):
        vars(logger).pop("bind", None)
