"""Name and version of the distribution that brought the command."""

from __future__ import annotations

from typing import NamedTuple


class Installed(NamedTuple):
    """A distribution."""

    name: str
    """Of the service, as the team generated it; the package is always ``receipts``."""
    version: str


def installed() -> Installed | None:
    """Whose command this is; None where the code runs without being installed."""
    from importlib.metadata import entry_points  # noqa: PLC0415  30 ms, few commands need it

    for command in entry_points(group="console_scripts", name="receipts"):
        if command.dist is not None:
            return Installed(command.dist.name, command.dist.version)
    return None
