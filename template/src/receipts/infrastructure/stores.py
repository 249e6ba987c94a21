"""All shards of a store, opened by URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from receipts.domain.events import EventKey
    from receipts.infrastructure.store import DocumentFilter, Store, StoredDocument, StoredEvent

SQLITE_SCHEME = "sqlite:"


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

    def shard_holding(self, document_id: str) -> Store | None:
        """The shard that a document id names; None if the id has not that form."""
        parts = document_id.split("-")
        if len(parts) != 3:
            return None
        try:
            return self.shards[int(parts[1], 16)]
        except (ValueError, IndexError):
            return None

    def document(self, id_or_number: str) -> StoredDocument | None:
        """A document by its id or its number."""
        shard = self.shard_holding(id_or_number)
        found = shard.document(id_or_number) if shard else None
        if found is not None:
            return found
        numbered = (each.document_numbered(id_or_number) for each in self.shards)
        return next((document for document in numbered if document is not None), None)

    def event(self, key: EventKey) -> StoredEvent | None:
        """An issued event by its key."""
        found = (each.event(key) for each in self.shards)
        return next((event for event in found if event is not None), None)

    def documents(self, chosen: DocumentFilter, limit: int) -> Iterator[StoredDocument]:
        """The newest documents of each shard, at most ``limit`` in all."""
        left = limit
        for shard in self.shards:
            found = shard.documents(chosen, left)
            yield from found
            left -= len(found)


def open_stores(url: str, shards: int) -> Stores:
    """Open every shard of a store.

    Args:
        url: ``sqlite:FOLDER``; one file a shard is kept in it.
        shards: How many; fixed while a series year is open.

    Raises:
        BrokenConfiguration: The scheme is not known, or the folder holds other shards.
        StoreUnavailable: A file cannot be opened.
    """
    if not url.startswith(SQLITE_SCHEME):
        raise BrokenConfiguration(
            f"store.url is {url!r}; this service knows {SQLITE_SCHEME}FOLDER, "
            "for example sqlite:data."
        )
    folder = Path(url.removeprefix(SQLITE_SCHEME))
    paths = [folder / f"shard-{shard:02x}.sqlite3" for shard in range(shards)]
    others = sorted(set(folder.glob("shard-*.sqlite3")) - set(paths))
    missing = [path for path in paths if not path.exists()]
    if others or (missing and len(missing) < shards):
        raise BrokenConfiguration(
            f"store.shards is {shards}, but {folder} was made with another number: "
            "it is fixed while a series year is open; set it back."
        )
    return Stores([SqliteStore(path) for path in paths])
