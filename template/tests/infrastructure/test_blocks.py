"""A block gives back what was put in, or says that it cannot."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis.strategies import binary, builds, dates, integers, lists

from receipts.infrastructure.blocks import BlockDocument, BlockEntry, pack_block, unpack_block

NUMBERS = integers(min_value=1, max_value=10**12)
DOCUMENTS = lists(builds(BlockDocument, NUMBERS, NUMBERS, dates(), binary()), max_size=3).map(tuple)
ENTRIES = lists(builds(BlockEntry, binary(), binary(), DOCUMENTS), max_size=40)


@given(ENTRIES)
def test_a_block_gives_back_exactly_what_was_put_in(entries: list[BlockEntry]) -> None:
    assert unpack_block(pack_block(entries)) == tuple(entries)


def unpacked_or_none(content: bytes) -> tuple[BlockEntry, ...] | None:
    try:
        return unpack_block(content)
    except ValueError:
        return None


def test_a_flipped_byte_anywhere_in_a_block_is_never_taken_for_other_content() -> None:
    document = BlockDocument(1, 1, date(2026, 11, 24), b"body")
    entries = tuple(BlockEntry(b"digest", b"record %d" % n, (document,)) for n in range(5))
    block = pack_block(list(entries))

    for position in range(len(block)):
        damaged = bytearray(block)
        damaged[position] ^= 0x5A

        assert unpacked_or_none(bytes(damaged)) in (None, entries)


@pytest.mark.parametrize("content", [b"", b"x", pack_block([BlockEntry(b"d", b"r", ())])[:-1]])
def test_what_is_no_whole_block_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="the block cannot be unpacked"):
        unpack_block(content)
