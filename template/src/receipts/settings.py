"""Every setting, typed and documented, with its default.

Sources, lowest first: defaults, ``config/<environment>.toml``,
``config/<environment>.<region>.toml``, environment variables (``RECEIPTS_…``,
``__`` between levels), secret files, command line. Read once at the entry
points and handed down as values.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from receipts.domain.errors import BrokenConfiguration
from receipts.domain.web_addresses import networks_of, public_url_of

PREFIX = "RECEIPTS_"
DELIMITER = "__"
CONFIG_FOLDER = Path("config")
SECRETS_FOLDER = Path("/run/secrets")
"""Where Kubernetes and Compose mount secrets: one file each, named like the variable."""

DEVELOPMENT = "development"
PRODUCTION = "production"

_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_.\"' -]+?)\s*=")


class _Group(BaseModel):
    # A misspelt key must fail the start, not become a silent default.
    # Fields are documented by docstrings, see `setting_keys`: pydantic's own
    # use_attribute_docstrings would read this file at every start, in 30 ms.
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(_Group):
    """Where documents are kept."""

    url: str = "sqlite:data"
    """``sqlite:FOLDER``, one file a shard, or ``postgresql://…``, one schema a shard, whose
    password belongs into a secret file."""
    shards: int = Field(default=1, ge=1, le=256)
    """Number of shards; fixed while a series year is open."""


class RulesSettings(_Group):
    """Which law applies, and who sells."""

    legal_entities: Path = CONFIG_FOLDER / "issuers.toml"
    """File of our own legal entities."""
    team_packs: Path = CONFIG_FOLDER / "countries"
    """Folder of a team's own country packs."""
    accept_unverified: tuple[str, ...] = ()
    """Ids of rule rows without a seen source that production may use all the same."""


class IssueSettings(_Group):
    """How events are issued."""

    batch_size: int = Field(default=500, ge=1, le=10_000)
    """Events in one transaction; more than 500 gains nothing."""


RETIRED = {
    "api.token_sha256": "one token for everybody is no more: make one for each reader with "
    "`receipts tokens new` and name their file in api.tokens",
}
"""Keys that settings had, and what takes their place."""


class ApiSettings(_Group):
    """The Web API."""

    host: str = "127.0.0.1"
    """Address to listen on; ``0.0.0.0`` inside a container."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    public_url: Annotated[str, AfterValidator(public_url_of)] | None = None
    """``https://receipts.example.com``: where everybody reaches ``/verify``. A QR code on each
    document leads there; without it documents of production have none, and a laptop's lead to
    the laptop."""
    tokens: Path | None = None
    """File of the hashes of bearer tokens, as ``receipts tokens`` writes it; read again when it
    changes. Without it everybody may do everything, and production refuses to start."""
    link_keys: Path | None = None
    """Folder of the keys that sign links to one receipt, a file each; the one whose name sorts
    last signs, all verify. Read again when it changes; without it there are no such links."""
    requests_per_minute: int = Field(default=120, ge=1, le=1_000_000)
    """How often one client may ask each process for ``/verify`` and by signed links."""
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024, le=256 * 1024 * 1024)
    """Largest body of a request, in bytes."""
    max_events: int = Field(default=1_000, ge=1, le=10_000)
    """Most events in one request; they are issued in one transaction for each shard."""
    body_timeout_s: float = Field(default=10, gt=0, le=300)
    """How long a body may take to arrive, in seconds."""
    read_timeout_s: float = Field(default=5, gt=0, le=60)
    """How long a request waits for what it reads from the store, in seconds; then the answer is
    503. A batch that is being issued is not cut off."""
    drain_s: float = Field(default=0, ge=0, le=300)
    """How long to serve on after SIGTERM while ``/health/ready`` answers 503, in seconds."""
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(networks_of)] = ()
    """Addresses or networks of our own proxies; only theirs say who the client is, in
    ``X-Forwarded-For``."""


class LogSettings(_Group):
    """Logs on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""
    format: Literal["json", "console", "auto"] = "auto"
    """``json``: one ECS object a line; ``console``: to read, in colour where the terminal has it
    and ``NO_COLOR`` is not set; ``auto``: to read at a terminal, JSON elsewhere."""


class DebugSettings(_Group):
    """Help for whoever looks into a running process."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Where a debugger may attach, from this machine alone, once the process got SIGUSR2; whoever
    does runs what they like as the service. Without it the signal opens nothing."""


