"""A log line is one JSON object in ECS that holds ids, and nothing about a person."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
import structlog
from tests.service import as_lines, ride

from receipts.domain.errors import BrokenConfiguration
from receipts.telemetry.logs import configure_logs

if TYPE_CHECKING:
    from typing import Any

    from tests.service import Command, Service

CUSTOMER = {
    "name": "Ada Beispiel",
    "tax_id": "QQ129273398",
    "address": {"city": "Hinterzarten", "country": "QQ", "lines": ["Lindenallee 12"]},
}
SUPPLIER = {
    "id": "KRAUSE",
    "name": "Taxi Krause",
    "address": {"city": "Vorderzarten", "country": "QQ", "lines": ["Sonnenallee 101"]},
}
PERSONAL = [
    "Ada Beispiel",
    "QQ129273398",
    "Hinterzarten",
    "Lindenallee",
    "Krause",
    "KRAUSE",
    "Vorderzarten",
    "Sonnenallee",
    "Badstraße",
    "12345",
    "123.45",
    "123,45",
]
"""Every name, address and amount of the ride below."""


def personal_ride(number: int, **trip: Any) -> dict[str, Any]:
    personal: dict[str, Any] = {
        "charges": [{"amount_minor": 123_45, "code": "fare"}],
        "customer": CUSTOMER,
        "origin": {"name": "Badstraße 3"},
        "supplier": {**SUPPLIER, "tax_id": "QQ1"},
        "total_minor": 123_45,
    }
    return ride(number, **(personal | trip))


def logged(err: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in err.splitlines()]


def test_a_line_is_one_json_object_with_the_fields_of_ecs(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines(map(ride, range(3))))

    (line,) = logged(receipts("issue", "rides.ndjson").err)

    assert list(line)[:4] == ["@timestamp", "log.level", "message", "ecs.version"]
    assert line["log.level"] == "info"
    assert line["message"] == "batch.issued"
    at = datetime.fromisoformat(line["@timestamp"])
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert all("." in name or name in ("@timestamp", "message") for name in line)


def test_a_batch_logs_one_line_with_its_counts_and_the_ids_of_its_documents(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_ISSUE__BATCH_SIZE", "3")
    service.write("rides.ndjson", [*as_lines([ride(1), ride(1)]), b"{", *as_lines([ride(2)])])

    first, second = logged(receipts("issue", "rides.ndjson").err)

    listed = [msgspec.json.decode(row) for row in receipts("list", "--json").out.splitlines()]
    assert first["receipts.received"] == 3
    assert (first["receipts.duplicates"], first["receipts.dead_letters"]) == (1, 1)
    assert [*first["receipts.document_ids"], *second["receipts.document_ids"]] == [
        row["document_id"] for row in reversed(listed)
    ]


def test_the_log_of_a_run_with_customers_holds_no_name_address_or_amount(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_LOG__LEVEL", "debug")
    wrong = personal_ride(3, distance_m="Badstraße")
    service.write(
        "rides.ndjson",
        as_lines([personal_ride(1), personal_ride(2), personal_ride(1), wrong]),
    )

    answer = receipts("issue", "rides.ndjson")

    (page,) = [
        receipts("show", str(msgspec.json.decode(row)["number"])).out
        for row in receipts("list", "--json", "--limit", "1").out.splitlines()
    ]
    shown = [each for each in PERSONAL if each in page]
    assert len(shown) > len(PERSONAL) / 2
    *each, batch = logged(answer.err)
    assert [line["message"] for line in each] == ["document.issued"] * 2
    assert batch["receipts.document_ids"] == [line["receipts.document_id"] for line in each]
    assert [each for each in PERSONAL if each in answer.err] == []


@pytest.mark.parametrize(("level", "lines"), [("debug", 2), ("info", 1), ("warning", 0)])
def test_lines_below_the_chosen_level_are_not_written(
    service: Service,
    receipts: Command,
    monkeypatch: pytest.MonkeyPatch,
    level: str,
    lines: int,
) -> None:
    monkeypatch.setenv("RECEIPTS_LOG__LEVEL", level)
    service.write("rides.ndjson", as_lines([ride(1)]))

    assert len(logged(receipts("issue", "rides.ndjson").err)) == lines


def test_the_answer_of_a_command_is_not_mixed_with_its_log(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))

    answer = receipts("issue", "rides.ndjson", "--json")

    assert msgspec.json.decode(answer.out)["received"] == 1
    assert "batch.issued" not in answer.out


def test_an_error_is_logged_on_one_line_with_its_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(logging.INFO)
    log = structlog.get_logger()
    try:
        raise RuntimeError("broken\nover two lines")
    except RuntimeError:
        log.exception("batch.failed", at=datetime(2026, 11, 24, tzinfo=UTC), size=3)

    (line,) = logged(capsys.readouterr().err)

    assert (line["log.level"], line["message"]) == ("error", "batch.failed")
    assert (line["error.type"], line["error.message"]) == ("RuntimeError", "<21 characters>")
    assert f'File "{__file__}", line ' in line["error.stack_trace"]
    assert (line["receipts.at"], line["receipts.size"]) == ("2026-11-24T00:00:00Z", 3)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("Ada Beispiel"), "<14 characters>"),
        (ValueError("no such name: Ada Beispiel"), "<26 characters>"),
        (FileNotFoundError(2, "No such file", "data"), "[Errno 2] No such file: 'data'"),
        (BrokenConfiguration("store.shards is 0."), "store.shards is 0."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_quoted_only_where_its_text_cannot_be_about_a_person(
    capsys: pytest.CaptureFixture[str], error: Exception, told: str
) -> None:
    configure_logs(logging.INFO)
    try:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("Ada Beispiel") from cause
    except RuntimeError:
        structlog.get_logger().exception("batch.failed")

    said = capsys.readouterr().err
    (line,) = logged(said)
    assert f": {told}\nFile " in line["error.stack_trace"]
    assert "Ada" not in said


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("name-\udcff", "name-\\udcff"),
        (10**30, 10**30),
        (float("nan"), None),
    ],
    ids=str,
)
def test_no_line_is_lost_to_what_it_says(
    capsys: pytest.CaptureFixture[str], value: object, written: object
) -> None:
    configure_logs(logging.INFO)

    structlog.get_logger().info("batch.issued", odd=value, received=3)

    (line,) = logged(capsys.readouterr().err)
    assert (line["receipts.odd"], line["receipts.received"]) == (written, 3)


def test_a_value_that_has_no_text_is_said_to_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError("Ada Beispiel")

    configure_logs(logging.INFO)

    structlog.get_logger().info("batch.issued", odd=Mute())

    (line,) = logged(capsys.readouterr().err)
    assert line["receipts.odd"] == "<Mute without text: RuntimeError>"


def test_a_line_of_a_library_takes_the_form_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO)
    library = logging.getLogger("uvicorn.error")
    library.info("Started server process")
    library.warning("Invalid HTTP request %s.", "received")

    (line,) = logged(capsys.readouterr().err)
    assert (line["log.level"], line["message"]) == ("warning", "Invalid HTTP request received.")
    assert line["log.logger"] == "uvicorn.error"


def test_a_line_of_a_process_says_whose_it_is(service: Service, receipts: Command) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    name, version = receipts("--version").out.split()

    (line,) = logged(
        service.run(
            "issue", "rides.ndjson", RECEIPTS_ENVIRONMENT="staging", RECEIPTS_REGION="north"
        ).err
    )

    assert (line["service.name"], line["service.version"]) == (name, version)
    assert (line["service.environment"], line["labels.region"]) == ("staging", "north")
    assert line["host.hostname"] == socket.gethostname()
    assert line["event.action"] == line["message"] == "batch.issued"
    assert 0 < line["event.duration"] < 60 * 10**9


@pytest.mark.parametrize("form", ["json", "console"])
def test_the_form_of_lines_can_be_chosen(service: Service, form: str) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))

    said = service.run("issue", "rides.ndjson", RECEIPTS_LOG__FORMAT=form, TERM="xterm").err

    assert said.startswith("{") == (form == "json")
    assert "batch.issued" in said
    assert "\x1b" not in said


def test_what_json_does_not_know_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO)

    structlog.get_logger().info("started", level_of=logging.getLogger("x"))

    (line,) = logged(capsys.readouterr().err)
    assert line["receipts.level_of"] == "<Logger x (WARNING)>"


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_a_person_at_a_terminal_gets_lines_to_read(
    monkeypatch: pytest.MonkeyPatch, no_colour: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_colour)
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8", closefd=True) as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        configure_logs(logging.INFO)
        structlog.get_logger().info("batch.issued", received=3)
        terminal.flush()
        said = os.read(leader, 4096).decode()
    os.close(leader)

    assert "batch.issued" in said
    assert "received" in said
    assert not said.lstrip().startswith("{")
    assert ("\x1b" in said) == (not no_colour)


def test_progress_is_shown_at_a_terminal_and_wiped_at_the_end(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    service.write("rides.ndjson", as_lines(map(ride, range(1000))))
    monkeypatch.setenv("RECEIPTS_LOG__LEVEL", "error")
    monkeypatch.setattr(sys, "stderr", terminal)

    answer = receipts("issue", "rides.ndjson")
    receipts("verify", "--all")

    assert answer.code == 0
    assert receipts("audit").code == 0
    wiped = "\r" + " " * 40 + "\r"
    issued, _, proven = terminal.getvalue().partition(wiped)
    assert issued == "\r500 events\r1,000 events"
    shown = r"\r1,000 documents, [\d,]+/s\r {24,}\r"
    assert re.fullmatch(shown * 2, proven)


def test_nobody_who_does_not_watch_is_shown_progress(service: Service) -> None:
    service.write("rides.ndjson", as_lines(map(ride, range(1000))))
    service.run("issue", "rides.ndjson")

    assert [service.run(*command.split()).err for command in ("verify --all", "audit")] == ["", ""]
