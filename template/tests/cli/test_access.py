"""`tokens`, `link` and the start of `serve`: secrets are shown once, and no door is left open."""

from __future__ import annotations

import re
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.api.doors import make_key, make_tokens
from tests.service import as_lines, ride

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service import Command, Service

NUMBER = "OURSQQ-QQ-R2026-0-0001"


@pytest.fixture
def file(service: Service, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the service keeps its tokens; none is made."""
    monkeypatch.setenv("RECEIPTS_API__TOKENS", "tokens.json")
    return service.folder / "tokens.json"


def test_a_token_is_shown_once_and_only_its_hash_is_kept(file: Path, receipts: Command) -> None:
    made = receipts("tokens", "new", "books", "--scope", "receipts:read", "--days", "7")
    listed = receipts("tokens", "list")

    token = made.out.strip()
    assert re.fullmatch(r"receipts_[A-Za-z0-9_-]{43}", token)
    assert token not in made.err + listed.out + file.read_text()
    assert sha256(token.encode()).hexdigest() in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.fullmatch(r"books +\d{4}-\d\d-\d\d  in force receipts:read\n", listed.out)


def test_a_revoked_token_keeps_its_name_so_that_no_other_takes_it(
    file: Path, receipts: Command
) -> None:
    make_tokens(file)

    assert receipts("tokens", "revoke", "reader").out == "reader is revoked.\n"
    assert re.search("reader .* revoked ", receipts("tokens", "list").out)
    for arguments, reason in (
        (("revoke", "reader"), "no token 'reader' that could be revoked"),
        (("new", "reader", "--scope", "admin"), "choose another name"),
        (("new", "Ada Lovelace", "--scope", "admin"), "lower-case letters"),
        (("new", "x", "--scope", "everything"), "everything"),
        (("new", "x"), "--scope"),
        (("new", "x", "--scope", "admin", "--days", "0"), "days"),
        (("new", "x", "--scope", "admin", "--days", "9999"), "days"),
    ):
        before = file.read_text()
        answer = receipts("tokens", *arguments)
        assert (answer.code, answer.out) == (2, ""), arguments
        assert reason in answer.err
        assert file.read_text() == before


@pytest.mark.usefixtures("service")
def test_tokens_say_which_setting_names_their_file(receipts: Command) -> None:
    for arguments in (("list",), ("revoke", "x"), ("new", "x", "--scope", "admin")):
        answer = receipts("tokens", *arguments)

        assert answer.code == 2
        assert "api.tokens is not set" in answer.err


def test_a_link_is_printed_for_a_document_that_is_there(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    receipts("issue", "rides.ndjson")
    without = receipts("link", NUMBER)
    monkeypatch.setenv("RECEIPTS_API__LINK_KEYS", "keys")
    monkeypatch.setenv("RECEIPTS_API__PUBLIC_URL", "https://receipts.example.com")
    absent = receipts("link", NUMBER)
    make_key(service.folder / "keys")
    printed = receipts("link", NUMBER, "--days", "1")
    unknown = receipts("link", "nothing")

    assert re.fullmatch(
        r"https://receipts\.example\.com/receipts/\d{8}-00-[0-9a-f]{32}\.html"
        r"\?access=2026-11\.\d{10}\.[A-Za-z0-9_-]{43}\n",
        printed.out,
    )
    for answer, reason in (
        (without, "api.link_keys is not set"),
        (absent, "a folder with a file for each key"),
        (unknown, "There is no document 'nothing'"),
    ):
        assert (answer.code, answer.out) == (2, "")
        assert reason in answer.err


def test_production_refuses_every_open_door_at_once_and_repeats_no_secret(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "production")
    monkeypatch.setenv("RECEIPTS_API__LINK_KEYS", "keys")
    monkeypatch.setenv("RECEIPTS_API__PUBLIC_URL", "http://localhost")
    make_tokens(file)
    file.write_text(re.sub('"sha256": "[^"]+"', f'"sha256": "{"ab" * 32}"', file.read_text()))
    secrets = ("short-and-wrong", "example" * 8, "zz" * 30)
    for number, secret in enumerate(secrets):
        make_key(service.folder / "keys", str(number), secret)
    make_key(service.folder / "keys", "Upper")

    answer = receipts("serve", "--port", "0")

    assert (answer.code, answer.out) == (2, "")
    for problem in (
        "tokens.json: the hash of reader, writer, admin, revoked, expired is an example",
        "keys/0: a key of 15 characters can be guessed",
        "keys/1: this key is an example",
        "keys/2: this key is an example",
        "keys/Upper: a key's name is",
        "api.public_url is 'http://localhost'",
    ):
        assert problem in answer.err
    for secret in secrets:
        assert secret not in answer.err
