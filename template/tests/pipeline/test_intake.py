"""Bad input is data: each kind becomes a dead letter that names the place and keeps the bytes."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec
import pytest
from tests.service import ISSUED_AT, as_batch, open_pipeline, open_shards, refund, ride

from receipts.business_lines.business_line import find_business_lines
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.errors import MalformedEvent
from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES, RawEvent
from receipts.pipeline.intake import DEEPEST_NESTING, Intake
from receipts.pipeline.moments import AHEAD, EARLIEST, moments_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service import Command, Service

INTAKE = Intake(find_business_lines())


def without(name: str) -> bytes:
    event = ride(1)
    del event["data"][name]
    return msgspec.json.encode(event)


def stating(**trip: Any) -> bytes:
    return msgspec.json.encode(ride(1, **trip))


def spelled(total: bytes) -> bytes:
    return stating(total_minor=7).replace(b'"total_minor":7', b'"total_minor":' + total)


def enveloped(**attributes: Any) -> bytes:
    return msgspec.json.encode({**ride(1), **attributes})


def nested(levels: int) -> bytes:
    """A ride with an unknown field of that many levels; the event and its data are two more."""
    return stating(extra=7).replace(b'"extra":7', b'"extra":' + b"[" * levels + b"]" * levels)


BAD = {
    "not JSON": (b"{nope", "$", "The line is not JSON"),
    "half a line": (stating()[:-9], "$", "The line is not JSON"),
    "Latin-1": (
        '{"type":"trip.completed.v1","id":"Köln"}'.encode("latin-1"),
        "$",
        "The line is not JSON",
    ),
    "UTF-16": (stating().decode().encode("utf-16"), "$", "The line is not JSON"),
    "byte order mark": (b"\xef\xbb\xbf" + stating(), "$", "The line is not JSON"),
    "not an object": (b"[1]", "$", "Expected `object`, got `array`"),
    "no envelope": (b"{}", "$", "missing required field"),
    "unknown type": (enveloped(type="trip.started.v1"), "$.type", "'trip.started.v1'"),
    "other version": (enveloped(specversion="0.3"), "$.specversion", "regex"),
    "empty id": (enveloped(id=""), "$.id", "length >= 1"),
    "missing field": (without("origin"), "$.data", "missing required field `origin`"),
    "no charge": (stating(charges=[]), "$.data.charges", "length >= 1"),
    "wrong type": (stating(distance_m="far"), "$.data.distance_m", "Expected `int`, got `str`"),
    "wrong type inside a list": (
        stating(charges=[{"code": "fare", "amount_minor": 1}, {"code": 7, "amount_minor": 1}]),
        "$.data.charges[1].code",
        "Expected `str`, got `int`",
    ),
    "true for an amount": (spelled(b"true"), "$.data.total_minor", "got `bool`"),
    "text for an amount": (spelled(b'"1190"'), "$.data.total_minor", "got `str`"),
    "fraction of a cent": (spelled(b"11.5"), "$.data.total_minor", "got `float`"),
    "whole float": (spelled(b"11.0"), "$.data.total_minor", "got `float`"),
    "NaN": (spelled(b"NaN"), "$", "The line is not JSON"),
    "infinity": (spelled(b"Infinity"), "$", "The line is not JSON"),
    "beyond any number": (spelled(b"1e400"), "$.data.total_minor", "out of range"),
    "beyond any amount": (spelled(b"9" * 30), "$.data.total_minor", "<= 100000000000"),
    "negative amount": (spelled(b"-1"), "$.data.total_minor", ">= 0"),
    "negative charge": (
        stating(charges=[{"code": "fare", "amount_minor": -1}]),
        "$.data.charges[0].amount_minor",
        ">= 0",
    ),
    "time without zone": (
        stating(ended_at="2026-11-23T14:29:00"),
        "$.data.ended_at",
        "timezone",
    ),
    "no such day": (stating(ended_at="2026-02-30T14:29:00Z"), "$.data.ended_at", "RFC3339"),
    "time without zone in the envelope": (
        enveloped(time="2026-11-23T14:29:00"),
        "$.time",
        "timezone",
    ),
    "nested too deep": (nested(DEEPEST_NESTING), "$", "nested deeper than 100 levels"),
    "nested without end": (nested(100_000), "$", "nested deeper than 100 levels"),
}


@pytest.mark.parametrize(("content", "path", "reason"), BAD.values(), ids=BAD)
def test_a_bad_event_becomes_a_dead_letter_with_place_and_reason(
    content: bytes, path: str, reason: str
) -> None:
    received, (letter,) = INTAKE.run(as_batch([content]), ISSUED_AT)

    assert received == []
    assert (letter.code, letter.path) == ("malformed_event", path)
    assert reason in letter.reason
    assert (letter.origin, letter.content) == ("rides.ndjson:1", content)


def test_a_line_that_was_cut_becomes_a_dead_letter_that_says_how_long_it_may_be() -> None:
    cut = RawEvent(stating(), "rides.ndjson:1", cut=True)

    received, (letter,) = INTAKE.run([cut], ISSUED_AT)

    assert received == []
    assert str(LARGEST_EVENT_BYTES) in letter.reason


def test_bad_events_stop_none_of_the_good_ones_and_the_order_stays() -> None:
    good = [msgspec.json.encode(ride(number)) for number in range(3)]
    bad = [content for content, _, _ in BAD.values()]

    received, letters = INTAKE.run(
        as_batch([good[0], *bad[:9], good[1], *bad[9:], good[2]]), ISSUED_AT
    )

    assert [each.raw.content for each in received] == good
    assert [letter.content for letter in letters] == bad


@pytest.mark.parametrize("levels", [1, DEEPEST_NESTING - 2])
def test_fields_that_nobody_knows_are_let_in_down_to_the_deepest_level(levels: int) -> None:
    received, letters = INTAKE.run(as_batch([nested(levels)]), ISSUED_AT)

    assert (len(received), letters) == (1, [])


def test_brackets_in_a_text_are_not_levels() -> None:
    received, letters = INTAKE.run(as_batch([stating(origin={"name": '[{"\\' * 40})]), ISSUED_AT)

    assert (len(received), letters) == (1, [])


def test_many_brackets_side_by_side_are_not_deep() -> None:
    received, letters = INTAKE.run(as_batch([stating(extra=[[]] * 1000)]), ISSUED_AT)

    assert (len(received), letters) == (1, [])


def test_a_malformed_event_is_an_error_with_its_place() -> None:
    with pytest.raises(MalformedEvent) as raised:
        INTAKE.parse(RawEvent(stating(licence=""), "rides.ndjson:1"))

    assert raised.value.path == "$.data.licence"


LATEST = ISSUED_AT + AHEAD
A_MOMENT = timedelta(milliseconds=1)

IMPOSSIBLE = {
    "the end to come": (ride(1, ended_at=(LATEST + A_MOMENT).isoformat()), "$.data.ended_at"),
    "the start to come": (ride(1, started_at="2027-01-01T00:00:00Z"), "$.data.started_at"),
    "a start in 1900": (ride(1, started_at="1900-01-01T00:00:00Z"), "$.data.started_at"),
    "an end too early": (
        ride(1, ended_at=(EARLIEST - A_MOMENT).isoformat(), started_at=EARLIEST.isoformat()),
        "$.data.ended_at",
    ),
    "the first year": (ride(1, started_at="0001-01-01T00:00:00Z"), "$.data.started_at"),
    "the last year": (ride(1, ended_at="9999-12-31T23:59:59Z"), "$.data.ended_at"),
    "the envelope": (ride(1) | {"time": "2031-01-01T00:00:00Z"}, "$.time"),
    "a refund": (refund(1, 1, refunded_at="1900-01-01T00:00:00Z"), "$.data.refunded_at"),
}


@pytest.mark.parametrize(("event", "path"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_time_to_come_or_of_long_ago_becomes_a_dead_letter_that_names_the_field(
    event: dict[str, Any], path: str
) -> None:
    received, (letter,) = INTAKE.run(as_batch([msgspec.json.encode(event)]), ISSUED_AT)

    assert received == []
    assert (letter.code, letter.path) == ("impossible_time", path)
    assert "does not lie between 2000-01-01T00:00:00+00:00 and 2026-11-24T13:36:07" in letter.reason


@pytest.mark.parametrize("end", [LATEST, ISSUED_AT, EARLIEST])
def test_a_clock_may_be_a_little_ahead_of_ours(end: datetime) -> None:
    event = stating(ended_at=end.isoformat(), started_at=EARLIEST.isoformat())

    received, letters = INTAKE.run(as_batch([event]), ISSUED_AT)

    assert (len(received), letters) == (1, [])


def test_every_time_in_every_event_is_looked_at() -> None:
    for event_type in (*(line.event_type for line in find_business_lines()), *CORRECTION_EVENTS):
        data = get_type_hints(event_type)["data"]
        stated = {each for each in data.__struct_fields__ if each.endswith("_at")}

        assert stated
        assert moments_of(event_type) == (("time",), tuple(sorted(stated)))


def test_verification_does_not_ask_today_s_clock(service: Service, receipts: Command) -> None:
    later = datetime(2150, 1, 1, tzinfo=UTC)
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service, lambda: later)
        (issued,) = pipeline.run(as_batch([stating(ended_at="2149-12-31T23:59:00Z")]))

    assert issued.issued_at == later
    assert receipts("verify", "--all").code == 0


def test_the_end_before_the_start_becomes_a_dead_letter_that_names_the_end(
    service: Service,
) -> None:
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch([stating(ended_at="2026-11-23T14:04:59Z")]))

        (letter,) = stores.shards[0].dead_letters()
        assert (letter.code, letter.path) == ("malformed_event", "$.data.ended_at")
        assert "before it starts" in letter.reason


@pytest.mark.parametrize("currency", ["XTS", "BTC", "", "eur", "US$"])
def test_an_unknown_currency_becomes_a_dead_letter_that_names_it(
    service: Service, currency: str
) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        pipeline.run(as_batch([stating(currency=currency)]))

        (letter,) = stores.shards[0].dead_letters()
        assert (letter.code, letter.path) == ("foreign_currency", "$.data.currency")
        assert repr(currency) in letter.reason


def test_a_line_of_100_mb_is_read_in_little_memory_and_the_next_one_is_issued(
    service: Service, receipts: Command
) -> None:
    path = service.folder / "long.ndjson"
    write_long_line(path, 100 * 1024 * 1024)
    with path.open("ab") as file:
        file.write(b"\n" + stating() + b"\n")
    receipts("config", "show")
    tracemalloc.start()
    try:
        answer = receipts("issue", "long.ndjson", "--json")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    tally = msgspec.json.decode(answer.out)
    assert (tally["events_issued"], tally["dead_letters"]) == (1, {"malformed_event": 1})
    assert most < 32 * 1024 * 1024


def write_long_line(path: Path, size: int) -> None:
    """A hole in the file: it takes no room, and reads as so many zeros."""
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
