"""The contract of the Web API: ``openapi.yaml`` with the schemas of the code's own types."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Union

import msgspec
from starlette.responses import Response

from receipts.api.compression import compressed
from receipts.api.events import CorrectionRequest, EventsAnswer
from receipts.api.headers import page_policy
from receipts.api.listing import ReceiptsPage
from receipts.api.problems import ProblemDocument
from receipts.api.verification import GenuineDocument
from receipts.business_lines.business_line import find_business_lines
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.documents import Document
from receipts.rendering.html import render_contract

if TYPE_CHECKING:
    from starlette.requests import Request

NAMED = (
    CorrectionRequest,
    Document,
    EventsAnswer,
    GenuineDocument,
    ProblemDocument,
    ReceiptsPage,
)
"""Types that the contract names."""


@cache
def contract() -> dict[str, Any]:
    """The whole contract, as OpenAPI 3.1 has it."""
    # Only here: most processes never show it.
    import yaml  # noqa: PLC0415

    text = resources.files("receipts.api").joinpath("openapi.yaml").read_text("utf-8")
    written: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    events = (*[line.event_type for line in find_business_lines()], *CORRECTION_EVENTS)
    shapes: list[Any] = [Union[events], *NAMED]  # noqa: UP007  built from a list
    (event, *_), schemas = msgspec.json.schema_components(
        shapes, ref_template="#/components/schemas/{name}"
    )
    written["components"]["schemas"] = dict(sorted({**schemas, "Event": event}.items()))
    return written


async def show_contract(request: Request) -> Response:
    """The contract for programs."""
    answer = Response(msgspec.json.encode(contract()), media_type="application/json")
    return compressed(request, answer)


async def show_docs(request: Request) -> Response:
    """The contract for people."""
    page = render_contract(contract())
    answer = Response(page, media_type="text/html", headers=page_policy())
    return compressed(request, answer)
