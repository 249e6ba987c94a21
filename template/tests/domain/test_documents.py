"""Structs declare their fields in alphabetical order, so plain encoding is canonical JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
import pytest
from msgspec import Raw, Struct
from tests.countries.golden import every_golden_case

from receipts.domain.documents import Document
from receipts.domain.input_records import AllocatedNumber, InputRecord
from receipts.rendering.canonical import canonical_json, read_document, sorted_json

if TYPE_CHECKING:
    from receipts.pipeline.golden import GoldenCase


def structs_in(hint: Any) -> set[type[Struct]]:
    """Structs that a type names, and those that their fields name."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return {hint}.union(*map(structs_in, get_type_hints(hint).values()))
    return set().union(*map(structs_in, get_args(hint)))


STORED = sorted(structs_in(Document) | structs_in(InputRecord), key=lambda struct: struct.__name__)


@pytest.mark.parametrize("struct", STORED, ids=lambda struct: struct.__name__)
def test_fields_of_what_is_stored_stand_in_alphabetical_order(struct: type[Struct]) -> None:
    assert list(struct.__struct_encode_fields__) == sorted(struct.__struct_encode_fields__)


def test_what_is_stored_holds_structs_inside_structs() -> None:
    names = {struct.__name__ for struct in STORED}

    assert {"Document", "Line", "Totals", "Address", "Route", "AllocatedNumber"} <= names


@pytest.mark.parametrize("case", every_golden_case(), ids=str)
def test_a_document_is_encoded_as_a_sorting_encoder_would(case: GoldenCase) -> None:
    for expected in case.expected:
        document = read_document(expected.encode())

        assert canonical_json(document) == sorted_json(document)


def test_an_input_record_is_encoded_as_a_sorting_encoder_would() -> None:
    record = InputRecord(
        event=Raw(b'{"type":"trip.completed.v1","id":"1"}'),
        issued_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        legal_entities_sha256="aa",
        numbers=(AllocatedNumber(chain="bb", sequence=1, series="EXDE/DE/invoice/2026/0"),),
        pack_sha256="cc",
        shards=1,
    )

    assert canonical_json(record) == sorted_json(record)
    assert msgspec.json.decode(canonical_json(record), type=InputRecord) == record


def test_canonical_json_has_no_white_space_and_plain_utf_8() -> None:
    case = every_golden_case()[0]
    content = canonical_json(read_document(case.expected[0].encode()))

    assert msgspec.json.format(content, indent=-1) == content
    assert b"\\u" not in content
    assert canonical_json(read_document(content)) == content
