"""Addresses of the web that people write into settings, and what must be true of them."""

from __future__ import annotations

import re
from ipaddress import ip_network
from urllib.parse import urlsplit


def networks_of(proxies: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses and networks of proxies, as they were written.

    Raises:
        ValueError: One is neither.
    """
    for network in proxies:
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f"{error}; a proxy is an address or a network, 10.0.0.0/8") from error
    return proxies


def public_url_of(url: str) -> str:
    """Where everybody reaches the service, in small letters and without a slash at its end.

    Raises:
        ValueError: It would be another address in capitals, or is none.
    """
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        plain = False
        parts = urlsplit("")
    host = re.fullmatch(r"[a-z0-9.-]+(:\d+)?", parts.netloc.lower())
    if not plain or host is None or url.removesuffix("/") != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(
            "a public address is https:// and a host of letters, digits, dots and hyphens; no "
            "path, because a QR code holds it in capitals"
        )
    return url.removesuffix("/").lower()
