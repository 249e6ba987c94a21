"""What one log line costs: ours beside what a service would otherwise use.

Runs in an environment that has the generated service and the group ``bench``.

    python -m tests.bench.logs
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import ecs_logging
import structlog
from receipts.telemetry.logs import LogFormat, configure_logs

from tests.bench.figures import Figure, print_figures

LINES = 20_000
ROUNDS = 9

ABOUT = {
    "host.hostname": "receipts-7d9c5b6f4-x2x7k",
    "labels.region": "north",
    "service.environment": "production",
    "service.name": "receipt-service",
    "service.version": "1.0.0",
}

SAID: dict[str, Any] = {
    "duration_ns": 18_500_000,
    "received": 5,
    "duplicates": 1,
    "dead_letters": 0,
    "document_ids": [f"20261124-00-0f368b0964702984ec1f29aa3eb035c{n}" for n in range(4)],
}
"""What a batch logs."""

Log = Callable[[], object]


def main() -> int:
    """Measure all in turn, so that a busy machine is unfair to none, and print."""
    # Every one of them writes each line to the null device at once.
    sys.stderr = open(os.devnull, "w", encoding="utf-8", buffering=1)  # noqa: PTH123, SIM115
    loggers: dict[str, Log] = {
        "ours: structlog and an encoder of ECS": _ours(logging.INFO),
        "ours, a line below the level": _ours(logging.ERROR),
        "structlog and ecs-logging": _structlog_with_ecs_logging(),
        "standard library and ecs-logging": _standard("ecs", ecs_logging.StdlibFormatter()),
        "standard library and json": _standard("json", _JsonFormatter()),
    }
    took: dict[str, list[float]] = {name: [] for name in loggers}
    for _ in range(ROUNDS):
        for name, log in loggers.items():
            took[name].append(_us(log))
    ours, *_ = took.values()
    target = {"ours: structlog and an encoder of ECS": "at most 5"}
    print_figures(
        [Figure(name, _told(each, ours), target.get(name, "-")) for name, each in took.items()]
    )
    return 0


def _told(each: list[float], ours: list[float]) -> str:
    """Least of all rounds, as what else the machine did only adds; ratio round by round."""
    ratio = median(theirs / own for theirs, own in zip(each, ours, strict=True))
    return f"{min(each):.2f} us a line, {ratio:.1f} x ours"


def _us(log: Log) -> float:
    began = time.process_time()
    for _ in range(LINES):
        log()
    return (time.process_time() - began) / LINES * 1e6


def _ours(level: int) -> Log:
    configure_logs(level, LogFormat.JSON, lambda: ABOUT)
    # Bound now, because the next one configures structlog anew.
    log = structlog.get_logger().bind()
    return lambda: log.info("batch.issued", **SAID)


def _structlog_with_ecs_logging() -> Log:
    # Its types fit no version of structlog.
    formatter: Any = ecs_logging.StructlogFormatter()
    structlog.configure(
        processors=[structlog.processors.add_log_level, formatter],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    log = structlog.get_logger().bind()
    fields = ABOUT | {f"receipts.{name}": value for name, value in SAID.items()}
    return lambda: log.info("batch.issued", **fields)


def _standard(name: str, formatter: logging.Formatter) -> Log:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    log = logging.getLogger(f"bench.{name}")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    fields = ABOUT | {f"receipts.{name}": value for name, value in SAID.items()}
    return lambda: log.info("batch.issued", extra=fields)


_USUAL = frozenset(vars(logging.makeLogRecord({})))


class _JsonFormatter(logging.Formatter):
    """As tutorials write it."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        extra = {name: value for name, value in vars(record).items() if name not in _USUAL}
        line = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "log.level": record.levelname.lower(),
            "message": record.getMessage(),
            **extra,
        }
        return json.dumps(line)


if __name__ == "__main__":
    sys.exit(main())
