"""The port to a store: one shard, its numbers and its documents.

An adapter keeps every promise of this page or fails the contract tests: a
transaction is all or nothing and durable when it returns, only one writer
numbers a series at a time, and rows are never changed.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from receipts.domain.errors import ReceiptError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    Damaged = Callable[["DamagedBlock"], None]
    """Told of each block that cannot be read; reading goes on behind it."""


Result = TypeVar("Result")

PATIENCE_S = 30
"""How long a writer waits for a store that answered before; a server that starts anew after a
crash takes seconds. Readers do not wait: others would have to wait for them."""

PAUSE_S = 0.1


class StoreUnavailable(ReceiptError):
    """The store cannot be opened, read or written now; nothing was half done."""

    code = "store_unavailable"


class ConnectionLost(StoreUnavailable):
    """The connection went away inside a transaction, which stored nothing: it can be done again."""

    code = "connection_lost"


class DamagedStore(StoreUnavailable):
    """The store answers, but with content that it cannot have been given."""

    code = "damaged_store"


class Series(Struct, frozen=True, gc=False):
    """A series and where it stands."""

    name: str
    number_head: str
    """Text of its numbers before the sequence."""
    number_digits: int
    country: str
    business_line: str
    kind: str
    last_sequence: int
    """0 before the first document."""
    last_chain: bytes


class NewDocument(Struct, frozen=True, gc=False):
    """A document to be stored."""

    series: str
    """Name of its series."""
    sequence: int
    supply_date: date
    body: bytes
    """Canonical JSON."""


class NewEvent(Struct, frozen=True, gc=False):
    """An issued event to be stored."""

    digest: bytes
    """See `receipts.domain.document_ids.event_digest`."""
    record: bytes
    """Canonical JSON of its input record."""
    documents: tuple[NewDocument, ...]
    corrects: bytes | None = None
    """Digest of the event that it corrects."""


class StoredDocument(Struct, frozen=True, gc=False):
    """A document as the store holds it."""

    digest: bytes
    """Of its event."""
    position: int
    """Among the documents of its event, from 0."""
    series: str
    sequence: int
    number: str
    country: str
    business_line: str
    kind: str
    supply_date: date
    body: bytes
    """Canonical JSON."""
    record: bytes
    """Canonical JSON of the event's input record."""


class StoredEvent(Struct, frozen=True, gc=False):
    """An issued event as the store holds it."""

    record: bytes
    """Canonical JSON of its input record."""
    documents: tuple[StoredDocument, ...]
    is_claimed: bool
    """Whether the index finds it where it lies; if not, it could be issued again."""


class DocumentKey(NamedTuple):
    """What finds a document in its shard."""

    digest: bytes
    """Of its event."""
    position: int


class DamagedBlock(Struct, frozen=True):
    """A part of the store that cannot be read."""

    block_id: int
    reason: str
    """What is wrong, and where."""
    events: tuple[bytes, ...]
    """Digests of the events that the index places in it; empty where that is lost too."""


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
    resolved_at: datetime | None = None
    """None while it is open."""
    resolved_by: tuple[str, ...] = ()
    """Ids of the documents that were issued for it in the end."""


class DocumentFilter(Struct, frozen=True, kw_only=True):
    """Which documents to list; None means any."""

    country: str | None = None
    business_line: str | None = None
    series: str | None = None
    supplied_from: date | None = None
    supplied_to: date | None = None
    """Last day, included."""

    def takes(self, document: StoredDocument) -> bool:
        """Whether a document fits every condition."""
        return (
            self.country in (None, document.country)
            and self.business_line in (None, document.business_line)
            and self.series in (None, document.series)
            and (self.supplied_from is None or document.supply_date >= self.supplied_from)
            and (self.supplied_to is None or document.supply_date <= self.supplied_to)
        )


class Transaction(Protocol):
    """What may be done between ``begin`` and ``commit``."""

    def claim(self, digests: Sequence[bytes]) -> list[int]:
        """Claim events for this transaction, once.

        Answers with the positions of those that are claimed now; the others were issued
        before, or came twice.
        """

    def series(self, names: Iterable[str]) -> dict[str, Series]:
        """Where series stand; one that does not exist yet is absent."""

    def write(self, events: Sequence[NewEvent], series: Iterable[Series]) -> None:
        """Store the claimed events with their documents, and where their series stand now.

        Raises:
            StoreUnavailable: These are not the events that were claimed, in their order, or
                a number does not follow the last of its series.
        """


class Store(Protocol):
    """One shard."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A durable transaction that no other writer's overlaps; an error undoes it."""

    def is_known(self, digest: bytes) -> bool:
        """Whether the event was issued before."""

    def records(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Input records of those events that were issued before, by digest.

        Raises:
            DamagedStore: Where one of them lies cannot be read.
        """

    def freeze(self, sha256: str, kind: str, content: bytes) -> None:
        """Keep a pack or the legal entities for ever; kept already is fine."""

    def frozen(self, sha256: str) -> bytes | None:
        """Content kept under that digest."""

    def event(self, digest: bytes) -> StoredEvent | None:
        """An issued event."""

    def corrections_of(self, digest: bytes) -> list[StoredEvent]:
        """The events that corrected an event, in the order of commits."""

    def corrections(self) -> int:
        """How many events the index names as corrections."""

    def document(self, digest: bytes, position: int) -> StoredDocument | None:
        """One document of an event."""

    def document_numbered(self, number: str) -> StoredDocument | None:
        """One document by number."""

    def document_in_series(self, series: str, sequence: int) -> StoredDocument | None:
        """One document by series and sequence."""

    def documents(
        self, chosen: DocumentFilter, limit: int, before: DocumentKey | None = None
    ) -> Iterator[StoredDocument]:
        """The latest stored first; at most so many, or all for -1.

        Args:
            chosen: Only those.
            limit: At most so many; -1 for every one.
            before: Only those that were stored before this one; none if there is no such one.
        """

    def events(self, damaged: Damaged | None = None) -> Iterator[StoredEvent]:
        """Every issued event in the order of commits, so each series comes in its own.

        Args:
            damaged: Told of what cannot be read, when its turn comes; the rest is read on.

        Raises:
            DamagedStore: Something cannot be read, and nobody is to be told of it.
        """

    def claims(self) -> int:
        """How many events the index names."""

    def all_series(self) -> dict[str, Series]:
        """Every series and where it stands."""

    def bury(self, letters: Sequence[DeadLetterRow], at: datetime) -> None:
        """Keep dead letters, open; the same bytes again only count."""

    def resolve(self, resolved_by: dict[int, tuple[str, ...]], at: datetime) -> None:
        """Close dead letters by id, naming the ids of the documents that came of each."""

    def dead_letters(self, after: int = 0) -> Iterator[DeadLetterRow]:
        """Every dead letter with a greater id, by id: the oldest first."""

    def close(self) -> None:
        """Let go of the database."""


def stored_documents(store: Store, damaged: Damaged | None = None) -> Iterator[StoredDocument]:
    """Every document of a shard, each series in its own order; see `Store.events`."""
    return (document for event in store.events(damaged) for document in event.documents)


def in_transaction(store: Store, work: Callable[[Transaction], Result]) -> Result:
    """Do work in one transaction, and all of it again where a lost connection undid it.

    Args:
        store: Whose transaction.
        work: Has no effect outside the transaction but its answer.

    Raises:
        StoreUnavailable: The store does not come back.
    """
    give_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            with store.transaction() as transaction:
                return work(transaction)
        except ConnectionLost:
            if time.monotonic() > give_up:
                raise
            time.sleep(PAUSE_S)
