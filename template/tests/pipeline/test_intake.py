"""Bad input is data: each kind becomes a dead letter that names the place and keeps the bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.service import as_batch, ride

from receipts.business_lines.business_line import find_business_lines
from receipts.domain.errors import MalformedEvent
from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES, RawEvent
from receipts.pipeline.intake import DEEPEST_NESTING, Intake

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
    "nested too deep": (nested(DEEPEST_NESTING), "$", "nested deeper than 100 levels"),
    "nested without end": (nested(100_000), "$", "nested deeper than 100 levels"),
}


@pytest.mark.parametrize(("content", "path", "reason"), BAD.values(), ids=BAD)
def test_a_bad_event_becomes_a_dead_letter_with_place_and_reason(
    content: bytes, path: str, reason: str
) -> None:
    received, (letter,) = INTAKE.run(as_batch([content]))

    assert received == []
    assert (letter.code, letter.path) == ("malformed_event", path)
    assert reason in letter.reason
    assert (letter.origin, letter.content) == ("rides.ndjson:1", content)


def test_a_line_that_was_cut_becomes_a_dead_letter_that_says_how_long_it_may_be() -> None:
    cut = RawEvent(stating(), "rides.ndjson:1", cut=True)

    received, (letter,) = INTAKE.run([cut])

    assert received == []
    assert str(LARGEST_EVENT_BYTES) in letter.reason


def test_bad_events_stop_none_of_the_good_ones_and_the_order_stays() -> None:
    good = [msgspec.json.encode(ride(number)) for number in range(3)]
    bad = [content for content, _, _ in BAD.values()]

    received, letters = INTAKE.run(as_batch([good[0], *bad[:9], good[1], *bad[9:], good[2]]))

    assert [each.raw.content for each in received] == good
    assert [letter.content for letter in letters] == bad


@pytest.mark.parametrize("levels", [1, DEEPEST_NESTING - 2])
def test_fields_that_nobody_knows_are_let_in_down_to_the_deepest_level(levels: int) -> None:
    received, letters = INTAKE.run(as_batch([nested(levels)]))

    assert (len(received), letters) == (1, [])


def test_brackets_in_a_text_are_not_levels() -> None:
    received, letters = INTAKE.run(as_batch([stating(origin={"name": '[{"\\' * 40})]))

    assert (len(received), letters) == (1, [])


def test_many_brackets_side_by_side_are_not_deep() -> None:
    received, letters = INTAKE.run(as_batch([stating(extra=[[]] * 1000)]))

    assert (len(received), letters) == (1, [])


def test_a_malformed_event_is_an_error_with_its_place() -> None:
    with pytest.raises(MalformedEvent) as raised:
        INTAKE.parse(RawEvent(stating(licence=""), "rides.ndjson:1"))

    assert raised.value.path == "$.data.licence"
