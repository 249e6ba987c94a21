"""Structured logs: JSON lines for machines, coloured lines when a person watches.

Event names are past facts with ids and units; no names, addresses or amounts.
Lines go to standard error, so standard output belongs to a command's answer.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from enum import Enum
from typing import TYPE_CHECKING, Any

import structlog

from receipts.telemetry.ecs import EcsRenderer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType


class LogFormat(Enum):
    """What lines look like."""

    JSON = "json"
    """ECS, one object a line."""
    CONSOLE = "console"
    """To read; with colour at a terminal that has it."""
    AUTO = "auto"
    """To read at a terminal, JSON elsewhere."""


log = structlog.get_logger()


def configure_logs(
    level: int,
    form: LogFormat = LogFormat.AUTO,
    about: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Send log lines to standard error.

    Args:
        level: Least level of the standard library that is written.
        form: What lines look like.
        about: Answers with the ECS fields of the process, ``service.name`` and the like, for
            each JSON line; not asked for lines to read.
    """
    readable = sys.stderr.isatty() if form is LogFormat.AUTO else form is LogFormat.CONSOLE
    if readable:
        factory: Any = structlog.PrintLoggerFactory(sys.stderr)
        processors: list[Any] = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=_has_colour(),
                pad_event_to=0,
                # Others print local variables too: events with people in them, tokens.
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ]
    else:
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
        processors = [EcsRenderer(about())]
        sys.excepthook = _log_defect
        threading.excepthook = _log_defect_of_thread
    structlog.configure(
        processors=processors,
        logger_factory=factory,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    # What libraries tell of their ordinary work is for whoever looks for a fault.
    theirs = level if level <= logging.DEBUG else max(level, logging.WARNING)
    logging.basicConfig(handlers=[_Libraries()], level=theirs, force=True)


def _has_colour() -> bool:
    """Whether the terminal shows colour and its user wants it (https://no-color.org)."""
    return (
        sys.stderr.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM", "dumb") != "dumb"
    )


class _Libraries(logging.Handler):
    """Lines of libraries, the web server's for instance, in the form of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        error = {"exc_info": record.exc_info} if record.exc_info else {}
        level = min(record.levelno, logging.CRITICAL)
        structlog.get_logger().log(level, record.getMessage(), logger=record.name, **error)


def _log_defect(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    log.critical("process.failed", exc_info=error)


def _log_defect_of_thread(failed: threading.ExceptHookArgs) -> None:
    log.critical("thread.failed", exc_info=failed.exc_value)
