"""What keeps the service from starting is told at once, with file and line; editors know it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from receipts.settings import setting_keys

if TYPE_CHECKING:
    from tests.service import Command, Service


def break_settings(service: Service) -> None:
    (service.config / "development.toml").write_text(
        '# Ours.\nstore.shards = 0\n\n[log]\nlevel = "loud"\n\n[issue]\nbatchsize = 10\n[logs]\n'
    )


def test_nothing_is_wrong_with_a_sound_service(service: Service, receipts: Command) -> None:
    answer = receipts("config", "check")

    assert (answer.code, answer.out) == (0, "")
    assert "nothing is wrong" in answer.err
    assert not service.shard.exists()


def test_every_setting_that_is_wrong_is_told_at_once_with_file_and_line(
    service: Service, receipts: Command
) -> None:
    break_settings(service)

    answer = receipts("config", "check")
    at_start = receipts("issue", "-")

    assert (answer.code, at_start.code) == (1, 2)
    for key, line in (("store.shards", 2), ("log.level", 5), ("issue.batchsize", 8), ("logs", 9)):
        for text in (answer.out, at_start.err):
            (told,) = [each for each in text.splitlines() if f" {key}: " in each]
            assert told.endswith(f"(from config/development.toml:{line})")


def test_every_file_that_is_no_toml_is_told_with_its_line(
    service: Service, receipts: Command
) -> None:
    (service.config / "development.toml").write_text("\nstore = [")
    (service.config / "development.local.toml").write_text("a = 1\na = 2\n")

    out = receipts("config", "check").out

    assert "config/development.toml: " in out
    assert "config/development.local.toml: " in out
    assert "line 2" in out


@pytest.mark.parametrize("command", [["config", "check"], ["issue", "-"]], ids=" ".join)
def test_legal_entities_and_packs_are_told_together(
    service: Service, receipts: Command, command: list[str]
) -> None:
    (service.config / "issuers.toml").write_text("[[legal_entities]]\ncountry = 7\n")
    rates = service.config / "countries" / "qq" / "rates.toml"
    rates.write_text(rates.read_text() + "\nunheard_of = 1\n")
    other = service.config / "countries" / "qr"
    other.mkdir()
    (other / "pack.toml").write_text("")

    answer = receipts(*command)

    said = answer.out + answer.err
    assert "config/issuers.toml:1, legal_entities[0]: the field `supplier` is missing." in said
    assert "config/issuers.toml:2, legal_entities[0].country: Expected `str`, got `int`." in said
    assert "config/countries/qq/rates.toml:" in said
    assert "Pack qr lacks" in said
    assert "Traceback" not in said


def test_the_schema_says_what_each_setting_is_for(service: Service, receipts: Command) -> None:
    (service.config / "development.toml").write_text("[api]\n")
    schema = msgspec.json.decode(receipts("config", "schema").out)

    def described(key: str) -> str:
        place: dict[str, Any] = schema
        for name in key.split("."):
            place = schema["$defs"][place["$ref"].rpartition("/")[2]] if "$ref" in place else place
            place = place["properties"][name]
        return str(place["description"])

    assert {key: described(key) for key, _ in setting_keys()} == dict(setting_keys())
    assert schema["additionalProperties"] is False


def test_no_secret_is_printed_by_any_command_about_settings(
    receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_API__TOKEN_SHA256", "ab" * 32)

    for words in ("show", "show --json", "explain api.tokens", "check", "check --json", "schema"):
        answer = receipts("config", *words.split())
        assert "abab" not in answer.out + answer.err
    assert receipts("config", "check").code == 1
