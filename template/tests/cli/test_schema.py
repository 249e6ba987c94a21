"""The printed schemas are those of the types that events are read into and documents made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from receipts.business_lines.business_line import find_business_lines
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.documents import Document

if TYPE_CHECKING:
    from tests.service import Command


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("what", ["events", "documents"])
def test_a_schema_holds_all_that_it_refers_to(receipts: Command, what: str) -> None:
    answer = receipts("schema", what)

    schema = msgspec.json.decode(answer.out)
    assert answer.code == 0
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(re.findall(r'"#/\$defs/(\w+)"', answer.out)) == set(schema["$defs"])


@pytest.mark.usefixtures("service")
def test_every_event_and_every_field_of_a_document_is_in_its_schema(receipts: Command) -> None:
    events = msgspec.json.decode(receipts("schema", "events").out)
    documents = msgspec.json.decode(receipts("schema", "documents").out)

    types = {*(line.event_type for line in find_business_lines()), *CORRECTION_EVENTS}
    tags = {each.__struct_config__.tag for each in types}
    assert set(events["discriminator"]["mapping"]) == tags
    properties = documents["$defs"]["Document"]["properties"]
    assert set(properties) == set(Document.__struct_fields__)
