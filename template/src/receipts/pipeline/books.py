"""Documents of some events in memory, one event after the other: what a store would hold."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.document_ids import event_digest
from receipts.domain.errors import UnknownOriginal
from receipts.domain.numbering import NumberBlock, first_link
from receipts.engine.corrections import Original, billed_event, draft_correction
from receipts.engine.draft import draft
from receipts.engine.numbering import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.business_lines.business_line import BusinessLine
    from receipts.domain.corrections import CorrectionEvent, OriginalEvent
    from receipts.domain.documents import Document
    from receipts.domain.events import Event
    from receipts.engine.facts import Facts
    from receipts.engine.rules import Rules


class Books:
    """Issues events of one country against what was issued before; each is new."""

    def __init__(self, lines: Sequence[BusinessLine], facts: Facts, rules: Rules) -> None:
        """Begin without any document."""
        self._lines = {line.event_type: line for line in lines}
        self._facts = facts
        self._rules = rules
        self._events: dict[bytes, Event] = {}
        self._documents: dict[bytes, list[Document]] = {}
        self._corrections: defaultdict[bytes, list[Document]] = defaultdict(list)
        self._reached: defaultdict[str, int] = defaultdict(int)

    @property
    def documents(self) -> list[Document]:
        """Every document, in the order of issue."""
        return [each for documents in self._documents.values() for each in documents]

    def issue(self, event: Event) -> list[Document]:
        """The documents of an event.

        Raises:
            Rejected: None is due.
        """
        if isinstance(event, CORRECTION_EVENTS):
            drafts = draft_correction(event, self.original_of(event), self._facts, self._rules)
        else:
            drafts = draft(event, self._lines[type(event)], self._facts, self._rules)
        blocks = {
            series: NumberBlock(self._reached[series] + 1, first_link(series))
            for series in {each.document.series for each in drafts}
        }
        documents = number(drafts, blocks)
        for each in documents:
            self._reached[each.series] = each.sequence
        digest = event_digest(event.source, event.id)
        self._events[digest] = event
        self._documents[digest] = documents
        if isinstance(event, CORRECTION_EVENTS):
            self._corrections[_digest_of(event.data.original)] += documents
        return documents

    def original_of(self, event: CorrectionEvent) -> Original:
        """What a correction corrects.

        Raises:
            UnknownOriginal: It was not issued here.
            NotCorrectable: It is a correction itself.
        """
        named = event.data.original
        billed, digest = billed_event(named, self._event), _digest_of(named)
        return Original(
            event=billed,
            line=self._lines[type(billed)],
            documents=tuple(self._documents[digest]),
            corrections=tuple(self._corrections[digest]),
        )

    def _event(self, named: OriginalEvent) -> Event:
        event = self._events.get(_digest_of(named))
        if event is None:
            raise UnknownOriginal(named.id, named.source)
        return event


def _digest_of(named: OriginalEvent) -> bytes:
    return event_digest(named.source, named.id)
