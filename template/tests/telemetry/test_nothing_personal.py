"""Whatever runs, no log tells of a person, a token, a signature or a password.

Names, addresses and amounts are planted in events, secrets in files and settings; then the
commands and a server run at the lowest level, in both forms, and all they write is searched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from tests.api.doors import KEY, make_key, make_tokens
from tests.cli.test_serve import address_of
from tests.service import Service, as_lines, refund
from tests.telemetry.test_logs import PERSONAL, personal_ride

if TYPE_CHECKING:
    from tests.service import Answer, Command

PASSWORD = "Tr0ub4dor-and-3"  # noqa: S105
STORE_URL = f"postgresql://issuer:{PASSWORD}@db.internal/receipts"


COMMANDS = (
    "issue events.ndjson",
    "issue events.ndjson",
    "verify --all",
    "audit",
    "dead-letters list",
    "dead-letters show 00-1",
    "dead-letters replay",
    "config show",
    "tokens list",
)

REASONS = ("12345", "KRAUSE")
"""What the reason of a dead letter tells whoever may read it: an amount, a document's number."""


class Planted(NamedTuple):
    """A service that has issued for people, and the settings it runs with."""

    service: Service
    environment: dict[str, str]
    tokens: dict[str, str]

    def run(self, *arguments: str) -> Answer:
        return self.service.run(*arguments, **self.environment)

    def link(self) -> str:
        """A link to a receipt."""
        listed = self.run("list", "--json", "--limit", "1").out
        document_id = msgspec.json.decode(listed)["document_id"]
        return self.run("link", document_id).out.strip()


@pytest.fixture(params=["json", "console"])
def planted(service: Service, request: pytest.FixtureRequest) -> Planted:
    tokens = make_tokens(service.folder / "tokens.json")
    make_key(service.folder / "keys")
    wrong = [
        personal_ride(3, distance_m="Badstraße 3"),
        personal_ride(4, currency="JPY"),
        personal_ride(5, total_minor=1),
        personal_ride(6, customer={"name": 12345}),
    ]
    events = [personal_ride(1), personal_ride(2), *wrong, personal_ride(1, licence="limousine")]
    broken = b'{"name": "Ada Beispiel'
    service.write("events.ndjson", [*as_lines([*events, refund(1, of=1)]), broken])
    environment = {
        "RECEIPTS_API__TOKENS": "tokens.json",
        "RECEIPTS_API__LINK_KEYS": "keys",
        "RECEIPTS_LOG__FORMAT": request.param,
        "RECEIPTS_LOG__LEVEL": "debug",
    }
    return Planted(service, environment, tokens)


def leaked(planted: Planted, written: str, *more: str) -> list[str]:
    """What of all that was planted stands in a text."""
    secrets = [*PERSONAL, *planted.tokens.values(), KEY, PASSWORD, *more]
    return [each for each in secrets if each in written]


def test_commands_tell_nothing_of_whom_they_issue_for(
    planted: Planted, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in planted.environment.items():
        monkeypatch.setenv(name, value)

    answers = [receipts(*command.split()) for command in COMMANDS]

    logs = "".join(answer.err for answer in answers)
    assert "document.issued" in logs
    assert leaked(planted, logs) == []
    shown = "".join(answer.out for answer in answers)
    assert "total_differs" in shown
    assert [each for each in leaked(planted, shown) if each not in REASONS] == []


def test_a_server_tells_nothing_of_what_it_serves_or_refuses(planted: Planted) -> None:
    planted.run("issue", "events.ndjson")
    link = urlsplit(planted.link())
    (access,) = parse_qs(link.query)["access"]
    with planted.service.start("serve", "--port", "0", **planted.environment) as process:
        address = address_of(process)
        seen = httpx.get(f"{address}{link.path}", params={"access": access})
        for name, token in planted.tokens.items():
            headers = {"authorization": f"Bearer {token}", "traceparent": name}
            httpx.get(f"{address}{link.path}", headers=headers)
        httpx.get(f"{address}{link.path}", params={"access": access + "x"})
        httpx.get(f"{address}/receipts/Ada Beispiel", params={"name": "Ada Beispiel"})
        planted.service.shard.write_bytes(b"broken" * 1000)
        broken = httpx.get(f"{address}{link.path}", params={"access": access})
        process.terminate()
        out, err = process.communicate()

    assert "Ada Beispiel" in seen.text
    assert broken.status_code == 503
    assert "access.refused" in err
    assert "store.unavailable" in err
    assert leaked(planted, out + err, access, access.split(".")[2]) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [("config show", 0), ("config show --json", 0), ("config explain store.url", 0), ("audit", 2)],
)
def test_a_password_in_the_address_of_the_store_is_shown_to_nobody(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch, command: str, code: int
) -> None:
    monkeypatch.setenv("RECEIPTS_STORE__URL", f"{STORE_URL}?password={PASSWORD}")

    answer = receipts(*command.split())

    assert service.config.exists()
    assert answer.code == code
    assert "postgresql" in answer.out + answer.err
    assert PASSWORD not in answer.out + answer.err


def test_a_defect_shows_a_person_at_a_terminal_no_variables(service: Service) -> None:
    written = service.python(
        "import logging, structlog\n"
        "from receipts.telemetry.logs import LogFormat, configure_logs\n"
        "configure_logs(logging.INFO, LogFormat.CONSOLE)\n"
        "customer = 'Ada ' + 'Beispiel'\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: structlog.get_logger().exception('batch.failed')\n"
    ).err

    assert "ZeroDivisionError: division by zero" in written
    assert "Ada Beispiel" not in written
