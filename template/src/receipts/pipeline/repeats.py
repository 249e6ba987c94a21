"""An event whose key was issued before: the same again, or another one under its name.

The first stands. Asked after the commit and only for events that could not be claimed, so
a batch without repeats pays nothing for it, and it makes no difference whether the first
came in the same batch, in an earlier one or before a restart.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import Struct

from receipts.domain.document_ids import event_digest
from receipts.domain.errors import EventConflict
from receipts.domain.input_records import InputRecord
from receipts.infrastructure.store import DamagedStore
from receipts.pipeline.intake import dead_letter
from receipts.rendering.canonical import sorted_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receipts.infrastructure.ndjson import RawEvent
    from receipts.infrastructure.store import DeadLetterRow, StoredDocument
    from receipts.infrastructure.stores import Stores

MOST_NAMED = 10
"""Documents named in a conflict; an order has three."""

log = structlog.get_logger()


class EventKey(Struct, frozen=True):
    """What makes an event unique."""

    id: str
    source: str

    @property
    def digest(self) -> bytes:
        """Claims the event in the store."""
        return event_digest(self.source, self.id)


_keys = msgspec.json.Decoder(EventKey)
_records = msgspec.json.Decoder(InputRecord)


def settle_repeats(stores: Stores, repeats: Sequence[RawEvent]) -> tuple[int, list[DeadLetterRow]]:
    """How many of some events are only repeats, and the conflicts among them as dead letters.

    The same content is the same JSON: neither the order of its members nor white space counts.

    Args:
        stores: Where each of them, or another event with its key, was issued.
        repeats: Valid events.
    """
    keys = [key_of(raw.content) for raw in repeats]
    digests = [key.digest for key in keys]
    firsts = _first_events(stores, digests)
    letters = [
        dead_letter(raw, EventConflict(key.id, key.source, _numbers_of(stores, digest)))
        for raw, key, digest in zip(repeats, keys, digests, strict=True)
        if digest in firsts and not _is_same(firsts[digest], raw.content)
    ]
    return len(repeats) - len(letters), letters


def _first_events(stores: Stores, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    firsts: dict[bytes, bytes] = {}
    for shard in stores.shards:
        try:
            records = shard.records(digests)
            for digest, record in records.items():
                firsts[digest] = bytes(_records.decode(record).event)
        except (DamagedStore, msgspec.MsgspecError) as damage:
            # What was issued stays issued; verification names the damage, intake goes on.
            log.error("repeats.not_compared", reason=str(damage))
    return firsts


def _is_same(first: bytes, second: bytes) -> bool:
    return first == second or _canonical(first) == _canonical(second)


def _canonical(content: bytes) -> bytes:
    return sorted_json(msgspec.json.decode(content))


def _numbers_of(stores: Stores, digest: bytes) -> list[str]:
    return [each.number for each in islice(documents_of(stores, digest), MOST_NAMED)]


def documents_of(stores: Stores, digest: bytes) -> tuple[StoredDocument, ...]:
    """The documents of an event; none if it was not issued."""
    shard = stores.shard_of_event(digest)
    event = None if shard is None else shard.event(digest)
    return () if event is None else event.documents


def key_of(content: bytes) -> EventKey:
    """What makes a valid event unique."""
    return _keys.decode(content)
