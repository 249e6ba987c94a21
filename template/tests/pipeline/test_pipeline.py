"""What goes in comes out as documents, counted repeats or dead letters; numbers are dense."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.countries import made_up
from tests.service import (
    ISSUED_AT,
    Service,
    as_batch,
    as_lines,
    findings_of,
    numbers_by_series,
    open_pipeline,
    open_shards,
    ride,
    sample_lines,
)

from receipts.domain.document_ids import parse_document_id
from receipts.domain.numbering import shard_of
from receipts.infrastructure.store import DocumentFilter, stored_documents
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    import pytest

    from receipts.infrastructure.stores import Stores

OTHER_LAW = "No row applies to charge 'fare'"


def assert_whole(stores: Stores) -> None:
    assert list(findings_of(stores)) == []
    for numbers in numbers_by_series(stores).values():
        assert numbers == list(range(1, len(numbers) + 1))


def event_ids(stores: Stores) -> Counter[str]:
    """How often each event was issued, by the first of its documents."""
    documents = stores.documents(DocumentFilter(), -1)
    return Counter(read_document(row.body).event.id for row in documents if row.position == 0)


def test_every_event_of_a_batch_is_issued_repeated_or_a_dead_letter(service: Service) -> None:
    good = as_lines(ride(number) for number in range(4))
    wrong_total = as_lines([ride("wrong", total_minor=12_00)])
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        documents = pipeline.run(as_batch([*good, b"{", good[2], *wrong_total]))

        tally = pipeline.tally
        assert [document.event.id for document in documents] == [f"ride-{n}" for n in range(4)]
        assert (tally.received, tally.events_issued, tally.duplicates) == (7, 4, 1)
        assert tally.issued == {"receipt": 4}
        assert tally.dead_letters == {"malformed_event": 1, "total_differs": 1}
        letters = [(each.code, each.origin) for each in stores.shards[0].dead_letters()]
        assert letters == [
            ("malformed_event", "rides.ndjson:5"),
            ("total_differs", "rides.ndjson:7"),
        ]
        assert_whole(stores)


def test_what_is_returned_is_what_was_stored(service: Service) -> None:
    with open_shards(service) as stores:
        documents = open_pipeline(stores, service).run(as_batch(sample_lines(50)))

        stored = [row.body for row in stored_documents(stores.shards[0])]
        assert stored == [canonical_json(document) for document in documents]
        assert {document.issued_at for document in documents} == {ISSUED_AT}


def test_an_event_that_comes_again_in_a_later_run_is_only_counted(service: Service) -> None:
    lines = list(sample_lines(20))
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(lines))
    with open_shards(service) as stores:
        before = event_ids(stores)
        pipeline = open_pipeline(stores, service)

        issued = pipeline.run(as_batch(lines))

        assert issued == []
        assert (pipeline.tally.received, pipeline.tally.duplicates) == (20, 20)
        assert event_ids(stores) == before
        assert_whole(stores)


def test_the_same_id_of_another_source_is_another_event(service: Service) -> None:
    with open_shards(service) as stores:
        issued = open_pipeline(stores, service).run(
            as_batch(as_lines([ride(1), ride(1) | {"source": "/others"}]))
        )

        assert [document.sequence for document in issued] == [1, 2]


def test_an_event_issued_before_is_a_repeat_even_if_the_rules_of_today_would_refuse_it(
    service: Service,
) -> None:
    lines = as_lines([ride(1)])
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(lines))
    rates = service.config / "countries" / "qq" / "rates.toml"
    rates.write_text(rates.read_text().replace("valid_from = 2020-01-01", "valid_from=2027-01-01"))
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        pipeline.run(as_batch([*lines, *as_lines([ride(2)])]))

        assert pipeline.tally.duplicates == 1
        assert pipeline.tally.dead_letters == {"no_rule_for_charge": 1}
        (letter,) = stores.shards[0].dead_letters()
        assert OTHER_LAW in letter.reason
        assert_whole(stores)


def test_documents_issued_under_older_rules_stay_genuine_when_the_pack_changes(
    service: Service,
) -> None:
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(as_lines([ride(1)])))
    rates = service.config / "countries" / "qq" / "rates.toml"
    rates.write_text(rates.read_text().replace('"10"', '"20"'))
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(as_lines([ride(2)])))

        taxes = [
            read_document(row.body).totals.tax_minor for row in stored_documents(stores.shards[0])
        ]
        # 11.90 with 10 % in it, then with 20 %.
        assert taxes == [1_08, 1_98]
        assert_whole(stores)


def test_a_country_without_a_pack_is_a_dead_letter_that_names_the_installed_ones(
    service: Service,
) -> None:
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(as_lines([ride(1, country="XX")])))

        (letter,) = stores.shards[0].dead_letters()
        assert letter.code == "unknown_country"
        assert "QQ" in letter.reason


def test_refused_events_of_a_batch_keep_none_of_the_others_from_being_issued(
    service: Service,
) -> None:
    spoilt = {3, 7, 8, 20}
    rides = [ride(each, total_minor=1) if each in spoilt else ride(each) for each in range(21)]
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        issued = pipeline.run(as_batch(as_lines(rides)))

        expected = [f"ride-{each}" for each in range(21) if each not in spoilt]
        assert [document.event.id for document in issued] == expected
        letters = stores.shards[0].dead_letters()
        refused = [json.loads(each.content)["id"] for each in letters]
        assert refused == [f"ride-{each}" for each in sorted(spoilt)]
        assert_whole(stores)


def test_numbers_are_dense_in_every_series_over_many_batches(service: Service) -> None:
    lines = [*sample_lines(900, seed=5), *as_lines(ride(number) for number in range(100))]
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        for start in range(0, len(lines), 37):
            batch = as_batch(lines[start : start + 37])
            pipeline.run([*batch, *batch[:3], *as_batch([b"not an event"])])

        assert pipeline.tally.events_issued == 1_000
        assert len(numbers_by_series(stores)) > 1
        assert event_ids(stores).total() == 1_000
        assert_whole(stores)


def test_numbers_begin_at_1_in_a_new_year(service: Service) -> None:
    with open_shards(service) as stores:
        for year in (2026, 2027):
            clock = datetime(year, 12, 1, tzinfo=UTC)
            pipeline = open_pipeline(stores, service, lambda at=clock: at)  # type: ignore[misc]
            pipeline.run(as_batch(as_lines(ride(f"{year}-{number}") for number in range(3))))

        numbers = [row.number for row in stored_documents(stores.shards[0])]
        assert [re.sub(r"^\w+-QQ-R", "", number) for number in numbers] == [
            "2026-0-0001",
            "2026-0-0002",
            "2026-0-0003",
            "2027-0-0001",
            "2027-0-0002",
            "2027-0-0003",
        ]
        assert_whole(stores)


def test_an_event_may_lead_to_an_invoice_with_a_series_of_its_own(service: Service) -> None:
    charge = [{"amount_minor": 100_00, "code": "fare"}]
    customer = {"name": "C", "address": {"city": "T", "country": "QQ", "lines": ["1 Street"]}}
    invoice = ride(1, charges=charge, total_minor=100_00, customer=customer)
    with open_shards(service) as stores:
        issued = open_pipeline(stores, service).run(as_batch(as_lines([ride(2), invoice])))

        assert [(each.kind.value, each.sequence) for each in issued] == [
            ("receipt", 1),
            ("invoice", 1),
        ]
        assert_whole(stores)


def test_documents_are_kept_in_the_shard_of_their_trip_and_every_shard_is_whole(
    service: Service,
) -> None:
    lines = [*sample_lines(200, seed=9), *as_lines(ride(number) for number in range(100))]
    with open_shards(service, 4) as stores:
        pipeline = open_pipeline(stores, service)
        pipeline.run(as_batch(lines))
        pipeline.run(as_batch(lines))

        assert (pipeline.tally.events_issued, pipeline.tally.duplicates) == (300, 300)
        for number, shard in enumerate(stores.shards):
            rows = list(stored_documents(shard))
            assert rows
            for row in rows:
                document = read_document(row.body)
                identity = parse_document_id(document.document_id)
                # Sample events and rides of the tests have the trip's id in the event's.
                trip_id = document.event.id.replace("ride-", "trip-")
                assert identity is not None
                assert document.shard == identity.shard == number == shard_of(trip_id, 4)
                assert stores.document(document.document_id) == row
                assert stores.document(document.number) == row
        assert_whole(stores)


ISSUE_RIDES = """
import sys
from pathlib import Path
from tests.service import Service, as_batch, as_lines, open_pipeline, open_shards, ride

