"""Documents carry an address that their readers can reach, or none, and production says which."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.api.doors import make_tokens
from tests.service import as_lines, ride

from receipts.cli.public_address import public_address
from receipts.domain.errors import BrokenConfiguration
from receipts.settings import load_settings

if TYPE_CHECKING:
    from tests.service import Command, Service

NUMBER = "OURSQQ-QQ-R2026-0-0001"
PUBLIC_URL = "https://receipts.example.com"
PRODUCTION = {"RECEIPTS_ENVIRONMENT": "production", "RECEIPTS_API__TOKENS": "tokens.json"}


@pytest.fixture
def issued(service: Service, receipts: Command) -> Service:
    """A service with one document."""
    service.write("rides.ndjson", as_lines([ride(1)]))
    assert receipts("issue", "rides.ndjson").code == 0
    return service


def address(environment: str, host: str, port: int, url: str | None = None) -> str | None:
    settings = load_settings({"environment": environment, "api": {"public_url": url}})
    return public_address(settings, host, port)


@pytest.mark.usefixtures("service")
def test_a_laptop_leads_to_itself_and_nothing_else_to_a_guess() -> None:
    assert address("development", "127.0.0.1", 8080) == "http://127.0.0.1:8080"
    assert address("development", "0.0.0.0", 80) == "http://127.0.0.1:80"  # noqa: S104
    assert address("development", "::", 80) == "http://127.0.0.1:80"
    assert address("development", "::1", 80) == "http://[::1]:80"
    assert address("development", "laptop.example", 80) == "http://laptop.example:80"
    assert address("development", "127.0.0.1", 0) is None
    assert address("staging", "127.0.0.1", 8080) is None
    assert address("production", "127.0.0.1", 8080) is None


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_an_address_that_is_set_is_printed(environment: str) -> None:
    assert address(environment, "127.0.0.1", 8080, PUBLIC_URL) == PUBLIC_URL


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    "url",
    [
        "https://localhost",
        "https://localhost:8080",
        "https://receipts.localhost",
        "https://127.0.0.1:8443",
        "https://0.0.0.0",
        "http://receipts.example.com",
    ],
)
def test_production_prints_no_address_that_others_cannot_reach_or_trust(url: str) -> None:
    assert address("staging", "127.0.0.1", 8080, url) == url
    with pytest.raises(BrokenConfiguration, match=r"put the https:// address there"):
        address("production", "127.0.0.1", 8080, url)


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("command", ["serve --port 0", f"show {NUMBER} --format html"])
def test_a_command_that_would_print_it_refuses_in_words(
    issued: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    assert issued.shard.exists()
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RECEIPTS_API__PUBLIC_URL", "http://localhost:8080")

    answer = receipts(*command.split())

    assert (answer.code, answer.out) == (2, "")
    assert "api.public_url is 'http://localhost:8080'" in answer.err


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_show_prints_the_code_of_the_public_address(
    issued: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    written: dict[str, bytes] = {}
    for url in ("", "https://a.example", "https://b.example"):
        monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "staging")
        if url:
            monkeypatch.setenv("RECEIPTS_API__PUBLIC_URL", url)
        assert receipts("show", NUMBER, "--format", form, "-o", "out").code == 0
        written[url] = Path("out").read_bytes()

    assert issued.shard.exists()
    assert len(set(written.values())) == 3
    if form == "html":
        assert b"a.example/verify" in written["https://a.example"]
        assert b"/verify" not in written[""]


@pytest.mark.parametrize(("url", "warned"), [(None, True), (PUBLIC_URL, False)])
def test_production_says_at_start_that_its_documents_have_no_code(
    service: Service, url: str | None, warned: bool
) -> None:
    make_tokens(service.folder / "tokens.json")
    service.accept_unseen_sources()
    settings = PRODUCTION | ({"RECEIPTS_API__PUBLIC_URL": url} if url else {})
    with service.start("serve", "--port", "0", **settings) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving on ")
        process.terminate()
        _, said = process.communicate()

    assert ("api.public_url is not set, so documents have no QR code" in said) is warned
