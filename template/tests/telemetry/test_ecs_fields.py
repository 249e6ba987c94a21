"""Every line that a real command logs has the fields of ECS, of the right types and values.

What is run here is the least: `tests.service` holds every command that any test starts to the
same list.
"""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from tests.api.doors import make_tokens
from tests.cli.test_serve import address_of
from tests.service import as_lines, ride
from tests.telemetry.ecs_fields import LIST, check_lines, known_fields, problems_of

from receipts.telemetry.ecs import ECS_NAMES, ECS_VERSION, EcsRenderer

if TYPE_CHECKING:
    from tests.service import Service

DEBUG = {"RECEIPTS_LOG__LEVEL": "debug"}


def actions(written: str) -> list[str]:
    """What the lines tell, after a check of them all."""
    check_lines(written)
    return [str(msgspec.json.decode(line)["message"]) for line in written.splitlines()]


def test_issuing_with_dead_letters_and_repeats(service: Service) -> None:
    service.write("rides.ndjson", [*as_lines([ride(1), ride(1), ride(2)]), b"{"])

    written = service.run("issue", "rides.ndjson", **DEBUG).err

    assert actions(written) == ["document.issued", "document.issued", "batch.issued"]


def test_a_server_that_answers_refuses_and_hears_no_http(service: Service) -> None:
    make_tokens(service.folder / "tokens.json")
    settings = DEBUG | {"RECEIPTS_API__TOKENS": "tokens.json"}
    with service.start("serve", "--port", "0", **settings) as process:
        url = httpx.URL(address_of(process))
        httpx.get(url.join("/health/ready"))
        httpx.get(url.join("/receipts/00-x"))
        with socket.create_connection((url.host, url.port or 0)) as connection:
            connection.sendall(b"no HTTP\r\n\r\n")
            connection.recv(1000)
        process.send_signal(signal.SIGTERM)
        _, written = process.communicate()

    told = actions(written)
    assert {"request.answered", "access.refused"} <= set(told)
    assert "Invalid HTTP request received." in told


def test_a_server_whose_store_was_broken(service: Service) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    service.run("issue", "rides.ndjson")
    with service.start("serve", "--port", "0") as process:
        address = address_of(process)
        service.shard.write_bytes(b"broken" * 1000)
        answer = httpx.get(f"{address}/receipts/OURSQQ-QQ-R2026-0-0001")
        process.send_signal(signal.SIGTERM)
        _, written = process.communicate()

    assert answer.status_code == 503
    assert "store.unavailable" in actions(written)


DEFECT = """
import logging, sys, threading
from receipts.telemetry.logs import configure_logs
configure_logs(logging.INFO)
work = lambda: {}["Ada Beispiel"]
thread = threading.Thread(target=work)
thread.start(); thread.join()
work()
"""


def test_a_defect_that_nobody_catches(service: Service) -> None:
    written = service.python(DEFECT).err

    assert actions(written) == ["thread.failed", "process.failed"]
    assert "Ada" not in written


SOUND = {"event": "batch.issued", "received": 3, "duration_ns": 5}

FAULTS = {
    "outcome": ({"event.outcome": "ok"}, "event.outcome: 'ok' is none of failure, success"),
    "status": ({"http.response.status_code": "200"}, "status_code: '200' is no long"),
    "unknown": ({"level": "info"}, "level: ECS has no such field"),
    "list": ({"event.type": "start"}, "event.type: one value, where ECS has a list"),
    "one": ({"event.action": ["a"]}, "event.action: a list, where ECS has one value"),
    "level": ({"log.level": "loud"}, "log.level: 'loud' is no level"),
    "date": ({"@timestamp": "2026-11-24T10:00:00"}, "is no date"),
    "ip": ({"client.ip": "127.0.0.0/24"}, "client.ip: '127.0.0.0/24' is no ip"),
    "whole": ({"event.duration": 0.5}, "event.duration: 0.5 is no long"),
    "true": ({"process.pid": True}, "process.pid: True is no long"),
}


def test_a_sound_line_has_no_problem() -> None:
    assert problems_of(EcsRenderer({})(None, "info", dict(SOUND)).decode()) == []


@pytest.mark.parametrize(("changed", "problem"), FAULTS.values(), ids=FAULTS)
def test_a_line_that_breaks_the_list_is_found(changed: dict[str, Any], problem: str) -> None:
    line = msgspec.json.decode(EcsRenderer({})(None, "info", dict(SOUND))) | changed

    (found,) = problems_of(msgspec.json.encode(line).decode())

    assert problem in found


@pytest.mark.parametrize("name", ["@timestamp", "message", "ecs.version", "event.action"])
def test_a_line_without_what_every_line_says_is_found(name: str) -> None:
    line = msgspec.json.decode(EcsRenderer({})(None, "info", dict(SOUND)))
    del line[name]

    (found,) = problems_of(msgspec.json.encode(line).decode())

    assert found.startswith(f"{name}: missing")


def test_what_is_no_object_is_found() -> None:
    with pytest.raises(AssertionError, match="no JSON object"):
        check_lines("receipts: no log line\n{'a': 1}")


def test_our_names_stand_for_fields_that_the_list_has() -> None:
    assert set(ECS_NAMES.values()) <= set(known_fields())
    assert f" {ECS_VERSION}, reduced" in LIST.read_text("utf-8")