class Settings(BaseSettings):
    """Every setting of this service."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        extra="forbid",
        frozen=True,
    )

    environment: str = Field(default=DEVELOPMENT, pattern=r"^[a-z][a-z0-9-]*$")
    """Name of the environment; picks the config file. ``production`` refuses examples."""
    region: str = Field(default="local", pattern=r"^[a-z][a-z0-9-]*$")
    """Name of the data centre; picks the config file."""
    store: StoreSettings = StoreSettings()
    rules: RulesSettings = RulesSettings()
    issue: IssueSettings = IssueSettings()
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    debug: DebugSettings = DebugSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over; it merges the sources and remembers them."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Source:
    """One place that settings came from, and what it said."""

    name: str
    values: dict[str, Any]
    text: str = ""
    """Of a file."""


def load_settings(command_line: dict[str, Any] | None = None) -> Settings:
    """The settings, from every source.

    Raises:
        BrokenConfiguration: With every problem at once, each with its source.
    """
    sources = read_sources(command_line)
    merged: dict[str, Any] = {}
    for source in sources:
        _merge(merged, source.values)
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise BrokenConfiguration(_problems(error, sources)) from error


def read_sources(command_line: dict[str, Any] | None = None) -> list[Source]:
    """What each source says, lowest first; defaults are not among them.

    Raises:
        BrokenConfiguration: A file is not TOML, a variable is not JSON where it must be, or it
            names a group of settings that does not exist.
    """
    environment, secrets = _environment(), _secrets()
    stated = {"environment": DEVELOPMENT, "region": "local"}
    for values in (environment, secrets, command_line or {}):
        stated |= {name: str(values[name]) for name in stated if name in values}
    names = (stated["environment"], f"{stated['environment']}.{stated['region']}")
    files = [CONFIG_FOLDER / f"{name}.toml" for name in names]
    return [
        *_files([file for file in files if file.is_file()]),
        Source("environment variables", environment),
        Source(f"secret files in {SECRETS_FOLDER}", secrets),
        Source("command line", command_line or {}),
    ]


def source_of(key: str, sources: list[Source]) -> str:
    """Name of the source that decides a dotted key."""
    for source in reversed(sources):
        if _find(source.values, key) is not None:
            return source.name
    return "default"


def value_of(settings: Settings, key: str) -> Any:
    """Value of a dotted key; secrets come masked.

    Raises:
        KeyError: There is no such setting.
    """
    found: Any = settings
    for name in key.split("."):
        if name not in type(found).model_fields:
            raise KeyError(key)
        found = getattr(found, name)
    return found


def setting_keys() -> list[tuple[str, str]]:
    """Every dotted key with its documentation."""
    keys: list[tuple[str, str]] = []
    documentation = _documentation(Settings)
    for name, info in Settings.model_fields.items():
        group = info.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            keys += [(f"{name}.{inner}", text) for inner, text in _documentation(group).items()]
        else:
            keys.append((name, documentation[name]))
    return keys


def settings_schema() -> dict[str, Any]:
    """JSON Schema of a config file, for editors; each setting with its own documentation."""
    schema = Settings.model_json_schema()
    for key, text in setting_keys():
        group, _, name = key.rpartition(".")
        model = Settings.model_fields[group].annotation if group else None
        place = schema["$defs"][model.__name__] if isinstance(model, type) else schema
        place["properties"][name or key]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _documentation(model: type[BaseModel]) -> dict[str, str]:
    """The docstring under each field; empty where none stands."""
    texts = dict.fromkeys(model.model_fields, "")
    definition = ast.parse(dedent(inspect.getsource(model))).body[0]
    for field, below in pairwise(ast.iter_child_nodes(definition)):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = inspect.cleandoc(text)
    return texts


def environment_variable(key: str) -> str:
    """The environment variable that sets a dotted key."""
    return PREFIX + key.replace(".", DELIMITER).upper()


def _environment() -> dict[str, Any]:
    # Without the delimiter it may be somebody else's: Kubernetes sets RECEIPTS_PORT for a service.
    groups = {name.lower() for name in Settings.model_fields}
    for name in os.environ:
        group, delimiter, _ = name.removeprefix(PREFIX).partition(DELIMITER)
        if name.startswith(PREFIX) and delimiter and group.lower() not in groups:
            raise BrokenConfiguration(
                f"Environment variable {name}: there is no group {group.lower()!r} of settings; "
                "see `receipts config show`."
            )
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise BrokenConfiguration(f"Environment variables: {error}; write it as JSON.") from error


def _secrets() -> dict[str, Any]:
    if not SECRETS_FOLDER.is_dir():
        return {}
    folder = SecretsSettingsSource(Settings, SECRETS_FOLDER)
    return NestedSecretsSettingsSource(
        folder, secrets_prefix=PREFIX, secrets_nested_delimiter=DELIMITER
    )()


def _files(files: list[Path]) -> list[Source]:
    found, problems = [], []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            found.append(Source(str(file), tomllib.loads(text), text))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(f"{file}: {error}.")
    if problems:
        raise BrokenConfiguration("\n".join(problems))
    return found


def _line_of(key: str, text: str) -> int | None:
    """Where a TOML file states a dotted key, or first states something in it."""
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _TABLE.match(line):
            table = f"{head[1]}."
            stated = head[1]
        elif assignment := _ASSIGNMENT.match(line):
            stated = table + re.sub(r"[\s\"']", "", assignment[1])
        else:
            continue
        if stated == key or stated.startswith(f"{key}."):
            return number
    return None


def _merge(into: dict[str, Any], values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, dict) else value


def _find(values: dict[str, Any], key: str) -> Any:
    found: Any = values
    for name in key.split("."):
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found


def _problems(error: ValidationError, sources: list[Source]) -> str:
    lines = []
    texts = {source.name: source.text for source in sources}
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        said = RETIRED.get(key, problem["msg"])
        name = source_of(key, sources)
        line = _line_of(key, texts.get(name, ""))
        place = f"{name}:{line}" if line else name
        lines.append(f"  {key}: {said} (from {place})")
    return "\n".join([f"{len(lines)} problem(s) in the configuration:", *lines])
