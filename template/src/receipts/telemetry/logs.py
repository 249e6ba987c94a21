"""Structured logs: JSON lines for machines, coloured lines when a person watches.

Event names are past facts with ids and units; no names, addresses or amounts.
Lines go to standard error, so standard output belongs to a command's answer.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

ECS_VERSION = "9.0.0"

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure_logs(level: int) -> None:
    """Send log lines to standard error, from ``level`` of the standard library upwards."""
    if sys.stderr.isatty():
        factory: Any = structlog.PrintLoggerFactory(sys.stderr)
        processors: list[Any] = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=_has_colour(), pad_event_to=0),
        ]
    else:
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
        processors = [structlog.processors.format_exc_info, render_ecs]
    structlog.configure(
        processors=processors,
        logger_factory=factory,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _has_colour() -> bool:
    """Whether the terminal shows colour and its user wants it (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def render_ecs(_logger: WrappedLogger, level: str, event: EventDict) -> bytes:
    """One JSON line in ECS; last processor of the chain."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    line: dict[str, Any] = {
        "@timestamp": f"{stamp}.{nanoseconds // 1000:06d}Z",
        "log.level": level,
        "message": event.pop("event"),
        "ecs.version": ECS_VERSION,
    }
    if trace := event.pop("exception", None):
        line["error.stack_trace"] = trace
    return _encode(line | {f"receipts.{name}": value for name, value in event.items()})
