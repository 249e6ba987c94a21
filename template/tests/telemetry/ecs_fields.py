"""Holds log lines to the official fields of the Elastic Common Schema.

What Elasticsearch would refuse, or put where nobody looks for it, is a problem: a field that
ECS does not know, outside ``labels`` and our own ``receipts``, a value of another type or
outside those that are allowed, a line without what every line must say.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIST = Path(__file__).with_suffix(".tsv")

OURS = ("labels.", "receipts.")
"""Where fields may have names of our own."""

CORE = ("@timestamp", "log.level", "message", "ecs.version", "event.dataset", "process.pid")
"""In every line."""

LEVELS = ("debug", "info", "warning", "error", "critical")


class Field(NamedTuple):
    """One row of the list."""

    kind: str
    is_list: bool
    allowed: frozenset[str]
    """Empty where any value is."""


@cache
def known_fields() -> dict[str, Field]:
    """The fields by name."""
    fields = {}
    for row in LIST.read_text("utf-8").splitlines():
        if not row.startswith("#"):
            name, kind, shape, *values = row.split("\t")
            allowed = frozenset(values[0].split(",")) if values else frozenset[str]()
            fields[name] = Field(kind, shape == "list", allowed)
    if not fields:
        raise LookupError(f"{LIST} holds no field.")
    return fields


def problems_of(line: str) -> list[str]:
    """What is wrong with one line, as ``field: problem``."""
    try:
        fields = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        return [f"no JSON object: {error}"]
    missing = [f"{name}: missing" for name in CORE if name not in fields]
    if "log.logger" not in fields and "event.action" not in fields:
        missing.append("event.action: missing in a line of our own")
    return missing + [
        f"{name}: {problem}" for name, value in fields.items() for problem in _problems(name, value)
    ]


def check_lines(written: str) -> None:
    """Fail with every problem of the JSON lines among what was written to standard error."""
    found = {
        f"{problem}\n  {line}"
        for line in written.splitlines()
        if line.startswith("{")
        for problem in problems_of(line)
    }
    assert not found, "\n".join(["Log lines break the field list:", *sorted(found)])


def _problems(name: str, value: Any) -> Iterator[str]:
    if name == "log.level" and value not in LEVELS:
        yield f"{value!r} is no level"
    if name.startswith(OURS):
        return
    field = known_fields().get(name)
    if field is None:
        yield "ECS has no such field"
        return
    if isinstance(value, list) and not field.is_list:
        yield "a list, where ECS has one value"
    if field.is_list and not isinstance(value, list):
        yield "one value, where ECS has a list"
    for each in value if isinstance(value, list) else [value]:
        if not _FITS[field.kind](each):
            yield f"{each!r} is no {field.kind}"
        elif field.allowed and each not in field.allowed:
            yield f"{each!r} is none of {', '.join(sorted(field.allowed))}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_ip(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ip_address(value))
    except ValueError:
        return False


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_FITS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "constant_keyword": _is_text,
    "date": _is_date,
    "flattened": _is_object,
    "float": _is_number,
    "geo_point": _is_object,
    "ip": _is_ip,
    "keyword": _is_text,
    "long": _is_whole,
    "match_only_text": _is_text,
    "nested": _is_object,
    "object": _is_object,
    "scaled_float": _is_number,
    "wildcard": _is_text,
}
