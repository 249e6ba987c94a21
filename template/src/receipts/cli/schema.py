"""``receipts schema``: what events and documents look like, for machines."""

from __future__ import annotations

from typing import Any, Literal, Union

import msgspec

from receipts.business_lines.business_line import find_business_lines
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.documents import Document


def schema(what: Literal["events", "documents"], /) -> int:
    """Print the JSON Schema of what comes in or of what goes out.

    Args:
        what: Events, told apart by their type, or documents.
    """
    print(msgspec.json.format(msgspec.json.encode(_schema_of(what)), indent=2).decode())
    return 0


def _schema_of(what: Literal["events", "documents"]) -> dict[str, Any]:
    lines = [line.event_type for line in find_business_lines()]
    shape: Any = Union[(*lines, *CORRECTION_EVENTS)] if what == "events" else Document
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **msgspec.json.schema(shape)}
