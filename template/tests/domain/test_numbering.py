from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.domain.numbering import first_link, next_link, series_name, shard_of

TRADES = st.text(min_size=1, max_size=100)


@pytest.mark.parametrize(
    ("trade", "crc_32"),
    [
        # published check values of CRC-32 (ISO-HDLC)
        ("a", 0xE8B7BE43),
        ("123456789", 0xCBF43926),
        ("The quick brown fox jumps over the lazy dog", 0x414FA339),
    ],
)
@pytest.mark.parametrize("shards", [1, 2, 16, 100, 256])
def test_a_trade_keeps_its_shard_for_ever(trade: str, crc_32: int, shards: int) -> None:
    assert shard_of(trade, shards) == crc_32 % shards


@given(TRADES, st.integers(1, 256))
def test_a_shard_is_one_of_those_there_are(trade: str, shards: int) -> None:
    assert shard_of(trade, shards) in range(shards)


def test_trades_are_spread_over_all_shards() -> None:
    counts = [0] * 8
    for trade in range(8_000):
        counts[shard_of(f"trip-{trade}", 8)] += 1

    assert min(counts) > 800


def test_series_that_differ_in_anything_have_other_names() -> None:
    names = {
        series_name(supplier, country, kind, year, shard)
        for supplier in ("A", "B")
        for country in ("DE", "US-NY")
        for kind in ("invoice", "receipt")
        for year in (2026, 2027)
        for shard in (0, 1)
    }

    assert len(names) == 2**5


def test_a_chain_starts_at_its_series_and_binds_every_document_in_order() -> None:
    first, second = sha256(b"first").digest(), sha256(b"second").digest()
    start = first_link("EXDE/DE/invoice/2026/0")

    assert start == sha256(b"EXDE/DE/invoice/2026/0").digest()
    assert next_link(start, first) == sha256(start + first).digest()
    assert next_link(next_link(start, first), second) != next_link(next_link(start, second), first)
