"""Where a setting comes from, and what a wrong one is told."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from receipts import settings
from receipts.domain.errors import BrokenConfiguration
from receipts.settings import load_settings, read_sources, setting_keys, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service import Command, Service


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setattr(settings, "SECRETS_FOLDER", folder)
    return folder


def test_each_source_outranks_the_one_before(
    service: Service, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def region() -> tuple[int, str]:
        return load_settings().api.port, source_of("api.port", read_sources())

    assert region() == (8080, "default")
    (service.config / "development.toml").write_text("[api]\nport = 1\n", "utf-8")
    assert region() == (1, "config/development.toml")
    (service.config / "development.local.toml").write_text("[api]\nport = 2\n", "utf-8")
    assert region() == (2, "config/development.local.toml")
    monkeypatch.setenv("RECEIPTS_API__PORT", "3")
    assert region() == (3, "environment variables")
    command_line = {"api": {"port": 5}}
    assert load_settings(command_line).api.port == 5
    assert source_of("api.port", read_sources(command_line)) == "command line"
    assert secrets.is_dir()


def test_a_secret_file_is_read_and_never_shown(
    service: Service, secrets: Path, receipts: Command
) -> None:
    digest = sha256(b"a token").hexdigest()
    (secrets / "receipts_api").write_text(f'{{"token_sha256": "{digest}"}}', "utf-8")

    token = load_settings().api.token_sha256
    shown = receipts("config", "show").out + receipts("config", "explain", "api.token_sha256").out

    assert token is not None
    assert token.get_secret_value() == digest
    assert "secret files" in shown
    assert digest not in shown
    assert service.folder.is_dir()


def test_all_problems_come_at_once_with_their_source(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service.config / "development.toml").write_text("[store]\nurll = 'x'\n", "utf-8")
    monkeypatch.setenv("RECEIPTS_API__PORT", "many")

    with pytest.raises(BrokenConfiguration) as refused:
        load_settings()

    assert "2 problem(s)" in str(refused.value)
    assert "store.urll" in str(refused.value)
    assert "config/development.toml" in str(refused.value)
    assert "environment variables" in str(refused.value)


def test_a_file_that_is_not_toml_is_named(service: Service) -> None:
    (service.config / "development.toml").write_text("[api\n", "utf-8")

    with pytest.raises(BrokenConfiguration, match=r"development\.toml.*line 1"):
        load_settings()


@pytest.mark.usefixtures("service")
def test_every_setting_is_documented_shown_and_explained(receipts: Command) -> None:
    shown = json.loads(receipts("config", "show", "--json").out)

    for key, documentation in setting_keys():
        assert documentation, key
        assert shown[key]["source"] == "default"
        assert documentation in receipts("config", "explain", key).out
