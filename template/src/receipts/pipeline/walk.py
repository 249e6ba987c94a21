"""A walk along the series of a shard, in the order of commits, past what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from receipts.domain.numbering import first_link

if TYPE_CHECKING:
    from receipts.infrastructure.store import DamagedBlock, Series, StoredDocument

DIGESTS_NAMED = 3
"""Of lost events in the text of a finding; the finding itself holds all."""


class Finding(Struct, frozen=True, omit_defaults=True):
    """Something that is not as it must be."""

    subject: str
    """A document number, a series or an event."""
    problem: str
    events: tuple[str, ...] = ()
    """Digests of the events that cannot be read, as ids of their documents hold them."""


class Step(NamedTuple):
    """One document of a series, seen from the one before it."""

    expected: int
    """The number that had to come."""
    previous: bytes | None
    """Chain value of the document before; None where that cannot be read."""
    lost: Finding | None
    """Numbers between the two that lie in damaged blocks."""


class Walk:
    """Where each series stands, and what damage lies on the way.

    Keeps one entry a series, however many documents there are.
    """

    def __init__(self) -> None:
        """Begin before the first document."""
        self._reached: dict[str, tuple[int, bytes | None, int]] = {}
        self.damages = 0
        self.lost_events = 0
        """Events that the index places in damaged blocks."""
        self.findings: list[Finding] = []
        """Damaged blocks; the caller takes them."""

    def damaged(self, block: DamagedBlock) -> None:
        """Note a block that cannot be read."""
        self.damages += 1
        self.lost_events += len(block.events)
        self.findings.append(_finding_of(block))

    def step(self, row: StoredDocument) -> Step:
        """Look at the next document of a series."""
        last, chain, damages = self._reached.get(row.series) or (0, first_link(row.series), 0)
        expected = last + 1
        if row.sequence <= expected or damages == self.damages:
            return Step(expected, chain, None)
        return Step(expected, None, _lost(row.series, expected, row.sequence - 1))

    def reach(self, row: StoredDocument, chain: bytes | None) -> None:
        """Go on to a document, with the chain value that the next one must rest on."""
        self._reached[row.series] = (row.sequence, chain, self.damages)

    def reached(self, series: Series) -> tuple[int, bytes | None]:
        """The last number of a series, and the chain value of its document."""
        last, chain, _ = self._reached.get(series.name) or (0, first_link(series.name), 0)
        return last, chain

    def lost_at_the_end(self, series: Series) -> Finding | None:
        """The last numbers of a series, where they lie in damaged blocks."""
        last, _, damages = self._reached.get(series.name) or (0, None, 0)
        if damages == self.damages or last >= series.last_sequence:
            return None
        return _lost(series.name, last + 1, series.last_sequence)


def _finding_of(block: DamagedBlock) -> Finding:
    digests = tuple([digest.hex() for digest in block.events])
    named = ", ".join(digests[:DIGESTS_NAMED])
    more = f" and {len(digests) - DIGESTS_NAMED} more" if len(digests) > DIGESTS_NAMED else ""
    held = f" It holds {len(digests)} event(s) that cannot be read: {named}{more}."
    return Finding("store", block.reason + (held if digests else ""), digests)


def _lost(series: str, first: int, last: int) -> Finding:
    numbers = f"number {first} lies" if first == last else f"numbers {first} to {last} lie"
    return Finding(series, f"{numbers} in a damaged block and cannot be proven")
