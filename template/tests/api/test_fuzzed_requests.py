"""Whatever is sent, an answer is one that the contract names, and none is a defect of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.serving import serving
from tests.service import as_lines, make_service, open_shards, ride

from receipts.api.contract import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 4
"""For each operation; to make up an event that fits its schema takes most of the time."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def as_text(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Lines are made up as text."""
    return str(value).encode(errors="replace")


schema = schemathesis.openapi.from_dict(contract())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server issues and answers."""
    service = make_service(tmp_path_factory.mktemp("fuzzed"))
    with open_shards(service) as stores, serving(stores, service=service) as client:
        content = as_lines([ride(1)])[0]
        client.post("/events", content=content, headers={"content-type": "application/x-ndjson"})
        yield str(client.base_url)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    derandomize=True,
    database=None,
)
def test_no_request_meets_a_defect_or_an_answer_that_the_contract_does_not_name(
    case: schemathesis.Case[Any], address: str
) -> None:
    case.call_and_validate(base_url=address, checks=CHECKS)
