"""Settings come from six sources in one order, each value knows its own, and mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from receipts import settings
from receipts.domain.errors import BrokenConfiguration
from receipts.settings import (
    environment_variable,
    load_settings,
    read_sources,
    setting_keys,
    source_of,
    value_of,
)

if TYPE_CHECKING:
    from tests.service import Service

DIGEST = "ab" * 32


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which secrets are mounted; here one that a test may write."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setattr(settings, "SECRETS_FOLDER", folder)
    return folder


def decided(key: str, command_line: dict[str, object] | None = None) -> tuple[str, str]:
    """A setting's value as text and the source that decides it."""
    value = value_of(load_settings(command_line), key)
    return str(value), source_of(key, read_sources(command_line))


def test_each_source_overrides_the_ones_below_it_and_is_named(
    service: Service, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "staging")
    monkeypatch.setenv("RECEIPTS_REGION", "north")
    found = [decided("api.port")]

    (service.config / "staging.toml").write_text("api.port = 1")
    found.append(decided("api.port"))
    (service.config / "staging.north.toml").write_text("api.port = 2")
    found.append(decided("api.port"))
    monkeypatch.setenv("RECEIPTS_API__PORT", "3")
    found.append(decided("api.port"))
    (secrets / "RECEIPTS_API__PORT").write_text("4\n")
    found.append(decided("api.port"))
    found.append(decided("api.port", {"api": {"port": 5}}))

    assert found == [
        ("8080", "default"),
        ("1", "config/staging.toml"),
        ("2", "config/staging.north.toml"),
        ("3", "environment variables"),
        ("4", f"secret files in {secrets}"),
        ("5", "command line"),
    ]


def test_a_source_changes_only_what_it_states(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service.config / "development.toml").write_text('api.host = "::1"\napi.port = 1\n')
    monkeypatch.setenv("RECEIPTS_API__PORT", "2")

    assert decided("api.host") == ("::1", "config/development.toml")
    assert decided("api.port") == ("2", "environment variables")
    assert decided("store.url") == ("sqlite:data", "default")


@pytest.mark.usefixtures("service")
def test_the_command_line_and_secret_files_choose_the_environment_too(secrets: Path) -> None:
    Path("config/tokyo.toml").write_text("api.port = 1")
    Path("config/staging.toml").write_text("api.port = 2")
    (secrets / "RECEIPTS_ENVIRONMENT").write_text("tokyo")

    assert load_settings().api.port == 1
    assert load_settings({"environment": "staging"}).api.port == 2


@pytest.mark.usefixtures("service")
def test_the_one_token_of_old_is_refused_with_what_takes_its_place_and_not_repeated(
    secrets: Path,
) -> None:
    (secrets / "RECEIPTS_API__TOKEN_SHA256").write_text(DIGEST)

    with pytest.raises(BrokenConfiguration, match=r"token_sha256: .*receipts tokens new") as old:
        load_settings()

    assert DIGEST not in str(old.value)


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("network", ["proxy", "*", "10.0.0.1/8", ""])
def test_a_proxy_that_is_no_address_is_refused(network: str) -> None:
    with pytest.raises(BrokenConfiguration, match=r"trusted_proxies: .*a proxy is an address"):
        load_settings({"api": {"trusted_proxies": (network,)}})


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://Receipts.Example.com/", "https://receipts.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_a_public_address_is_scheme_and_host(url: str, kept: str) -> None:
    assert load_settings({"api": {"public_url": url}}).api.public_url == kept


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    "url",
    [
        "receipts.example.com",
        "ftp://receipts.example.com",
        "https://example.com/receipts",
        "https://example.com/?a=1",
        "https://example.com#a",
        "https://user:secret@example.com",
        "https://",
        "https://[::1]",
        "https://[::1",
        "https://example.com:99999",
        "https://bücher.example",
        "https://example.com\n",
        "",
    ],
)
def test_a_public_address_that_cannot_stand_in_capitals_is_refused_in_words(url: str) -> None:
    with pytest.raises(BrokenConfiguration, match=r"api\.public_url: .*https:// and a host"):
        load_settings({"api": {"public_url": url}})


