"""An event without what it says about people, for screens and tickets.

What may be seen is listed, not what must be hidden: a field that nobody knows of may hold
anything.
"""

from __future__ import annotations

import re
from typing import Any

SHOWN = frozenset(
    {
        "category",
        "code",
        "country",
        "currency",
        "datacontenttype",
        "id",
        "licence",
        "method",
        "order_id",
        "reason",
        "source",
        "specversion",
        "time",
        "trip_id",
        "type",
    }
)
"""Fields whose text may be seen, beside times (``…_at``)."""

_CODE = re.compile(r"[A-Za-z0-9_.:/+-]{1,120}")
"""A code, an identifier or a time; never a name with a space or an e-mail address."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")

LARGEST_SHOWN = 1_000_000
"""Longer numbers than amounts and distances may be telephones."""


def masked(value: Any, name: str = "") -> Any:
    """A decoded JSON value with all text hidden but codes, identifiers and times.

    Args:
        value: What stands in a field.
        name: The field's.
    """
    if isinstance(value, dict):
        return {
            key if _NAME.fullmatch(key) else _hidden(key): masked(inner, key)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [masked(inner, name) for inner in value]
    if isinstance(value, str):
        is_shown = (name in SHOWN or name.endswith("_at")) and _CODE.fullmatch(value)
        return value if is_shown else _hidden(value)
    if isinstance(value, int | float) and not name.endswith("_minor"):
        return value if abs(value) < LARGEST_SHOWN else _hidden(str(value))
    return value


def _hidden(text: str) -> str:
    return f"<{len(text)} characters>"


_PARAMETER = re.compile(r"(?<=password=)[^&]+")
_BEFORE_HOST = re.compile(r"(?<=://)([^:@]*:).*(?=@)", re.DOTALL)
"""To the last @, past what would have to be percent-encoded: people forget to."""


def without_password(address: str) -> str:
    """An address that anybody may read: its password is hidden, even where it is written wrong."""
    # A parameter first: an @ in it would be taken for the one before the host.
    return _BEFORE_HOST.sub(r"\1********", _PARAMETER.sub("********", address))
