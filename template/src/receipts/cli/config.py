"""``receipts config``: the settings and where they come from."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter

from receipts.domain.errors import BrokenConfiguration
from receipts.domain.masking import without_password
from receipts.settings import (
    environment_variable,
    load_settings,
    read_sources,
    setting_keys,
    settings_schema,
    source_of,
    value_of,
)


def show(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show every setting, its value and its source; secrets come masked.

    Args:
        json: Print one JSON object.
    """
    settings, sources = load_settings(), read_sources()
    keys = [key for key, _ in setting_keys()]
    rows = {
        key: (without_password(str(value_of(settings, key))), source_of(key, sources))
        for key in keys
    }
    if json:
        answer = {key: {"value": value, "source": source} for key, (value, source) in rows.items()}
        print(msgspec.json.encode(answer).decode())
        return 0
    for key, (value, source) in rows.items():
        print(f"{key:<26} {value:<28} {source}")
    return 0


def explain(key: str, /) -> int:
    """Explain one setting: what it is for, its value, which source set it, how to change it.

    Args:
        key: A key of `receipts config show`.
    """
    settings, sources = load_settings(), read_sources()
    documentation = dict(setting_keys())
    if key not in documentation:
        raise BrokenConfiguration(f"There is no setting {key!r}; see `receipts config show`.")
    value = without_password(str(value_of(settings, key)))
    print(f"{key} = {value}  (from {source_of(key, sources)})")
    print(documentation[key])
    print(f"Change it in config/{settings.environment}.toml or with {environment_variable(key)}.")
    return 0


def schema() -> int:
    """Print the JSON Schema of a config file, for editors."""
    print(msgspec.json.format(msgspec.json.encode(settings_schema()), indent=2).decode())
    return 0
