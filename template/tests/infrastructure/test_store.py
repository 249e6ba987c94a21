"""What every store promises, written once against the port and run against each adapter."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from receipts.domain.document_ids import event_digest
from receipts.domain.numbering import first_link
from receipts.infrastructure.blocks import EVENTS_IN_BLOCK
from receipts.infrastructure.store import (
    DocumentFilter,
    NewDocument,
    NewEvent,
    Series,
    Store,
    StoreUnavailable,
    stored_documents,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 24, 13, 31, 7, tzinfo=UTC)


def series(name: str = "OURS/DE/receipt/2026/0", last_sequence: int = 0) -> Series:
    return Series(
        name=name,
        number_head=f"{name.replace('/', '-')}-",
        number_digits=7,
        country="DE",
        business_line="rides",
        kind="receipt",
        last_sequence=last_sequence,
        last_chain=first_link(name),
    )


def event(
    number: int, *, sequence: int | None = None, into: Series | None = None, day: int = 23
) -> NewEvent:
    document = NewDocument(
        series=(into or series()).name,
        sequence=number if sequence is None else sequence,
        supply_date=date(2026, 11, day),
        body=b'{"body":%d}' % number,
    )
    return NewEvent(event_digest("/tests", str(number)), b'{"record":%d}' % number, (document,))


def write(store: Store, *events: NewEvent, into: Series | None = None) -> None:
    chosen = into or series()
    reached = max(each.documents[-1].sequence for each in events)
    with store.transaction() as transaction:
        transaction.claim([each.digest for each in events])
        transaction.write(events, [replace(chosen, last_sequence=reached)])


def bodies(store: Store, chosen: DocumentFilter | None = None, limit: int = -1) -> list[bytes]:
    return [row.body for row in store.documents(chosen or DocumentFilter(), limit)]


def test_what_a_transaction_stored_is_there_after_opening_again(
    store: Store, open_again: Callable[[], Store]
) -> None:
    write(store, event(1), event(2))
    store.close()

    (later, earlier) = open_again().documents(DocumentFilter(), -1)

    assert (earlier.body, earlier.record) == (b'{"body":1}', b'{"record":1}')
    assert (later.body, later.record, later.sequence) == (b'{"body":2}', b'{"record":2}', 2)
    assert (earlier.number, earlier.sequence) == ("OURS-DE-receipt-2026-0-0000001", 1)


def test_what_a_transaction_stored_is_seen_by_others_only_after_its_commit(
    store: Store, open_again: Callable[[], Store]
) -> None:
    other = open_again()
    with store.transaction() as transaction:
        transaction.claim([event(1).digest])
        transaction.write([event(1)], [series(last_sequence=1)])

        assert bodies(other) == []

    assert bodies(other) == [b'{"body":1}']


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_a_transaction_that_is_left_by_an_error_stores_nothing(
    store: Store, interruption: type[BaseException]
) -> None:
    def interrupted() -> None:
        with store.transaction() as transaction:
            transaction.claim([event(1).digest])
            transaction.write([event(1)], [series(last_sequence=1)])
            raise interruption

    with pytest.raises(interruption):
        interrupted()

    assert bodies(store) == []
    assert store.all_series() == {}
    assert list(store.events()) == []
    assert not store.is_known(event(1).digest)


def test_a_transaction_can_follow_one_that_failed(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        raise RuntimeError
    write(store, event(1))

    assert bodies(store) == [b'{"body":1}']


def test_a_second_writer_waits_for_the_first_and_sees_what_it_stored(
    store: Store, open_again: Callable[[], Store]
) -> None:
    other, reached = open_again(), []
    waiting = threading.Event()

    def second_writer() -> None:
        waiting.set()
        with other.transaction() as transaction:
            reached.append(transaction.series([series().name])[series().name].last_sequence)

    thread = threading.Thread(target=second_writer)
    with store.transaction() as transaction:
        thread.start()
        waiting.wait()
        transaction.claim([event(1).digest])
        transaction.write([event(1)], [series(last_sequence=1)])
        assert reached == []
    thread.join()

    assert reached == [1]


def test_only_events_that_were_not_issued_before_can_be_claimed(store: Store) -> None:
    write(store, event(1), event(2))
    asked = [event(number).digest for number in (1, 3, 2, 4)]

    with store.transaction() as transaction:
        assert transaction.claim(asked) == [1, 3]
        transaction.write([event(3), event(4)], [series(last_sequence=4)])

    assert [store.is_known(digest) for digest in asked] == [True, True, True, True]
    assert all(each.is_claimed for each in store.events())
    assert store.claims() == 4


def test_an_event_that_comes_twice_is_claimed_once(store: Store) -> None:
    with store.transaction() as transaction:
        digests = [event(number).digest for number in (1, 2, 1, 2)]
        assert transaction.claim(digests) == [0, 1]
        transaction.write([event(1), event(2)], [series(last_sequence=2)])

    with store.transaction() as transaction:
        assert transaction.claim(digests) == []


def test_records_are_those_of_the_events_that_were_issued(store: Store) -> None:
    issued = [event(number) for number in range(1, EVENTS_IN_BLOCK + 2)]
    write(store, *issued)

    found = store.records([issued[0].digest, event(999).digest, issued[-1].digest])

    assert found == {each.digest: each.record for each in (issued[0], issued[-1])}
    assert store.records([]) == {}


def test_a_claim_ends_with_its_transaction(store: Store) -> None:
    def interrupted() -> None:
        with store.transaction() as transaction:
            transaction.claim([event(1).digest])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()

    assert not store.is_known(event(1).digest)
    write(store, event(1))


def test_an_event_that_was_not_claimed_is_refused(store: Store) -> None:
    def write_another() -> None:
        with store.transaction() as transaction:
            transaction.claim([event(1).digest])
            transaction.write([event(2)], [series(last_sequence=1)])

    with pytest.raises(StoreUnavailable, match="that were not claimed"):
        write_another()

    assert store.claims() == 0
    assert list(store.events()) == []


def test_the_largest_batch_of_the_settings_can_be_claimed(store: Store) -> None:
    write(store, event(9_999, sequence=1))
    asked = [event(number).digest for number in range(10_000)]

    with store.transaction() as transaction:
        assert len(transaction.claim(asked)) == 9_999


def test_a_series_stands_where_the_last_transaction_left_it(store: Store) -> None:
    other = series("OURS/DE/invoice/2026/0")
    write(store, event(1), event(2))
    write(store, event(3, sequence=1, into=other), into=other)
    write(store, event(4, sequence=3))

    with store.transaction() as transaction:
        found = transaction.series([series().name, other.name, "unheard of"])

    assert found == {
        series().name: series(last_sequence=3),
        other.name: replace(other, last_sequence=1),
    }
    assert store.all_series() == found


def test_the_same_number_of_a_series_is_refused_twice_and_nothing_of_the_batch_is_kept(
    store: Store,
) -> None:
    write(store, event(1))

    with pytest.raises(StoreUnavailable, match="Number 1 cannot follow 2"):
        write(store, event(2), event(3, sequence=1))

    assert bodies(store) == [b'{"body":1}']


def test_a_number_that_would_leave_a_hole_is_refused(store: Store) -> None:
    write(store, event(1))

    with pytest.raises(StoreUnavailable, match="Number 3 cannot follow 1"):
        write(store, event(3))

    assert store.all_series() == {series().name: series(last_sequence=1)}


def test_every_event_is_claimed_where_it_lies(store: Store) -> None:
    write(store, *(event(number) for number in range(1, EVENTS_IN_BLOCK + 2)))

    assert all(each.is_claimed for each in store.events())
    assert store.claims() == EVENTS_IN_BLOCK + 1


def test_a_document_is_found_by_event_by_number_and_by_place_in_its_series(store: Store) -> None:
    write(store, *(event(number) for number in range(1, 2 * EVENTS_IN_BLOCK + 2)))
    name = series().name

    for number in (1, EVENTS_IN_BLOCK, EVENTS_IN_BLOCK + 1, 2 * EVENTS_IN_BLOCK + 1):
        by_event = store.document(event(number).digest, 0)

        assert by_event is not None
        assert by_event.body == b'{"body":%d}' % number
        assert store.document_numbered(by_event.number) == by_event
        assert store.document_in_series(name, number) == by_event


def test_every_document_of_an_event_is_found_by_its_position(store: Store) -> None:
    first = event(1)
    documents = (*first.documents, replace(first.documents[0], sequence=2, body=b"second"))
    write(store, replace(first, documents=documents))

    found = store.document(first.digest, 1)

    assert found is not None
    assert (found.body, found.position, found.sequence) == (b"second", 1, 2)
    (stored,) = store.events()
    assert [each.body for each in stored.documents] == [b'{"body":1}', b"second"]


@pytest.mark.parametrize(
    "number",
    [
        "",
        "nothing",
        "OURS-DE-receipt-2026-0-",
        "OURS-DE-receipt-2026-0-1",
        "OURS-DE-receipt-2026-0-0000002",
        "OURS-DE-receipt-2026-0-x",
        "'; drop table documents",
    ],
)
def test_a_number_that_was_not_given_is_not_found(store: Store, number: str) -> None:
    write(store, event(1))

    assert store.document_numbered(number) is None


def test_a_document_that_does_not_exist_is_not_found(store: Store) -> None:
    assert store.document(event(1).digest, 0) is None
    assert store.document_in_series("unheard of", 1) is None
    assert store.frozen("00") is None


def test_a_list_shows_the_latest_first_and_at_most_as_many_as_asked_for(store: Store) -> None:
    write(store, event(1), event(2))
    write(store, event(3))

    assert bodies(store) == [b'{"body":3}', b'{"body":2}', b'{"body":1}']
    assert bodies(store, limit=2) == [b'{"body":3}', b'{"body":2}']


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (DocumentFilter(), {1, 2, 3}),
        (DocumentFilter(country="DE"), {1, 2, 3}),
        (DocumentFilter(country="FR"), set()),
        (DocumentFilter(business_line="rides"), {1, 2, 3}),
        (DocumentFilter(business_line="deliveries"), set()),
        (DocumentFilter(series="OURS/DE/receipt/2026/0"), {1, 2, 3}),
        (DocumentFilter(series="OURS/DE/invoice/2026/0"), set()),
        (DocumentFilter(supplied_from=date(2026, 11, 21)), {2, 3}),
        (DocumentFilter(supplied_to=date(2026, 11, 21)), {1, 2}),
        (DocumentFilter(supplied_from=date(2026, 11, 21), supplied_to=date(2026, 11, 21)), {2}),
        (DocumentFilter(country="DE", supplied_from=date(2026, 11, 22)), {3}),
    ],
)
def test_a_list_shows_what_fits_every_condition(
    store: Store, chosen: DocumentFilter, numbers: set[int]
) -> None:
    write(store, event(1, day=20), event(2, day=21), event(3, day=22))

    assert set(bodies(store, chosen)) == {b'{"body":%d}' % number for number in numbers}


def test_each_series_comes_in_its_own_order_whatever_was_stored_between(store: Store) -> None:
    other = series("OURS/DE/invoice/2026/0")
    write(store, event(1))
    write(store, event(2, sequence=1, into=other), into=other)
    write(store, event(3, sequence=2), event(4, sequence=3))

    rows = list(stored_documents(store))

    assert [row.body for row in rows] == [b'{"body":%d}' % number for number in (1, 2, 3, 4)]
    assert [row.sequence for row in rows if row.series == series().name] == [1, 2, 3]


def test_a_frozen_input_stays_as_it_was_first_kept(
    store: Store, open_again: Callable[[], Store]
) -> None:
    store.freeze("abc", "pack", b"first")
    store.freeze("abc", "pack", b"second")

    assert open_again().frozen("abc") == b"first"


def test_a_closed_store_says_so_in_words(store: Store) -> None:
    store.close()

    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.is_known(b"")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        list(stored_documents(store))
