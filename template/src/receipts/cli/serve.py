"""``receipts serve``: the Web API."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from receipts.api.app import create_app
from receipts.api.bodies import BodyLimits
from receipts.api.issuing import Issuing
from receipts.api.reading import Reading
from receipts.cli.access import access_of
from receipts.cli.assembly import pipeline_of, start
from receipts.cli.public_address import public_address
from receipts.cli.stores import stores_of
from receipts.cli.version import installed
from receipts.domain.errors import BrokenConfiguration
from receipts.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import uvicorn

    from receipts.api.access import Access
    from receipts.settings import Settings

log = structlog.get_logger()

WAITING_CONNECTIONS = 2048
"""Connections the kernel holds until they are taken; uvicorn's own default."""

DRAIN_S = 10
"""How long open requests may take after a signal to stop."""


def serve(*, host: str | None = None, port: int | None = None) -> int:
    """Serve receipts over HTTP until interrupted.

    Args:
        host: Address to listen on.
        port: Port to listen on.
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    command_line: dict[str, Any] = {"api": given} if given else {}
    settings = start(command_line)
    access = access_of(settings)
    with (
        reading_of(settings) as reading,
        issuing_of(settings) as issuing,
        listen(settings.api.host, settings.api.port) as listener,
    ):
        port = listener.getsockname()[1]
        public_url = public_address(settings, settings.api.host, port)
        if public_url is None:
            log.warning(
                "verification.off", reason="api.public_url is not set, so documents have no QR code"
            )
        server = server_of(settings, reading, access, public_url, issuing)
        print(f"serving on http://{settings.api.host}:{port}", flush=True)
        server.run(sockets=[listener])
    log.info("server.stopped")
    return 0


@contextmanager
def reading_of(settings: Settings) -> Iterator[Reading]:
    """The reader of this process, with connections of its own."""
    within_s = settings.api.read_timeout_s
    with stores_of(settings, answers_within_s=within_s) as stores:
        reading = Reading(stores, within_s)
        try:
            yield reading
        finally:
            reading.close()


@contextmanager
def issuing_of(settings: Settings) -> Iterator[Issuing]:
    """The writer of this process, with connections of its own.

    Raises:
        BrokenConfiguration: A pack or legal entity is wrong, or production would use examples.
    """
    with stores_of(settings) as stores:
        distribution = installed()
        metrics = Metrics(distribution.version if distribution else "")
        issuing = Issuing(pipeline_of(settings, stores), stores, metrics)
        try:
            yield issuing
        finally:
            issuing.close()


def listen(host: str, port: int) -> socket.socket:
    """An open port; 0 takes a free one.

    Raises:
        BrokenConfiguration: The address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=WAITING_CONNECTIONS)
    except OSError as error:
        # Python adds the address in brackets, which is said already.
        reason = str(error.strerror).partition(" (")[0]
        raise BrokenConfiguration(
            f"{host}:{port} cannot be listened on ({reason}): choose another with "
            "--port, or stop what listens there."
        ) from error


def server_of(
    settings: Settings,
    reading: Reading,
    access: Access,
    public_url: str | None,
    issuing: Issuing,
) -> uvicorn.Server:
    """A server that is ready to run; documents lead to the public address, if there is one."""
    import uvicorn  # noqa: PLC0415  150 ms that `--help` must not pay

    from receipts.api.draining_server import DrainingServer  # noqa: PLC0415  the same

    api = settings.api
    limits = BodyLimits(api.max_body_bytes, api.max_events, api.body_timeout_s)
    app = create_app(reading, access, public_url, issuing, limits)
    proxies = list(settings.api.trusted_proxies)
    config = uvicorn.Config(
        app,
        host=settings.api.host,
        port=settings.api.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=DRAIN_S,
    )
    return DrainingServer(config, app.state.operations.drain, api.drain_s)