def test_every_problem_is_told_at_once_each_with_its_source(
    service: Service, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service.config / "development.toml").write_text(
        'store.shards = 0\nlog.level = "loud"\nlogs.level = "info"\n[issue]\nbatchsize = 10\n'
    )
    monkeypatch.setenv("RECEIPTS_API__PORT", "many")
    (secrets / "RECEIPTS_REGION").write_text("North!")

    with pytest.raises(BrokenConfiguration) as refused:
        load_settings({"api": {"hosts": "x"}})

    first, *lines = str(refused.value).splitlines()
    assert first == "7 problem(s) in the configuration:"
    for key, source in [
        ("store.shards", "config/development.toml"),
        ("log.level", "config/development.toml"),
        ("logs", "config/development.toml"),
        ("issue.batchsize", "config/development.toml"),
        ("api.port", "environment variables"),
        ("region", f"secret files in {secrets}"),
        ("api.hosts", "command line"),
    ]:
        assert [line for line in lines if key + ":" in line and f"(from {source}" in line], key


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("RECEIPTS_STORE__ULR", "sqlite:x", r"store\.ulr: Extra inputs .*environment variables"),
        ("RECEIPTS_STROE__URL", "sqlite:x", "RECEIPTS_STROE__URL: there is no group 'stroe'"),
        ("RECEIPTS_STORE", "sqlite:x", 'field "store".*write it as JSON'),
        ("RECEIPTS_RULES__ACCEPT_UNVERIFIED", "a,b", 'field "rules".*write it as JSON'),
    ],
)
def test_a_variable_that_sets_nothing_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BrokenConfiguration, match=problem):
        load_settings()


@pytest.mark.usefixtures("service")
def test_variables_that_kubernetes_sets_for_a_service_of_our_name_are_not_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECEIPTS_PORT", "tcp://10.0.0.1:80")
    monkeypatch.setenv("RECEIPTS_SERVICE_HOST", "10.0.0.1")

    assert load_settings().api.port == 8080


@pytest.mark.usefixtures("service")
def test_a_list_is_written_as_json_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIPTS_RULES__ACCEPT_UNVERIFIED", '["a", "b"]')

    assert load_settings().rules.accept_unverified == ("a", "b")


@pytest.mark.parametrize("content", [b"api.port = ", b"api.port = 1\napi.port = 2", b"\xff\xfe"])
def test_a_broken_file_is_refused_with_its_name_and_line(service: Service, content: bytes) -> None:
    (service.config / "development.toml").write_bytes(content)

    with pytest.raises(BrokenConfiguration, match=r"^config/development\.toml: "):
        load_settings()


def test_a_value_where_a_group_belongs_is_refused(service: Service) -> None:
    (service.config / "development.toml").write_text('store = "sqlite:x"')

    with pytest.raises(BrokenConfiguration, match=r"store: .*config/development\.toml"):
        load_settings()


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("name", ["../secrets", "Production", "", "a b"])
def test_the_name_of_an_environment_is_no_path_and_no_guess(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", name)

    with pytest.raises(BrokenConfiguration, match="environment: "):
        load_settings()


@pytest.mark.parametrize(("key", "documentation"), setting_keys(), ids=str)
def test_every_setting_is_documented_and_can_be_set_by_a_variable(
    key: str, documentation: str
) -> None:
    assert documentation
    assert environment_variable(key) == "RECEIPTS_" + key.replace(".", "__").upper()


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("key", ["nothing", "store", "store.nothing", ""])
def test_a_key_that_is_no_setting_has_no_documentation(key: str) -> None:
    assert key not in dict(setting_keys())


@pytest.mark.usefixtures("service")
def test_asking_for_a_setting_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"store\.nothing"):
        value_of(load_settings(), "store.nothing")
