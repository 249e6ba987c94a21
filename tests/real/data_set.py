"""What every real data set gives: records that become events, and what was paid for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tests.real.checks import Checks
from tests.real.service import Service

Documents = Mapping[str, Sequence[Mapping[str, Any]]]
"""Listed documents of each event, by event id."""


class Record(Protocol):
    """A ride or an order of a file."""

    @property
    def name(self) -> str:
        """How a person finds it in the file, for example ``row 7``."""

    @property
    def event_id(self) -> str:
        """Identity of its event."""

    @property
    def event(self) -> dict[str, Any]:
        """Its CloudEvent."""

    @property
    def paid_minor(self) -> Fraction:
        """What the customer paid, in minor units."""

    @property
    def lines(self) -> int | None:
        """Lines that its documents must have together; None where the file does not say."""


class DataSet(NamedTuple):
    """A file of real input, and what must become of it."""

    name: str
    """What it holds, for example ``rides``."""
    file: str
    about: str
    """What the conversion adds, in a sentence."""
    read: Callable[[Path], list[Any]]
    """Records in the order of the file."""
    least_issued_percent: int
    show: Callable[[Service, list[Any], Documents, Path, Checks], None]
    """Shows some documents, and reads them back."""
    settings: Mapping[str, str] = {}
    """What the service is told in its environment besides."""


def write_events(records: Iterable[Record], target: Path) -> None:
    """One event a line."""
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        for record in records:
            stream.write(json.dumps(record.event, ensure_ascii=False) + "\n")
