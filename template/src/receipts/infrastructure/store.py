"""The port to a store: one shard, its numbers and its documents.

An adapter keeps every promise of this page or fails the contract tests: a
transaction is all or nothing and durable when it returns, only one writer
numbers a series at a time, and rows are never changed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from receipts.domain.errors import ReceiptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from receipts.domain.events import EventKey


class StoreUnavailable(ReceiptError):
    """The store cannot be opened, read or written now; nothing was half done."""

    code = "store_unavailable"


class StoredDocument(Struct, frozen=True, gc=False):
    """A document's row."""

    document_id: str
    series: str
    sequence: int
    number: str
    country: str
    business_line: str
    kind: str
    supply_date: str
    """ISO date."""
    sha256: bytes
    chain: bytes
    body: bytes
    """Canonical JSON."""


class StoredEvent(Struct, frozen=True, gc=False):
    """An issued event's row."""

    source: str
    event_id: str
    document_count: int
    record: bytes
    """Canonical JSON of its input record."""


class Counter(Struct, frozen=True):
    """Where a series stands."""

    last_sequence: int
    last_chain: bytes


class DeadLetterRow(Struct, frozen=True, kw_only=True):
    """An input that could not be issued, and why."""

    origin: str
    """Where it came from, for example ``rides.ndjson:12``."""
    code: str
    path: str
    reason: str
    content: bytes
    dead_letter_id: int = 0
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    times_seen: int = 1


class DocumentFilter(Struct, frozen=True, kw_only=True):
    """Which documents to list; None means any."""

    country: str | None = None
    business_line: str | None = None
    series: str | None = None
    supplied_from: date | None = None
    supplied_to: date | None = None
    """Last day, included."""


class Transaction(Protocol):
    """What may be done between ``begin`` and ``commit``."""

    def known(self, keys: Sequence[EventKey]) -> set[EventKey]:
        """Those of the keys that were issued before."""

    def counters(self, series: Iterable[str]) -> dict[str, Counter]:
        """Where series stand; a series that does not exist yet is absent."""

    def add(self, events: Sequence[StoredEvent], documents: Sequence[StoredDocument]) -> None:
        """Insert issued events and their documents."""

    def advance(self, counters: Mapping[str, Counter]) -> None:
        """Set where series stand now."""


class Store(Protocol):
    """One shard."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it."""

    def known(self, keys: Sequence[EventKey]) -> set[EventKey]:
        """Those of the keys that were issued before, outside a transaction."""

    def freeze(self, sha256: str, kind: str, content: bytes) -> None:
        """Keep a pack or the legal entities for ever; kept already is fine."""

    def frozen(self, sha256: str) -> bytes | None:
        """Content kept under that digest."""

    def document(self, document_id: str) -> StoredDocument | None:
        """One document by id."""

    def document_numbered(self, number: str) -> StoredDocument | None:
        """One document by number."""

    def event(self, key: EventKey) -> StoredEvent | None:
        """One issued event."""

    def chain_before(self, series: str, sequence: int) -> bytes | None:
        """Chain value of the document before that one; None for the first."""

    def documents(self, chosen: DocumentFilter, limit: int) -> list[StoredDocument]:
        """The newest documents first."""

    def in_series_order(self) -> Iterator[StoredDocument]:
        """Every document, by series and sequence."""

    def events(self) -> Iterator[StoredEvent]:
        """Every issued event."""

    def all_counters(self) -> dict[str, Counter]:
        """Where every series stands."""

    def document_ids(self) -> Iterator[str]:
        """Every document id."""

    def bury(self, letters: Sequence[DeadLetterRow], at: datetime) -> None:
        """Keep dead letters; the same bytes again only count."""

    def dead_letters(self) -> Iterator[DeadLetterRow]:
        """Every dead letter, oldest first."""

    def close(self) -> None:
        """Let go of the database."""