service = Service(Path(sys.argv[1]))
with open_shards(service) as stores:
    pipeline = open_pipeline(stores, service)
    print("ready", flush=True)
    sys.stdin.readline()
    for start in range(int(sys.argv[2]), int(sys.argv[3]), 10):
        pipeline.run(as_batch(as_lines(ride(number) for number in range(start, start + 10))))
"""
"""A process that issues rides with numbers in a range, ten in a batch, once it is told to."""


def test_processes_that_issue_into_one_shard_at_once_lose_nothing_and_number_densely(
    service: Service, pytestconfig: pytest.Config
) -> None:
    ranges = [("0", "400"), ("200", "600"), ("0", "600")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ISSUE_RIDES, service.folder, *bounds],
            cwd=pytestconfig.rootpath,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for bounds in ranges
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    problems = [process.communicate("go\n")[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], problems
    with open_shards(service) as stores:
        assert event_ids(stores) == Counter(f"ride-{number}" for number in range(600))
        assert_whole(stores)


def test_the_pack_and_the_companies_are_kept_in_every_shard_before_the_first_document(
    service: Service,
) -> None:
    pack = made_up.loaded(made_up.CORRECTABLE)
    with open_shards(service, 2) as stores:
        open_pipeline(stores, service)

        assert [shard.frozen(pack.sha256) for shard in stores.shards] == [pack.content] * 2


def test_a_list_over_several_shards_shows_the_latest_issued_first(service: Service) -> None:
    with open_shards(service, 4) as stores:
        for day in range(1, 13):
            clock = datetime(2026, 12, day, tzinfo=UTC)
            pipeline = open_pipeline(stores, service, lambda at=clock: at)  # type: ignore[misc]
            pipeline.run(as_batch(as_lines([ride(day)])))

        def listed(limit: int) -> list[str]:
            rows = stores.documents(DocumentFilter(), limit)
            return [read_document(row.body).event.id for row in rows]

        assert all(shard.claims() for shard in stores.shards)
        assert listed(-1) == [f"ride-{day}" for day in range(12, 0, -1)]
        assert listed(3) == ["ride-12", "ride-11", "ride-10"]
