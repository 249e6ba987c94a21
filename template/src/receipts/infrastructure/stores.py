"""All shards of a store, opened by URL."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from receipts.domain.document_ids import DIGEST_BYTES, parse_document_id
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.sqlite_store import SqliteStore
from receipts.infrastructure.store import DocumentFilter, DocumentKey, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from receipts.infrastructure.store import Store, StoredDocument

SQLITE_SCHEME = "sqlite"
POSTGRES_SCHEMES = ("postgresql", "postgres")


class _Issued(Struct):
    issued_at: datetime


_issued = msgspec.json.Decoder(_Issued)


class PagePlace(NamedTuple):
    """Where the pages of a shard go on."""

    key: DocumentKey
    is_shown: bool
    """Whether that document was on a page; if not, the next one may begin with it."""


NOTHING_LEFT = PagePlace(DocumentKey(bytes(DIGEST_BYTES), 0), is_shown=True)
"""Of a shard that had no document when the first page was asked for."""


class Stores:
    """The shards, by number; reads find their shard in the id or ask each."""

    def __init__(self, shards: Sequence[Store]) -> None:
        """Hold opened shards."""
        self.shards = tuple(shards)

    def __enter__(self) -> Stores:
        """For use in ``with``: closes the shards at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of every shard."""
        self.close()

    def close(self) -> None:
        """Let go of every shard."""
        for shard in self.shards:
            shard.close()

    def document(self, id_or_number: str) -> StoredDocument | None:
        """A document by its id or its number."""
        parts = parse_document_id(id_or_number)
        if parts is None:
            numbered = (each.document_numbered(id_or_number) for each in self.shards)
            return next((found for found in numbered if found is not None), None)
        if parts.shard >= len(self.shards):
            return None
        return self.shards[parts.shard].document(parts.digest, parts.position)

    def corrections_of(self, digest: bytes) -> list[StoredDocument]:
        """The documents of all events that corrected an event, in the order of issue."""
        shard = self.shard_of_event(digest)
        events = [] if shard is None else shard.corrections_of(digest)
        return [document for event in events for document in event.documents]

    def is_known(self, digest: bytes) -> bool:
        """Whether an event was issued before, in any shard."""
        return any(shard.is_known(digest) for shard in self.shards)

    def shard_of_event(self, digest: bytes) -> Store | None:
        """The shard that an event was issued in."""
        return next((shard for shard in self.shards if shard.is_known(digest)), None)

    def documents(self, chosen: DocumentFilter, limit: int) -> Iterator[StoredDocument]:
        """The latest issued first, over all shards; at most ``limit``, -1 for every one."""
        of_each = [shard.documents(chosen, limit) for shard in self.shards]
        if len(of_each) == 1:
            return of_each[0]
        found = merge(*of_each, key=_issued_at, reverse=True)
        return found if limit < 0 else islice(found, limit)

    def page(
        self, limit: int, places: Sequence[PagePlace] | None = None
    ) -> tuple[list[StoredDocument], list[PagePlace]]:
        """A page of all documents, the latest issued first, and where the next one goes on.

        Pages that follow each other hold each document once; what is issued meanwhile is on
        none of them.

        Args:
            limit: At most so many.
            places: For each shard, where the page before this one ended; None for the first.
        """
        of_each = [
            shard.documents(DocumentFilter(), limit) if places is None else _from(shard, places[at])
            for at, shard in enumerate(self.shards)
        ]
        rows = [list(islice(found, limit)) for found in of_each]
        marked = ([(row, at) for row in found] for at, found in enumerate(rows))
        shown = list(
            islice(merge(*marked, key=lambda each: _issued_at(each[0]), reverse=True), limit)
        )
        ends = [_first(found) for found in rows] if places is None else list(places)
        for row, at in shown:
            ends[at] = PagePlace(_key_of(row), is_shown=True)
        return [row for row, _ in shown], ends


def _from(shard: Store, place: PagePlace) -> Iterator[StoredDocument]:
    if not place.is_shown and (first := shard.document(*place.key)) is not None:
        yield first
    yield from shard.documents(DocumentFilter(), -1, place.key)


def _first(rows: Sequence[StoredDocument]) -> PagePlace:
    return PagePlace(_key_of(rows[0]), is_shown=False) if rows else NOTHING_LEFT


def _key_of(row: StoredDocument) -> DocumentKey:
    return DocumentKey(row.digest, row.position)


def _issued_at(row: StoredDocument) -> datetime:
    try:
        return _issued.decode(row.body).issued_at
    except msgspec.MsgspecError:
        # What was damaged is for verification to name, not for a list to stop at.
        return datetime.min.replace(tzinfo=UTC)


def open_stores(
    url: str, shards: int, *, migrates: bool = True, answers_within_s: float | None = None
) -> Stores:
    """Open every shard of a store.

    Args:
        url: ``sqlite:FOLDER``, which holds one file a shard, or ``postgresql://…``, a database
            that holds one schema a shard.
        shards: How many; fixed while a series year is open.
        migrates: Whether an older schema of PostgreSQL is brought up to date; SQLite's always is.
        answers_within_s: How long one call waits for a server, in seconds; longer than any
            statement may take where nothing is said.

    Raises:
        BrokenConfiguration: The scheme is not known, or the store was made with other shards.
        StoreUnavailable: It cannot be opened, or its schema is another version's.
    """
    scheme = url.partition(":")[0]
    if scheme in POSTGRES_SCHEMES:
        # Only here: no other store needs it, and it takes 60 ms.
        from receipts.infrastructure.postgres_shards import open_shards  # noqa: PLC0415

        limit = {} if answers_within_s is None else {"answers_within_s": answers_within_s}
        opened = open_shards(url, shards, migrates=migrates, **limit)
    elif scheme == SQLITE_SCHEME:
        opened = _open_files(Path(url.removeprefix(f"{SQLITE_SCHEME}:")), shards)
    else:
        # Not the whole of it: what follows may hold a password.
        raise BrokenConfiguration(
            f"store.url starts with {scheme[:20]!r}; this service knows {SQLITE_SCHEME}:FOLDER, "
            "for example sqlite:data, and postgresql://USER@HOST/DATABASE."
        )
    return Stores(opened)


def other_shards(shards: int, place: str) -> BrokenConfiguration:
    """What is said of a store that was made with another number of shards."""
    return BrokenConfiguration(
        f"store.shards is {shards}, but {place} was made with another number: "
        "it is fixed while a series year is open; set it back."
    )


def _open_files(folder: Path, shards: int) -> list[Store]:
    paths = [folder / f"shard-{shard:02x}.sqlite3" for shard in range(shards)]
    try:
        others = sorted(set(folder.glob("shard-*.sqlite3")) - set(paths))
        missing = [path for path in paths if not path.exists()]
    except OSError as error:
        raise StoreUnavailable(f"The store {folder} cannot be read: {error.strerror}.") from error
    if others or (missing and len(missing) < shards):
        raise other_shards(shards, str(folder))
    with ExitStack() as opened:
        stores: list[Store] = [opened.enter_context(closing(SqliteStore(path))) for path in paths]
        opened.pop_all()
    return stores
