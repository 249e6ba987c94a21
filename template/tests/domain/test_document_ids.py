from __future__ import annotations

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.domain.document_ids import (
    DIGEST_BYTES,
    DocumentId,
    event_digest,
    parse_document_id,
)

DIGEST = bytes(range(DIGEST_BYTES))
ANY_IDS = st.builds(
    DocumentId,
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)).map("{:%Y%m%d}".format),
    shard=st.integers(0, 255),
    digest=st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES),
    position=st.integers(0, 99),
)


@given(ANY_IDS)
def test_what_an_id_says_is_read_back_from_its_text(document_id: DocumentId) -> None:
    assert parse_document_id(str(document_id)) == document_id


@given(ANY_IDS, ANY_IDS)
def test_two_documents_share_no_id(one: DocumentId, other: DocumentId) -> None:
    assert (str(one) == str(other)) == (one == other)


def test_an_id_is_written_with_its_position_after_the_first_document_only() -> None:
    first = DocumentId("20261124", 10, DIGEST, 0)

    assert str(first) == "20261124-0a-000102030405060708090a0b0c0d0e0f"
    assert str(first._replace(position=1)) == f"{first}-1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EXDE-DE-S2026-0-0000001",
        "20261124-00-000102030405060708090A0B0C0D0E0F",
        "20261124-0-000102030405060708090a0b0c0d0e0f",
        "20261124-0g-000102030405060708090a0b0c0d0e0f",
        "20261124-00-000102030405060708090a0b0c0d0e0f-0",
        "20261124-00-000102030405060708090a0b0c0d0e0f-x",
        "20261124-00-000102030405060708090a0b0c0d0e0f-1-1",
        "20261124-00-zz0102030405060708090a0b0c0d0e0f",
    ],
)
def test_any_other_text_is_no_id(text: str) -> None:
    assert parse_document_id(text) is None


def test_the_digest_of_an_event_is_the_same_for_ever() -> None:
    expected = sha256(b"9 /dispatch trip-4711").digest()[:16]

    assert event_digest("/dispatch", "trip-4711") == expected


def test_sources_and_ids_that_run_into_each_other_stay_apart() -> None:
    assert event_digest("a b", "c") != event_digest("a", "b c")
