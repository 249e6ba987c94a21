"""Dead letters are kept, counted and closed, by each adapter alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from receipts.infrastructure.store import DeadLetterRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from receipts.infrastructure.store import Store

NOW = datetime(2026, 11, 24, 13, 31, 7, tzinfo=UTC)


def test_a_dead_letter_that_comes_again_is_counted_and_not_doubled(store: Store) -> None:
    letter = DeadLetterRow(
        origin="a.ndjson:1", code="malformed_event", path="$", reason="was", content=b"{"
    )
    store.bury([letter, replace(letter, content=b"[")], NOW)
    store.bury([replace(letter, origin="b.ndjson:7", reason="is")], NOW + timedelta(hours=1))

    first, second = store.dead_letters()
    assert (first.content, first.times_seen) == (b"{", 2)
    assert (first.origin, first.reason) == ("b.ndjson:7", "is")
    assert (first.first_seen_at, first.last_seen_at) == (NOW, NOW + timedelta(hours=1))
    assert (second.content, second.times_seen) == (b"[", 1)


def test_a_resolved_dead_letter_is_kept_with_what_resolved_it_until_it_comes_again(
    store: Store, open_again: Callable[[], Store]
) -> None:
    letter = DeadLetterRow(origin="a:1", code="x", path="$", reason="r", content=b"{")
    store.bury([letter, replace(letter, content=b"["), replace(letter, content=b"(")], NOW)
    first, second, third = (each.dead_letter_id for each in store.dead_letters())

    store.resolve({first: ("one", "two"), third: ()}, NOW)

    kept = list(open_again().dead_letters())
    assert [each.resolved_at for each in kept] == [NOW, None, NOW]
    assert [each.resolved_by for each in kept] == [("one", "two"), (), ()]
    assert [each.dead_letter_id for each in store.dead_letters(first)] == [second, third]
    store.bury([letter], NOW)
    opened = next(iter(store.dead_letters()))
    assert (opened.dead_letter_id, opened.resolved_at, opened.resolved_by) == (first, None, ())


def test_the_same_dead_letter_twice_in_a_batch_is_counted_twice(store: Store) -> None:
    letter = DeadLetterRow(origin="a:1", code="x", path="$", reason="r", content=b"{")
    store.bury([letter, replace(letter, origin="a:2")], NOW)

    (kept,) = store.dead_letters()

    assert (kept.times_seen, kept.origin) == (2, "a:2")
