"""Nothing opens a receipt but a token with its scope or a link to it, and a refusal tells nothing.

A real server on a free port, and a real client.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from tests.api.doors import NOW, make_key, make_tokens
from tests.api.serving import NUMBER, assert_problem, serving
from tests.service import as_batch, as_lines, open_pipeline, open_shards, ride

from receipts.api.access import Access
from receipts.api.rate_limit import RateLimit
from receipts.infrastructure import watched_files
from receipts.infrastructure.signed_links import LinkKeys
from receipts.infrastructure.tokens import Tokens, revoke_token
from receipts.telemetry.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from tests.service import Service

PERSONAL = ("Our Rides", "Street", "Station", "trip-1", "trip-2", "ride-1", "11.90", "Traceback")


class Guarded(NamedTuple):
    """A server with doors, and what opens them."""

    client: httpx.Client
    tokens: dict[str, str]
    keys: LinkKeys
    mine: str
    """Id of a document."""
    other: str
    folder: Path

    def link(self, document_id: str, seconds: int = 60) -> str:
        return self.keys.sign(document_id, NOW + timedelta(seconds=seconds))


@pytest.fixture
def guarded(service: Service) -> Iterator[Guarded]:
    tokens = make_tokens(service.folder / "tokens.json")
    keys = LinkKeys(make_key(service.folder / "keys"))
    with open_shards(service) as stores:
        rides = as_batch(as_lines([ride(1), ride(2)]))
        mine, other = open_pipeline(stores, service).run(rides)
        access = Access(Tokens(service.folder / "tokens.json"), keys, 1_000, lambda: NOW)
        with serving(stores, access) as client:
            yield Guarded(client, tokens, keys, mine.document_id, other.document_id, service.folder)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_opens_what_its_scope_says_in_any_form(guarded: Guarded) -> None:
    for name in ("reader", "admin"):
        for path in (guarded.mine, NUMBER, f"{guarded.other}.html", f"{guarded.mine}.pdf"):
            answer = guarded.client.get(f"/receipts/{path}", headers=bearer(guarded.tokens[name]))
            assert answer.status_code == 200


def test_health_and_verification_need_no_token(guarded: Guarded) -> None:
    assert guarded.client.get("/health/live").text == "live\n"
    assert guarded.client.get("/health/ready").text == "ready\n"
    assert guarded.client.get("/verify").status_code == 200


@pytest.mark.parametrize("suffix", ["", ".json", ".html", ".pdf"])
def test_a_link_opens_its_one_receipt_in_every_form_and_nobody_keeps_it(
    guarded: Guarded, suffix: str
) -> None:
    for language in ("en", "de"):
        answer = guarded.client.get(
            f"/receipts/{guarded.mine}{suffix}",
            params={"access": guarded.link(guarded.mine), "language": language},
        )

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_a_page_leads_to_opens_by_the_same_link_and_no_document_holds_it(
    guarded: Guarded,
) -> None:
    link = guarded.link(guarded.mine)
    page = guarded.client.get(f"/receipts/{guarded.mine}.html", params={"access": link})
    below, _, navigation = page.text.partition("<nav")

    hrefs = re.findall(r'<a href="([^"]+)"', navigation)
    answers = [guarded.client.get(str(page.url.join(h.replace("&amp;", "&")))) for h in hrefs]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert link not in below
    _, pdf, data = (answer.content for answer in answers)
    assert link.encode() not in pdf
    assert link.encode() not in data


def refused_requests(guarded: Guarded) -> Iterator[tuple[str, dict[str, str], set[int]]]:
    """A path and headers that must open nothing, and how that may be said."""
    mine, link = guarded.mine, guarded.link(guarded.mine)
    key, second, signature = link.split(".")
    for path in (mine, NUMBER, f"{mine}.html", f"{mine}.pdf", "nothing"):
        address = f"/receipts/{path}"
        yield address, {}, {401}
        for token in (
            "x",
            guarded.tokens["reader"] + "x",
            guarded.tokens["reader"][:-1],
            "x" * 9999,
        ):
            yield address, bearer(token), {401}
        for name in ("revoked", "expired"):
            yield address, bearer(guarded.tokens[name]), {401}
        yield address, bearer(guarded.tokens["writer"]), {403}
        yield address, {"authorization": guarded.tokens["reader"]}, {401}
        yield address, {"authorization": f"Basic {guarded.tokens['reader']}"}, {401}
        yield address, {"authorization": "Bearer"}, {401}
        # A token that opens nothing is not made good by a link.
        yield f"{address}?access={link}", bearer("x"), {401}
        for wrong in (
            guarded.link(mine, -1),
            guarded.link(mine, 0),
            guarded.link(guarded.other),
            f"{key}.{int(second) + 1}.{signature}",
            f"{key}.0{second}.{signature}",
            f"{key}.{second}.{signature.swapcase()}",
            f"{key}.{second}.{signature[:-1]}",
            f"{key}.{second}.{signature}=",
            f"2026-12.{second}.{signature}",
            f"..{second}.{signature}",
            "",
            "x" * 9999,
            f"{link}&access={link}",
            f"{link}%0a",
        ):
            yield f"{address}?access={wrong}", {}, {403}
    dotted = f"{guarded.other}%2f..%2f{mine}"
    for trick in (
        f"/receipts/{guarded.other}?access={link}",
        f"/receipts/{NUMBER}?access={link}",
        f"/receipts/{mine.upper()}X.html?access={link}",
        f"/receipts/%20{mine}?access={link}",
        f"/receipts/{mine}%00?access={link}",
        f"/receipts/{dotted}?access={link}",
        f"/receipts/../receipts/{guarded.other}?access={link}",
        f"//receipts/{mine}.html?access={link}",
        f"/receipts//{mine}.html?access={link}",
        f"/receipts/{mine}.html/?access={link}",
        f"/Receipts/{mine}.html?access={link}",
        f"/receipts/{mine}%2ehtml%2f?access={link}",
        f"/receipts/{'a' * 60_000}?access={link}",
        f"/receipts/{mine};{guarded.other}?access={link}",
    ):
        yield trick, {}, {401, 403, 404}


def test_whatever_does_not_open_a_receipt_is_refused_and_neither_answer_nor_log_tells_of_it(
    guarded: Guarded, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(logging.WARNING)
    tried, refused = 0, 0
    for path, headers, statuses in refused_requests(guarded):
        answer = guarded.client.get(path, headers=headers)

        assert answer.status_code in statuses, path
        assert_problem(answer, answer.status_code, answer.reason_phrase)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        for hidden in secrets_of(guarded):
            assert hidden not in answer.text + str(answer.headers)
        tried += 1
        refused += answer.status_code in (401, 403)

    log = "".join(capfd.readouterr())
    lines = list(map(msgspec.json.decode, log.splitlines()))
    assert tried > 100
    assert [line["message"] for line in lines] == ["access.refused"] * refused
    for line in lines:
        assert line["receipts.route"] == "/receipts/{name}"
        assert line["receipts.client"] == "127.0.0.0/24"
        assert ("receipts.token" in line) == (
            line["event.reason"] in ("token_revoked", "token_expired", "scope_missing")
        )
    assert {line["event.reason"] for line in lines} == {
        "token_missing",
        "token_unknown",
        "token_revoked",
        "token_expired",
        "scope_missing",
        "link_wrong",
        "link_expired",
    }
    for hidden in secrets_of(guarded):
        assert hidden not in log


def secrets_of(guarded: Guarded) -> list[str]:
    signature = guarded.link(guarded.mine).split(".")[2]
    ids = [guarded.mine, guarded.other, NUMBER]
    return [*guarded.tokens.values(), signature, *ids, *PERSONAL, str(guarded.folder)]


def test_a_token_that_is_revoked_opens_nothing_while_the_server_runs(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(guarded.tokens["reader"])
    before = guarded.client.get(f"/receipts/{NUMBER}", headers=headers)
    revoke_token(guarded.folder / "tokens.json", "reader", datetime.now(UTC))
    monkeypatch.setattr(watched_files, "LOOK_EVERY_S", 0)
    after = guarded.client.get(f"/receipts/{NUMBER}", headers=headers)

    assert (before.status_code, after.status_code) == (200, 401)


@pytest.mark.parametrize("content", [None, "{", '{"tokens": [{"name": "x"}]}'])
def test_a_file_of_tokens_that_breaks_while_the_server_runs_opens_nothing_and_names_no_path(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = guarded.folder / "tokens.json"
    file.unlink()
    if content is not None:
        file.write_text(content)
    monkeypatch.setattr(watched_files, "LOOK_EVERY_S", 0)

    answer = guarded.client.get(f"/receipts/{NUMBER}", headers=bearer(guarded.tokens["reader"]))

    assert_problem(answer, 503, "Service Unavailable")
    assert str(guarded.folder) not in answer.text


def test_a_new_key_signs_and_an_old_one_verifies_until_it_is_removed(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, path = guarded.link(guarded.mine), f"/receipts/{guarded.mine}"
    folder = make_key(guarded.folder / "keys", "2026-12", "k" + "7Jr8vTzLk5XwPc2Yb9NsDf6Hg4Mt7Ra")
    monkeypatch.setattr(watched_files, "LOOK_EVERY_S", 0)
    new = guarded.link(guarded.mine)
    both = [guarded.client.get(path, params={"access": link}).status_code for link in (old, new)]
    (folder / "2026-11").unlink()
    last = [guarded.client.get(path, params={"access": link}).status_code for link in (old, new)]

    make_key(folder, "2026-12", "n" + "7Jr8vTzLk5XwPc2Yb9NsDf6Hg4Mt7Ra" * 2)
    replaced = guarded.client.get(path, params={"access": new})

    assert replaced.status_code == 403
    assert new.startswith("2026-12.")
    assert (both, last) == ([200, 200], [403, 200])


def test_who_asks_for_public_pages_too_often_has_to_wait_whatever_it_says_it_is(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    with open_shards(service) as stores, serving(stores, Access(requests_per_minute=3)) as client:
        configure_logs(logging.WARNING)
        answers = [client.get("/verify", headers={"x-forwarded-for": f"9.9.9.{n}"}) for n in "1234"]
        link = client.get("/receipts/x?access=y")
        health = client.get("/health/live")

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    for answer in (answers[-1], link):
        assert_problem(answer, 429, "Too Many Requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
    assert health.status_code == 200
    assert '"event.reason":"too_many_requests"' in "".join(capfd.readouterr())


def test_a_trusted_proxy_says_who_the_client_is(service: Service) -> None:
    access = Access(requests_per_minute=1)
    with open_shards(service) as stores, serving(stores, access, ("127.0.0.0/8",)) as client:
        answers = [
            client.get("/verify", headers={"x-forwarded-for": sent})
            for sent in (
                "9.9.9.1",
                "9.9.9.2",
                "9.9.9.1",
                "9.9.9.3, 9.9.9.2",
                "2001:db8::1",
                "2001:db8::2",
            )
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 200, 429]


def test_browsers_are_told_to_come_by_https_where_the_public_address_is(service: Service) -> None:
    with open_shards(service) as stores:
        for address, told in (("https://receipts.example.com", True), (None, False)):
            with serving(stores, public_url=address) as client:
                for path in ("/verify", "/nothing", "/health/live"):
                    answer = client.get(path)
                    assert ("strict-transport-security" in answer.headers) is told
                    assert answer.headers["x-frame-options"] == "DENY"


def test_the_rate_limit_forgets_in_time_and_remembers_in_bounds() -> None:
    now = [0.0]
    limit = RateLimit(2, lambda: now[0], addresses=2)

    assert [limit.wait_s("a") for _ in range(3)] == [0, 0, 30]
    now[0] = 30
    assert [limit.wait_s("a") for _ in range(2)] == [0, 30]
    for address in ("b", "c"):
        assert limit.wait_s(address) == 0
    assert limit.wait_s("a") == 0
    assert len(limit._used_up) == 2
