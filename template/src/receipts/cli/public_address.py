"""The address that documents carry in their QR codes, and what production makes of it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from receipts.domain.errors import BrokenConfiguration
from receipts.settings import DEVELOPMENT, PRODUCTION

if TYPE_CHECKING:
    from receipts.settings import Settings


def public_address(settings: Settings, host: str, port: int) -> str | None:
    """Where everybody can check a document; None where documents carry no QR code.

    A laptop's own address is good for the laptop, so development has one without any
    setting; anywhere else a document outlives whatever we would guess.

    Args:
        settings: Of this service.
        host: What the server listens on.
        port: The same; 0 where it is not known yet.

    Raises:
        BrokenConfiguration: Production would print an address that others cannot reach.
    """
    url = settings.api.public_url
    if url is not None:
        if settings.environment == PRODUCTION:
            _refuse_private(url)
        return url
    if settings.environment != DEVELOPMENT or port == 0:
        return None
    number = _ip_address(host)
    reached = "127.0.0.1" if number is not None and number.is_unspecified else host
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _refuse_private(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    number = _ip_address(host)
    local = number.is_loopback or number.is_unspecified if number else host.endswith("localhost")
    if parts.scheme != "https" or local:
        raise BrokenConfiguration(
            f"api.public_url is {url!r}, and production prints it on documents for years: put "
            "the https:// address there under which everybody reaches this service. Without "
            "any, documents carry no QR code."
        )


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
