"""A debugger that attaches to a running command: off unless a setting and a signal ask for it."""

from __future__ import annotations

import signal

import structlog

log = structlog.get_logger()

HOST = "127.0.0.1"
"""Reached from elsewhere by a forwarded port only, so the cluster decides who may."""


def await_debugger_signal(port: int | None) -> None:
    """Let SIGUSR2 open the debugger's port; without one the signal does nothing.

    By default the signal would end the process: whoever sends it to the wrong one must
    not stop a service.

    Args:
        port: The setting ``debug.port``.
    """
    # Windows lacks the signal.
    if not hasattr(signal, "SIGUSR2"):
        return
    if port is None:
        signal.signal(signal.SIGUSR2, lambda *_: _refuse())
        return
    signal.signal(signal.SIGUSR2, lambda *_: _listen(port))


def _refuse() -> None:
    log.warning("debugger.off", reason="debug.port is not set, so the signal opens no port")


def _listen(port: int) -> None:
    try:
        import debugpy  # noqa: PLC0415  a second, and production does not install it
    except ImportError:
        log.warning("debugger.missing", reason="the dependency group debug is not installed")
        return
    try:
        debugpy.listen((HOST, port))
    # A debugger that cannot start must not end the service; it raises bare RuntimeErrors.
    except (OSError, RuntimeError) as error:
        log.warning("debugger.failed", reason=str(error))
        return
    log.warning("debugger.listening", host=HOST, port=port)
