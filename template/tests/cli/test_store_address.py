"""A wrong address of PostgreSQL ends a command in words that say what to do, never a password."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import PostgresServer
    from tests.service import Command, Service

PASSWORD = "right/p@ss%word"  # noqa: S105  of a server that ends with these tests

WRONG = "zebra7"
"""Stands in every password that is wrong, and nowhere else."""


@pytest.fixture(scope="module")
def guarded() -> Iterator[PostgresServer]:
    """A server that lets nobody in without the password."""
    with postgres_server(PASSWORD) as server:
        yield server


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def refusal(receipts: Command, monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """What every kind of command says of an address; each ends with 2, without a password."""
    monkeypatch.setenv("RECEIPTS_STORE__URL", url)
    answers = [
        receipts(*command)
        for command in (["list"], ["issue", "-"], ["serve", "--port", "0"], ["database", "upgrade"])
    ]
    for answer in answers:
        assert (answer.code, answer.out) == (2, "")
        assert "Traceback" not in answer.err
        assert WRONG not in answer.err
        assert quote(PASSWORD, safe="") not in answer.err
        assert PASSWORD not in answer.err
    assert {answer.err for answer in answers} == {answers[0].err}
    return answers[0].err


@pytest.mark.usefixtures("service")
def test_the_right_password_lets_a_command_in(
    guarded: PostgresServer, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_STORE__URL", guarded.new_database("let-in"))

    assert receipts("database", "upgrade").code == 0


@pytest.mark.usefixtures("service")
def test_a_wrong_password_is_said(
    guarded: PostgresServer, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, written = guarded.url("postgres"), quote(PASSWORD, safe="")

    wrong = refusal(receipts, monkeypatch, right.replace(written, WRONG))
    none = refusal(receipts, monkeypatch, right.replace(f":{written}", ""))

    assert 'password authentication failed for user "receipts". Nothing was done; write' in wrong
    assert "no password supplied. Nothing was done; write this user's password into" in none


@pytest.mark.usefixtures("service")
def test_a_database_that_does_not_exist_is_said(
    guarded: PostgresServer, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal(receipts, monkeypatch, guarded.url("nowhere"))

    assert 'database "nowhere" does not exist. Nothing was done; make it with `createdb`' in said


@pytest.mark.usefixtures("service")
def test_a_user_that_does_not_exist_is_said(
    postgres: PostgresServer, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url("postgres").replace("receipts@", f"stranger:{WRONG}@")

    said = refusal(receipts, monkeypatch, url)

    assert 'role "stranger" does not exist. Nothing was done; make it with `createuser`' in said


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1:1", "Connection refused. Nothing was done; check that the server runs"),
        ("no-such-host.invalid", "Nothing was done; correct the host in store.url"),
        ("/no-such-folder", "No such file or directory. Nothing was done; check that the"),
    ],
)
def test_a_host_that_cannot_be_reached_is_said(
    receipts: Command, monkeypatch: pytest.MonkeyPatch, host: str, words: str
) -> None:
    host = quote(host, safe=":")

    assert words in refusal(receipts, monkeypatch, f"postgresql://receipts:{WRONG}@{host}/receipts")


@pytest.mark.usefixtures("service")
def test_a_server_that_never_answers_is_given_up(
    receipts: Command, monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    monkeypatch.setattr("receipts.infrastructure.postgres_connection.CONNECT_TIMEOUT_S", 2)
    url = f"postgresql://receipts:{WRONG}@127.0.0.1:{silent_port}/receipts"

    said = refusal(receipts, monkeypatch, url)

    assert "timeout expired. Nothing was done; check that the server runs" in said


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    "address",
    [
        f"receipts:{WRONG}@{WRONG}@127.0.0.1:1/receipts",
        f"receipts:{WRONG}/{WRONG}@127.0.0.1:1/receipts",
        f"receipts:77/{WRONG}@127.0.0.1:1/receipts",
        f"receipts:{WRONG}%{WRONG}@127.0.0.1:1/receipts",
        f"receipts:{WRONG} {WRONG}@127.0.0.1:1/receipts",
        f"receipts:{WRONG}@127.0.0.1:1/receipts?nonsense=1",
    ],
)
def test_a_password_that_is_not_percent_encoded_is_refused_unseen(
    receipts: Command, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    said = refusal(receipts, monkeypatch, f"postgresql://{address}")

    assert "cannot be read: it is postgresql://USER:PASSWORD@HOST:PORT/DATABASE?" in said
    assert "write % as %25, @ as %40" in said


@pytest.mark.parametrize(
    "password", [WRONG, f"{WRONG}#{WRONG}", f"{WRONG}?{WRONG}", f"a:{WRONG}", f"{WRONG}@{WRONG}"]
)
def test_no_command_shows_a_password(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    assert service.config.exists()
    for url in (
        f"postgresql://receipts:{password}@127.0.0.1:1/receipts?sslmode=prefer",
        f"postgresql://127.0.0.1:1/receipts?user=receipts&password={password}",
        f"postgresql://127.0.0.1:1/receipts?user=receipts&sslpassword={password}",
    ):
        monkeypatch.setenv("RECEIPTS_STORE__URL", url)
        for command in (
            ["config", "show"],
            ["config", "show", "--json"],
            ["config", "explain", "store.url"],
            ["database", "check", "--json"],
            ["list"],
        ):
            answer = receipts(*command)
            assert answer.out + answer.err
            assert WRONG not in answer.out + answer.err
            assert "127.0.0.1:1" in answer.out + answer.err or "@" in password
