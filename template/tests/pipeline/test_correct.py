"""Corrections take the same path: nothing is lost, issued twice, or given back twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.countries.made_up import REPLACEABLE
from tests.service import (
    Service,
    as_batch,
    as_lines,
    findings_of,
    open_pipeline,
    open_shards,
    refund,
    ride,
)

from receipts.domain.corrections import ChargeRefunded
from receipts.domain.documents import DocumentKind
from receipts.domain.errors import NotCorrectable
from receipts.infrastructure.store import stored_documents
from receipts.pipeline.originals import Originals

if TYPE_CHECKING:
    from typing import Any

    from receipts.domain.documents import Document
    from receipts.infrastructure.stores import Stores
    from receipts.pipeline.pipeline import Pipeline


def tip(amount_minor: int) -> dict[str, Any]:
    """A tip for the first ride."""
    return {
        "type": "tip.added.v1",
        "id": "tip-1",
        "source": "/tests",
        "specversion": "1.0",
        "data": {
            "amount_minor": amount_minor,
            "currency": "EUR",
            "given_at": "2026-11-24T09:00:00Z",
            "original": {"id": "ride-1", "source": "/tests"},
        },
    }


def request(tax_id: str) -> dict[str, Any]:
    """A full invoice is wanted for the first ride, whose receipt is no simplified invoice."""
    wanted = tip(1) | {"type": "document.requested.v1", "id": "request-1"}
    wanted["data"] = {
        "customer": {"name": "Ada", "tax_id": tax_id},
        "original": wanted["data"]["original"],
        "requested_at": "2026-11-24T09:00:00Z",
    }
    return wanted


def run(pipeline: Pipeline, *events: dict[str, Any]) -> list[Document]:
    return pipeline.run(as_batch(as_lines(events)))


def letters(stores: Stores) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in stores.shards[0].dead_letters()]


def test_a_refund_may_come_in_one_batch_with_its_ride_and_before_it(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        first, note = run(pipeline, refund(1, 1), ride(1))

        assert note.kind is DocumentKind.CREDIT_NOTE
        assert note.correction is not None
        assert note.correction.preceding.number == first.number
        assert note.number == "OURSQQ-QQ-C2026-0-0001"
        assert (note.totals.payable_minor, note.totals.tax_minor) == (-1_00, -9)
        assert pipeline.tally.issued == {"receipt": 1, "credit_note": 1}
        assert list(findings_of(stores)) == []


def test_two_refunds_of_one_batch_cannot_give_back_the_same_cent(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        documents = run(pipeline, ride(1), refund(1, 1, 6_00), refund(2, 1, 6_00))

        assert [each.event.id for each in documents] == ["ride-1", "refund-1"]
        assert letters(stores) == [("refund_too_large", "$.data.charges[0].amount_minor")]
        (letter,) = stores.shards[0].dead_letters()
        assert (
            "600 minor units of charge 'fare' cannot be given back: 590 are left" in letter.reason
        )
        assert list(findings_of(stores)) == []


def test_nobody_is_invoiced_a_tip_alone(service: Service) -> None:
    for file, text in REPLACEABLE.items():
        (service.config / "countries" / "qq" / file).write_text(text, "utf-8")
    charges = [{"amount_minor": 11_90, "code": "fare"}, {"amount_minor": 2_00, "code": "tip"}]
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1, charges=charges, total_minor=13_90), refund(1, 1, 11_90))

        assert run(pipeline, request("DE129273398")) == []

        assert letters(stores) == [("not_correctable", "$.data.original")]
        (letter,) = stores.shards[0].dead_letters()
        assert letter.reason.startswith("No simplified invoice is left")


def test_a_refund_that_comes_again_is_a_duplicate_although_nothing_is_left(
    service: Service,
) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1), refund(1, 1, 11_90))

        assert run(pipeline, refund(1, 1, 11_90), refund(1, 1, 11_90)) == []

        assert pipeline.tally.duplicates == 2
        assert letters(stores) == []


def test_one_id_for_two_originals_in_one_batch_is_a_conflict_and_stops_nothing(
    service: Service,
) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1), ride(2), ride(3))

        notes = run(pipeline, refund("same", 1), refund("same", 2), refund("other", 3))

        assert [each.event.id for each in notes] == ["refund-same", "refund-other"]
        assert pipeline.tally.dead_letters == {"event_conflict": 1}
        assert list(findings_of(stores)) == []


def test_what_was_never_issued_cannot_be_corrected_yet(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)

        assert run(pipeline, refund(1, 1)) == []
        assert letters(stores) == [("unknown_original", "$.data.original")]

        assert len(run(pipeline, ride(1), refund(1, 1))) == 2


def test_a_correction_cannot_be_corrected(service: Service) -> None:
    named = {"id": "refund-1", "source": "/tests"}
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1), refund(1, 1))

        assert run(pipeline, refund(2, 1, original=named)) == []

        assert letters(stores) == [("not_correctable", "$.data.original")]


def test_what_a_dropped_business_line_issued_is_refused_in_words(service: Service) -> None:
    event = msgspec.json.decode(as_lines([refund(1, 1)])[0], type=ChargeRefunded)
    with open_shards(service) as stores:
        run(open_pipeline(stores, service), ride(1))

        with pytest.raises(NotCorrectable, match="does not take any more"):
            Originals(stores.shards[0], ()).before(event, b"")


def test_an_upstream_that_corrects_without_end_is_stopped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receipts.engine.corrections.MOST_CORRECTIONS", 2)
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1), refund(1, 1), refund(2, 1), refund(3, 1))

        assert pipeline.tally.issued == {"receipt": 1, "credit_note": 2}
        assert letters(stores) == [("not_correctable", "$.data.original")]
        assert list(findings_of(stores)) == []


@pytest.mark.parametrize(
    ("event", "code", "path"),
    [
        (refund(1, 1, currency="USD"), "foreign_currency", "$.data.currency"),
        (refund(1, 1, total_minor=2_00), "total_differs", "$.data.total_minor"),
        (refund(1, 1, reason="cancelled"), "not_correctable", "$.data.charges"),
        (refund(1, 1, reason="whim"), "malformed_event", "$.data.reason"),
        (refund(1, 1, 0), "malformed_event", "$.data.charges[0].amount_minor"),
        (
            refund(1, 1, charges=[{"amount_minor": 1, "code": "snow"}]),
            "not_correctable",
            "$.data.charges[0].code",
        ),
        (
            refund(1, 1, charges=[{"amount_minor": 1, "code": "fare", "position": 1}]),
            "not_correctable",
            "$.data.charges[0].position",
        ),
        (tip(-1), "malformed_event", "$.data.amount_minor"),
        (request("DE129273389"), "wrong_tax_id", "$.data.customer.tax_id"),
        (request("DE129273398"), "not_correctable", "$.data.original"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_correction_that_contradicts_its_original_is_a_dead_letter_that_says_where(
    service: Service, event: dict[str, Any], code: str, path: str
) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1))

        assert run(pipeline, event) == []

        assert letters(stores) == [(code, path)]


def test_a_refund_whose_total_differs_is_told_about_what_is_given_back(service: Service) -> None:
    with open_shards(service) as stores:
        run(open_pipeline(stores, service), ride(1), refund(1, 1, total_minor=2_00))

        (letter,) = stores.shards[0].dead_letters()
        assert letter.reason.startswith("The event says 200 minor units are given back; ")


def test_nobody_tips_for_what_was_cancelled_whole(service: Service) -> None:
    cancelled = refund(1, 1, 11_90, reason="cancelled")
    del cancelled["data"]["charges"]
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1), cancelled)

        assert run(pipeline, tip(2_00)) == []

        assert letters(stores) == [("not_correctable", "$.data.original")]


def test_a_tip_that_the_pack_has_no_row_for_is_told_at_its_amount(service: Service) -> None:
    for file in ("pass_through.toml", "phrases.toml"):
        (service.config / "countries" / "qq" / file).write_text("", "utf-8")
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        run(pipeline, ride(1))

        assert run(pipeline, tip(2_00)) == []

        assert letters(stores) == [("no_rule_for_charge", "$.data.amount_minor")]


def test_corrections_go_to_the_shard_of_their_original(service: Service) -> None:
    rides = [ride(number) for number in range(20)]
    refunds = [refund(number, number) for number in range(20)]
    with open_shards(service, 4) as stores:
        pipeline = open_pipeline(stores, service)
        documents = run(pipeline, *rides, *refunds)

        shards = {each.trade_id: each.shard for each in documents if each.correction is None}
        assert len(set(shards.values())) == 4
        for each in documents:
            assert each.shard == shards[each.trade_id]
            found = stores.document(each.document_id)
            assert found is not None
            assert found.number == each.number
        assert list(findings_of(stores)) == []


def test_an_id_that_another_shard_knows_is_a_conflict(service: Service) -> None:
    rides = [ride(number) for number in range(20)]
    with open_shards(service, 4) as stores:
        pipeline = open_pipeline(stores, service)
        first, *others = run(pipeline, *rides)
        elsewhere = next(each for each in others if each.shard != first.shard)
        run(pipeline, refund("same", first.event.id.removeprefix("ride-")))

        assert run(pipeline, refund("same", elsewhere.event.id.removeprefix("ride-"))) == []

        assert pipeline.tally.dead_letters == {"event_conflict": 1}


def test_many_small_refunds_give_back_the_tax_of_their_sum(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        notes = run(pipeline, ride(1), *[refund(number, 1, 5) for number in range(10)])[1:]

        # 0.05 holds less than half a cent of tax at 10 %; ten of them hold 0.045.
        assert sum(each.totals.tax_minor for each in notes) == -5
        assert sum(each.totals.gross_minor for each in notes) == -50


def test_verify_computes_each_correction_from_what_was_left_before_it(service: Service) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        of_tip = refund("tip", 1, 2_00, original={"id": "tip-1", "source": "/tests"})
        of_tip["data"]["charges"][0]["code"] = "tip"
        run(pipeline, ride(1), tip(2_00), of_tip)
        for number in range(5):
            run(pipeline, refund(number, 1, 1_11 + number))

        assert letters(stores) == []
        assert sum(1 for _ in stored_documents(stores.shards[0])) == 8
        assert list(findings_of(stores)) == []


def test_a_correction_that_the_index_forgets_is_found(service: Service) -> None:
    with open_shards(service) as stores:
        run(open_pipeline(stores, service), ride(1), refund(1, 1))
    with closing(sqlite3.connect(service.shard)) as connection:
        connection.execute("delete from corrections")
        connection.commit()

    with open_shards(service) as stores:
        problems = [each.problem for each in findings_of(stores)]

    assert "the blocks hold 1 corrections, the index names 0" in problems


@pytest.mark.parametrize(
    ("correction", "name"),
    [
        (refund(1, 1), "refunded_at"),
        (tip(1_00), "given_at"),
        (request("DE129273398"), "requested_at"),
    ],
    ids=["refund", "tip", "request"],
)
def test_a_correction_from_before_its_original_was_over_names_its_time(
    service: Service, correction: dict[str, Any], name: str
) -> None:
    correction["data"][name] = "2026-11-23T14:28:59Z"
    with open_shards(service) as stores:
        documents = run(open_pipeline(stores, service), ride(1), correction)

        assert [document.correction for document in documents] == [None]
        (letter,) = stores.shards[0].dead_letters()
        assert (letter.code, letter.path) == ("before_original", f"$.data.{name}")
        assert "2026-11-23T14:29:00+00:00" in letter.reason


def test_a_correction_at_the_moment_its_original_was_over_is_issued(service: Service) -> None:
    at_once = refund(1, 1, refunded_at="2026-11-23T14:29:00Z")
    with open_shards(service) as stores:
        documents = run(open_pipeline(stores, service), ride(1), at_once)

        assert len(documents) == 2
