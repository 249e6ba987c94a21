"""`serve` and `demo` in real processes: they answer, stop when told, and refuse in words."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
from itertools import takewhile
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from tests.api.doors import make_tokens
from tests.service import as_lines, ride

from receipts.infrastructure.postgres_shards import SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.postgres import PostgresServer
    from tests.service import Command, Service


def address_of(process: subprocess.Popen[str]) -> str:
    """Where it says that it serves; it answers from then on."""
    assert process.stdout is not None
    found = re.fullmatch(r"serving on (http://\S+)\n", process.stdout.readline())
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_on_the_port_it_names_and_stops_without_a_traceback(
    service: Service, stop: signal.Signals
) -> None:
    with service.start("serve", "--port", "0") as process:
        answer = httpx.get(f"{address_of(process)}/health/live")
        process.send_signal(stop)
        _, problems = process.communicate()

    assert (answer.status_code, answer.text) == (200, "live\n")
    # Ctrl-C as a shell sees it; a signal to end is followed in order.
    assert process.returncode in ((0,) if stop == signal.SIGTERM else (0, -stop, 128 + stop))
    assert "Traceback" not in problems


def wait_for(answer: Callable[[], int], status: int) -> None:
    """Ask until it answers that."""
    give_up = time.monotonic() + 20
    while answer() != status:
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_a_process_that_is_to_end_says_so_and_answers_until_it_does(service: Service) -> None:
    with service.start("serve", "--port", "0", RECEIPTS_API__DRAIN_S="60") as process:
        address = address_of(process)
        httpx.get(f"{address}/health/ready").raise_for_status()
        process.terminate()
        wait_for(lambda: httpx.get(f"{address}/health/ready").status_code, 503)

        assert httpx.get(f"{address}/health/live").status_code == 200
        assert httpx.get(f"{address}/receipts").status_code == 200
        assert "receipts_draining 1.0" in httpx.get(f"{address}/metrics").text
        process.terminate()
        _, said = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "server.draining" in said
    assert "server.stopped" in said


def test_a_request_that_is_under_way_is_answered_before_the_process_ends(
    service: Service,
) -> None:
    content = as_lines([ride(1)])[0]
    with service.start("serve", "--port", "0") as process:
        url = httpx.URL(address_of(process))
        with socket.create_connection((url.host, url.port or 80)) as slow:
            slow.sendall(
                b"POST /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                b"content-type: application/x-ndjson\r\n"
                + f"content-length: {len(content)}\r\n\r\n".encode()
                + content[:10]
            )
            # The server is at it once it answers another one.
            httpx.get(url.join("/health/live"))
            process.terminate()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            slow.sendall(content[10:])
            answer = b""
            while chunk := slow.recv(65536):
                answer += chunk
        process.communicate(timeout=30)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"outcome":"accepted"' in answer
    assert process.returncode == 0


def test_serve_refuses_a_port_that_is_taken_in_words(service: Service, receipts: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        answer = receipts("serve", "--port", str(other.getsockname()[1]))

    assert service.folder.exists()
    assert (answer.code, answer.out) == (2, "")
    assert "cannot be listened on (Address already in use): choose another with --port" in (
        answer.err
    )


@pytest.mark.usefixtures("service")
def test_serve_refuses_production_without_access_control(
    receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "production")

    answer = receipts("serve", "--port", "0")

    assert (answer.code, answer.out) == (2, "")
    assert "api.tokens is not set" in answer.err
    assert "receipts tokens new" in answer.err


def test_serve_in_production_lets_nobody_read_without_a_token(service: Service) -> None:
    make_tokens(service.folder / "tokens.json")
    service.accept_unseen_sources()
    production = {
        "RECEIPTS_ENVIRONMENT": "production",
        "RECEIPTS_API__TOKENS": "tokens.json",
    }
    with service.start("serve", "--port", "0", **production) as process:
        answer = httpx.get(f"{address_of(process)}/receipts/OURSQQ-QQ-R2026-0-0001")
        process.terminate()

    assert answer.status_code == 401


@pytest.mark.usefixtures("service")
def test_demo_issues_samples_and_its_address_answers_each_time(receipts: Command) -> None:
    for answer in receipts("demo", "--exit"), receipts("demo", "--exit"):
        assert answer.code == 0
        assert "received            106" in answer.out
        assert re.search(r"duplicates +0", answer.out)
        assert re.search(r"A receipt:     http://127\.0\.0\.1:\d+/receipts/\S+\.html", answer.out)
        assert re.search(r"It answers:    200, [\d,]+ bytes\.\n", answer.out)


def test_demo_leaves_the_store_alone_that_the_environment_names(
    service: Service, postgres: PostgresServer
) -> None:
    issued = service.write("rides.ndjson", as_lines([ride(1)]))
    assert service.run("issue", issued.name).code == 0
    before = service.shard.read_bytes()
    database = postgres.new_database("demo-of-production")

    for url in "sqlite:data", "sqlite:other", database:
        answer = service.run("demo", "--exit", RECEIPTS_STORE__URL=url)
        assert (answer.code, answer.err) == (0, "")

    assert service.shard.read_bytes() == before
    assert [path.name for path in service.shard.parent.iterdir()] == [service.shard.name]
    assert not (service.folder / "other").exists()
    with psycopg.connect(database) as connection:
        assert connection.execute(SHARDS).fetchall() == []


def test_demo_leaves_the_store_alone_that_a_file_names_and_nothing_behind(
    service: Service, tmp_path: Path
) -> None:
    (service.config / "development.toml").write_text('store.url = "sqlite:ours"', "utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    answer = service.run("demo", "--exit", TMPDIR=str(temporary))

    assert answer.code == 0
    assert not (service.folder / "ours").exists()
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("service")
def test_demo_says_that_no_sample_could_be_issued(
    receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receipts.cli.demo.SAMPLE_EVENTS", 0)

    answer = receipts("demo", "--exit")

    assert answer.code == 2
    assert "Not one sample could be issued: config/issuers.toml must name" in answer.err


def test_demo_takes_another_port_where_the_usual_one_is_taken(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.config.exists()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        monkeypatch.setenv("RECEIPTS_API__PORT", taken)

        answer = receipts("demo", "--exit")

    assert answer.code == 0
    assert f":{taken}/" not in answer.out


def test_demo_says_when_its_address_does_not_answer(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.config.exists()

    def silent(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", silent)

    answer = receipts("demo", "--exit")

    assert answer.code == 1
    assert "It does not answer: " in answer.err


def test_demo_runs_until_it_is_interrupted(service: Service) -> None:
    with service.start("demo", RECEIPTS_API__PORT="0") as process:
        assert process.stdout is not None
        said = list(takewhile(lambda line: line != "Stop with Ctrl-C.\n", process.stdout))
        (page,) = [line.split()[-1] for line in said if line.startswith("A receipt:")]
        answer = httpx.get(page)
        process.send_signal(signal.SIGINT)
        _, problems = process.communicate()

    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert problems == ""


def test_a_receipt_that_is_issued_while_it_serves_is_served(service: Service) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    with service.start("serve", "--port", "0") as process:
        address = address_of(process)
        before = httpx.get(f"{address}/receipts/OURSQQ-QQ-R2026-0-0001")
        service.run("issue", "rides.ndjson")
        after = httpx.get(f"{address}/receipts/OURSQQ-QQ-R2026-0-0001")
        process.terminate()

    assert (before.status_code, after.status_code) == (404, 200)
