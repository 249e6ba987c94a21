"""Lines of events are read in order, each with its place, in bounded memory."""

from __future__ import annotations

from io import BytesIO

import pytest

from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES, RawEvent, read_batches


def read(content: bytes, size: int = 500) -> list[list[RawEvent]]:
    return list(read_batches(BytesIO(content), "a.ndjson", size))


def test_every_line_comes_with_its_place_and_empty_ones_are_passed_over() -> None:
    (batch,) = read(b'{"a":1}\r\n\n  \n{"b":2}')

    assert [(raw.content, raw.origin) for raw in batch] == [
        (b'{"a":1}', "a.ndjson:1"),
        (b'{"b":2}', "a.ndjson:4"),
    ]


def test_batches_have_the_asked_size_but_for_the_last() -> None:
    assert [len(batch) for batch in read(b"x\n" * 7, size=3)] == [3, 3, 1]
    assert [len(batch) for batch in read(b"x\n" * 6, size=3)] == [3, 3]
    assert read(b"") == []


@pytest.mark.parametrize("longer_by", [1, 2, LARGEST_EVENT_BYTES, 3 * LARGEST_EVENT_BYTES + 1])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(
    longer_by: int, end: bytes
) -> None:
    line = b"x" * (LARGEST_EVENT_BYTES + longer_by)

    (batch,) = read(b"first\n" + line + end + (b"last\n" if end else b""))

    assert [raw.cut for raw in batch] == [False, True, *([False] if end else [])]
    assert len(batch[1].content) <= LARGEST_EVENT_BYTES + 1
    assert [raw.origin for raw in batch][2:] == (["a.ndjson:3"] if end else [])


def test_a_line_of_just_the_largest_size_is_whole() -> None:
    line = b"x" * LARGEST_EVENT_BYTES

    (batch,) = read(line + b"\nlast\n")

    assert [raw.cut for raw in batch] == [False, False]
    assert [raw.content for raw in batch] == [line, b"last"]
