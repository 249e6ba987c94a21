"""Of two events with one key the first stands: the same again is a repeat, another a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.service import (
    as_batch,
    as_lines,
    findings_of,
    open_pipeline,
    open_shards,
    refund,
    ride,
)

from receipts.domain.numbering import shard_of

if TYPE_CHECKING:
    import sqlite3

    from tests.service import Service

    from receipts.infrastructure.stores import Stores

DEARER = {"charges": [{"amount_minor": 23_80, "code": "fare"}], "total_minor": 23_80}
FIRST = "OURSQQ-QQ-R2026-0-0001"


def letters(stores: Stores) -> list[tuple[str, str, str]]:
    return [(each.code, each.path, each.reason) for each in stores.shards[0].dead_letters()]


def assert_conflict(stores: Stores, *documents: str) -> None:
    ((code, path, reason),) = letters(stores)
    assert (code, path) == ("event_conflict", "$.id")
    assert all(each in reason for each in documents)
    assert list(findings_of(stores)) == []


@pytest.mark.parametrize("other", [DEARER, {"licence": "unheard of"}], ids=["valid", "refused"])
def test_another_event_under_an_issued_key_is_a_conflict_that_names_the_first_ones_documents(
    service: Service, other: dict[str, Any]
) -> None:
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(as_lines([ride(1)])))
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        issued = pipeline.run(as_batch(as_lines([ride(1, **other), ride(2)])))

        assert [each.event.id for each in issued] == ["ride-2"]
        assert (pipeline.tally.duplicates, pipeline.tally.events_issued) == (0, 1)
        assert pipeline.tally.dead_letters == {"event_conflict": 1}
        assert_conflict(stores, "'ride-1' of '/tests'", FIRST)


def test_of_two_events_with_one_key_in_one_batch_the_first_stands(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        (issued,) = pipeline.run(as_batch(as_lines([ride(1), ride(1, **DEARER), ride(1)])))

        assert issued.totals.payable_minor == 11_90
        assert (pipeline.tally.events_issued, pipeline.tally.duplicates) == (1, 1)
        assert_conflict(stores, FIRST)


def test_the_same_content_written_another_way_is_a_repeat(service: Service) -> None:
    backwards = msgspec.json.format(
        msgspec.json.encode(dict(reversed(ride(1).items()))), indent=4
    ).replace(b"\n", b" ")
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        pipeline.run(as_batch(as_lines([ride(1)])))

        pipeline.run(as_batch([backwards]))

        assert (pipeline.tally.duplicates, letters(stores)) == (1, [])


def test_a_key_of_another_shard_is_found_although_the_trip_is_another(service: Service) -> None:
    here = shard_of("trip-1", 4)
    away = next(f"trip-{each}" for each in range(2, 99) if shard_of(f"trip-{each}", 4) != here)
    with open_shards(service, 4) as stores:
        pipeline = open_pipeline(stores, service)

        pipeline.run(as_batch(as_lines([ride(1)])))
        pipeline.run(as_batch(as_lines([ride(1, trip_id=away)])))

        assert pipeline.tally.events_issued == 1
        assert_conflict(stores)


@pytest.mark.parametrize(
    "other",
    [refund(1, 1, 2_00), refund(1, "never heard of"), ride(1) | {"id": "refund-1"}],
    ids=["other amount", "other original", "a sale"],
)
def test_another_event_under_the_key_of_a_correction_is_a_conflict(
    service: Service, other: dict[str, Any]
) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        pipeline.run(as_batch(as_lines([ride(1), refund(1, 1)])))

        pipeline.run(as_batch(as_lines([refund(1, 1), other])))

        assert (pipeline.tally.events_issued, pipeline.tally.duplicates) == (2, 1)
        assert_conflict(stores, "OURSQQ-QQ-C2026-0-0001")


def test_a_repeat_of_what_cannot_be_read_any_more_stops_nothing(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        pipeline.run(as_batch(as_lines([ride(1)])))
        damage(stores.shards[0])

        issued = pipeline.run(as_batch(as_lines([ride(1, **DEARER), ride(2)])))

        assert [each.event.id for each in issued] == ["ride-2"]
        assert pipeline.tally.duplicates == 1


def damage(shard: Any) -> None:
    connection: sqlite3.Connection = shard._connection
    connection.execute("update blocks set content = substr(content, 1, 20)")


def test_a_batch_without_repeats_asks_for_no_record(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_shards(service) as stores:
        asked: list[object] = []
        monkeypatch.setattr(type(stores.shards[0]), "records", lambda _, each: asked.append(each))

        open_pipeline(stores, service).run(as_batch(as_lines(ride(each) for each in range(9))))

        assert asked == []
