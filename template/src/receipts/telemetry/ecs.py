"""One log event as one JSON line in the Elastic Common Schema (ECS).

What every line of a process says is encoded once, when the logs are set up; a line itself
costs one call of the encoder for what is new in it. `python -m tests.bench --only logs` of
the template prints the cost beside what else there is.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

import msgspec

from receipts.domain.errors import ReceiptError
from receipts.telemetry.tracing import current_trace

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

ECS_VERSION = "9.4.0"
"""Its fields are in tests/telemetry/ecs_fields.tsv, which every tested line is held to."""

OWN = "receipts."
"""Before the names of our own fields, which ECS does not know."""

ECS_NAMES = {
    "duration_ns": "event.duration",
    "logger": "log.logger",
    "method": "http.request.method",
    "reason": "event.reason",
    "status": "http.response.status_code",
}
"""Names in our code for what ECS has a field for; any other name becomes one of our own."""

SPEAKS_OF_THE_MACHINE = (ReceiptError, OSError, sqlite3.Error, ImportError, MemoryError)
"""Errors whose text may be logged: ours hold no personal data, the others name files and limits.

Of any other the text may quote what it choked on, a name for instance, so its type and its
trace have to do.
"""

_encode = msgspec.json.Encoder(enc_hook=str).encode


class EcsRenderer:
    """Turns log events into lines; last processor of structlog's chain."""

    def __init__(self, about: Mapping[str, str]) -> None:
        """Say the same of the process in every line.

        Args:
            about: ECS fields, for example ``service.name``.
        """
        always = {"ecs.version": ECS_VERSION, "event.dataset": "receipts", **about}
        self._always = _encode(always)[1:-1]
        self._second = -1
        self._stamp = b""
        self._names = _Names()

    def __call__(self, _logger: object, level: str, event: MutableMapping[str, Any]) -> bytes:
        """One line, without its end; never raises, whatever is logged."""
        second, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._stamp = b'{"@timestamp":"%b.' % at.encode()
            self._second = second
        action = event.pop("event", None)
        # Of a library a line is a sentence, not the name of a fact.
        fields = {} if "logger" in event else {"event.action": action}
        if "exc_info" in event:
            fields |= _error_fields(event.pop("exc_info"))
        names = self._names
        for name, value in event.items():
            fields[names[name]] = value
        trace = current_trace()
        try:
            message, said = _encode(action), _encode(fields)
        # Half a character of a file name, a number beyond 64 bits, a value whose text fails.
        except Exception:  # noqa: BLE001
            message, said = _encode(_text(action)), _encode_each(fields)
        return b'%b%06dZ","log.level":"%b","message":%b,%b,"process.pid":%d%b,%b' % (
            self._stamp,
            nanoseconds // 1000,
            level.encode(),
            message,
            self._always,
            os.getpid(),
            b"" if trace is None else trace.fields,
            said[1:],
        )


class _Names(dict[str, str]):
    """The name in a line of each name in our code; filled as they come."""

    def __missing__(self, name: str) -> str:
        field = self[name] = ECS_NAMES.get(name) or OWN + name
        return field


def _encode_each(fields: Mapping[str, Any]) -> bytes:
    """As JSON; what JSON cannot hold comes as text, so a line is never lost to its content."""
    parts = []
    for name, value in fields.items():
        try:
            encoded = _encode(value)
        except Exception:  # noqa: BLE001
            encoded = _encode(_text(value))
        parts.append(_encode(_text(name)) + b":" + encoded)
    return b"{%b}" % b",".join(parts)


def _text(value: Any) -> str:
    try:
        return str(value).encode("utf-8", "backslashreplace").decode()
    except Exception as error:  # noqa: BLE001  its own __str__ may do anything
        return f"<{type(value).__name__} without text: {type(error).__name__}>"


def _error_fields(exc_info: Any) -> dict[str, Any]:
    """What may be told of an error: its type, where it arose, and its text if that is safe."""
    error = exc_info
    if isinstance(exc_info, tuple):
        error = exc_info[1]
    elif not isinstance(exc_info, BaseException):
        error = sys.exc_info()[1] if exc_info else None
    if error is None:
        return {}
    return {
        "error.type": _name(error),
        "error.message": _told(error),
        "error.stack_trace": "\n".join(_trace(error)),
    }


def _name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _told(error: BaseException) -> str:
    said = _text(error)
    return said if isinstance(error, SPEAKS_OF_THE_MACHINE) else f"<{len(said)} characters>"


def _trace(error: BaseException) -> list[str]:
    """Every error that led to this one, the first first, each with its calls."""
    chain: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in chain:
        chain.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    lines: list[str] = []
    for link in reversed(chain):
        frames = traceback.extract_tb(link.__traceback__)
        lines += [f'File "{call.filename}", line {call.lineno}, in {call.name}' for call in frames]
        lines.append(f"{_name(link)}: {_told(link)}")
    return lines
