"""Whatever a program sends, by the contract or against it, the answer is in the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection, positive_data_acceptance
from tests.api.doors import NOW, make_tokens
from tests.api.serving import serving
from tests.service import as_lines, make_service, open_shards, ride

from receipts.api.access import Access
from receipts.api.contract import contract
from receipts.infrastructure.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 6
"""Of each operation, and of each of right and wrong; some seconds in all."""


@schemathesis.serializer("application/x-ndjson")
def as_text(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Lines are made up as text."""
    return str(value).encode(errors="replace")


SCHEMA = schemathesis.openapi.from_dict(contract())


def _can_be_wrong(operation: dict[str, Any]) -> bool:
    """Whether something else than the contract says can be sent: a path is always text."""
    places = {parameter["in"] for parameter in operation.get("parameters", [])} - {"path"}
    return bool(places) or "requestBody" in operation


ASKED = [
    (path, method.upper(), mode)
    for path, methods in contract()["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode.is_positive or _can_be_wrong(operation)
]

NOT_CHECKED = {
    # A request with wrong events succeeds: its answer rejects each of them.
    "/events": [negative_data_rejection],
    # OpenAPI cannot say that `source` needs `id`, and that a cursor comes from a page.
    "/receipts": [positive_data_acceptance],
}
"""What a path may do against a check of schemathesis, and why."""


class Door(NamedTuple):
    """Where a server answers, and what opens it."""

    address: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A server that issues, for who has a token."""
    folder = tmp_path_factory.mktemp("fuzzed")
    service = make_service(folder)
    token = make_tokens(folder / "tokens.json")["admin"]
    access = Access(
        Tokens(folder / "tokens.json"), requests_per_minute=1_000_000, clock=lambda: NOW
    )
    # The check of tokens takes it away again only where it is spelt like this.
    headers = {"Authorization": f"Bearer {token}"}
    with open_shards(service) as stores:
        server = serving(stores, access, service=service)
        with server as client:
            client.post(
                "/events",
                content=as_lines([ride(1)])[0],
                headers=headers | {"content-type": "application/x-ndjson"},
            ).raise_for_status()
            yield Door(server.address, headers)


@pytest.mark.parametrize(("path", "method", "mode"), ASKED)
def test_every_answer_is_one_that_the_contract_names(
    door: Door, path: str, method: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path][method].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(
            base_url=door.address, headers=door.headers, excluded_checks=NOT_CHECKED.get(path, [])
        )

    ask()
