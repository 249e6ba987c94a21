"""``receipts database`` says whether a store can be used, and changes schemas where told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from tests.api.doors import make_tokens
from tests.service import as_lines, ride

if TYPE_CHECKING:
    import pytest
    from tests.postgres import PostgresServer
    from tests.service import Command, Service


def test_a_file_is_always_what_this_version_needs(service: Service, receipts: Command) -> None:
    assert receipts("database", "upgrade").code == 0
    checked = receipts("database", "check")

    assert service.shard.exists()
    assert (checked.code, checked.out) == (0, "The schema of 1 shard is what this version needs.\n")


def test_production_changes_a_schema_by_this_command_alone(
    service: Service,
    receipts: Command,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.accept_unseen_sources()
    make_tokens(service.folder / "tokens.json")
    service.write("rides.ndjson", as_lines([ride(1)]))
    for name, value in {
        "RECEIPTS_ENVIRONMENT": "production",
        "RECEIPTS_API__TOKENS": "tokens.json",
        "RECEIPTS_STORE__URL": postgres.new_database("production"),
        "RECEIPTS_STORE__SHARDS": "2",
    }.items():
        monkeypatch.setenv(name, value)

    refused, unready = receipts("issue", "rides.ndjson"), receipts("database", "check", "--json")
    upgraded, again = receipts("database", "upgrade"), receipts("database", "upgrade", "--json")
    issued = receipts("issue", "rides.ndjson")

    assert refused.code == 2
    assert "run `receipts database upgrade` first" in refused.err
    assert (unready.code, msgspec.json.decode(unready.out)["ok"]) == (1, False)
    assert (upgraded.code, "2 shards" in upgraded.out) == (0, True)
    assert msgspec.json.decode(again.out) == {"ok": True, "shards": 2, "problem": None}
    assert (issued.code, receipts("verify", "--all").code, receipts("audit").code) == (0, 0, 0)
    assert receipts("database", "check").code == 0
