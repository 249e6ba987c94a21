"""Which trace a line belongs to: read from a caller's ``traceparent`` (W3C Trace Context)."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from typing import NamedTuple

HEADER = "traceparent"

# A later version may add fields behind the flags; version ff is forbidden.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


class Trace(NamedTuple):
    """A trace, and our own part of it."""

    trace_id: str
    """32 hexadecimal digits, one for all services that work on a request."""
    span_id: str
    """16 hexadecimal digits, for our part alone."""
    fields: bytes
    """As JSON, to be put into a line."""


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """The trace of what is done now; None outside a request."""
    return _current.get()


def trace_of(traceparent: str) -> Trace:
    """Our part of a caller's trace, or of a new one where the header is missing or wrong."""
    found = _TRACEPARENT.fullmatch(traceparent)
    known = found is not None and found[1].strip("0") and found[2].strip("0")
    trace_id = found[1] if found is not None and known else secrets.token_hex(16)
    span_id = secrets.token_hex(8)
    fields = f',"trace.id":"{trace_id}","span.id":"{span_id}"'
    return Trace(trace_id, span_id, fields.encode())


def join(trace: Trace) -> None:
    """Put every line that the current task writes from now on into a trace."""
    _current.set(trace)
