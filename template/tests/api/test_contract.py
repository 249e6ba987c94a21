"""The contract of the Web API says what the code does: the same routes, shapes and answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Union

import msgspec
import pytest
from starlette.routing import Route
from tests.api.serving import NUMBER, serving
from tests.service import as_lines, make_service, open_shards, refund, ride

from receipts.api.contract import contract
from receipts.business_lines.business_line import find_business_lines
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.rendering.html import style_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from starlette.applications import Starlette

LINES = {"content-type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving]:
    """A server that issues, with small limits."""
    service = make_service(tmp_path_factory.mktemp("contract"))
    with open_shards(service) as stores:
        opened = serving(stores, service=service, max_body_bytes=4096, max_events=3)
        with opened as client:
            client.post("/events", content=as_lines([ride(1)])[0], headers=LINES)
            yield opened


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of the contract, by path and method."""
    paths: dict[str, dict[str, Any]] = contract()["paths"]
    return {
        (path, method.upper()): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_the_contract_names_every_route_and_no_other(server: serving) -> None:
    app: Starlette = server.server.config.app  # type: ignore[assignment]
    routes = {
        (route.path, method)
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }

    assert routes == set(operations())


def test_every_reference_of_the_contract_leads_somewhere() -> None:
    text = msgspec.json.encode(contract()).decode()
    references = set(re.findall(r'"\$ref":"#/([^"]+)"', text))

    assert references
    for reference in references:
        found: Any = contract()
        for name in reference.split("/"):
            found = found[name]


def test_what_comes_in_and_goes_out_has_the_shapes_of_the_code() -> None:
    types = (*[line.event_type for line in find_business_lines()], *CORRECTION_EVENTS)
    (event,), schemas = msgspec.json.schema_components(
        [Union[types]],  # noqa: UP007  built from a list
        ref_template="#/components/schemas/{name}",
    )

    stated = contract()["components"]["schemas"]
    assert stated["Event"] == event
    assert {name: stated[name] for name in schemas} == schemas


ASKED: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/events", {"content": as_lines([ride(2)])[0], "headers": LINES}, "/events"),
    ("POST", "/events", {"content": b"[", "headers": {"content-type": "text/plain"}}, "/events"),
    ("POST", "/events", {"content": b" " * 5000, "headers": LINES}, "/events"),
    (
        "POST",
        "/events",
        {"content": b"[", "headers": {"content-type": "application/cloudevents-batch+json"}},
        "/events",
    ),
    ("GET", "/receipts", {}, "/receipts"),
    ("GET", "/receipts", {"params": {"limit": "x"}}, "/receipts"),
    ("GET", f"/receipts/{NUMBER}", {}, "/receipts/{name}"),
    ("GET", f"/receipts/{NUMBER}.html", {}, "/receipts/{name}"),
    ("GET", f"/receipts/{NUMBER}.pdf", {}, "/receipts/{name}"),
    ("GET", "/receipts/nothing", {}, "/receipts/{name}"),
    (
        "POST",
        f"/receipts/{NUMBER}/corrections",
        {
            "json": {
                "type": "charge.refunded.v1",
                "id": "r",
                "data": {k: v for k, v in refund(1, 1)["data"].items() if k != "original"},
            }
        },
        "/receipts/{name}/corrections",
    ),
    ("POST", f"/receipts/{NUMBER}/corrections", {"json": []}, "/receipts/{name}/corrections"),
    ("POST", "/receipts/nothing/corrections", {"json": {}}, "/receipts/{name}/corrections"),
    ("GET", "/verify", {}, "/verify"),
    ("GET", "/verify", {"headers": {"accept": "application/json"}}, "/verify"),
    ("GET", f"/verify/{NUMBER}/CODE", {}, "/verify/{document}/{code}"),
    (
        "GET",
        f"/verify/{NUMBER}/CODE",
        {"headers": {"accept": "application/json"}},
        "/verify/{document}/{code}",
    ),
    ("GET", f"/VERIFY/{NUMBER}/CODE", {}, "/VERIFY/{document}/{code}"),
    ("GET", "/health/live", {}, "/health/live"),
    ("GET", "/health/startup", {}, "/health/startup"),
    ("GET", "/health/ready", {}, "/health/ready"),
    ("GET", "/metrics", {}, "/metrics"),
    ("GET", "/openapi.json", {}, "/openapi.json"),
    ("GET", "/docs", {}, "/docs"),
]


@pytest.mark.parametrize(("method", "address", "sent", "path"), ASKED, ids=str)
def test_an_answer_is_one_of_those_that_the_contract_names(
    server: serving, method: str, address: str, sent: dict[str, Any], path: str
) -> None:
    answer = server.client.request(method, address, **sent)

    named = operations()[path, method]["responses"]
    assert str(answer.status_code) in named
    stated = named[str(answer.status_code)]
    if "$ref" in stated:
        stated = contract()["components"]["responses"][stated["$ref"].rpartition("/")[2]]
    assert answer.headers["content-type"].partition(";")[0] in stated["content"]


def test_every_operation_is_asked_by_these_tests() -> None:
    assert {(path, method) for method, _, _, path in ASKED} == set(operations())


def test_what_needs_a_token_says_what_it_answers_without_one() -> None:
    guarded = [each for each in operations().values() if each.get("security") != []]

    assert len(guarded) >= 4
    for operation in guarded:
        assert {"401", "403"} <= set(operation["responses"])
        assert "Scope `" in operation["description"]


def test_the_page_of_the_contract_shows_every_operation_and_shape_and_loads_nothing(
    server: serving,
) -> None:
    answer = server.client.get("/docs")

    assert answer.headers["content-type"].startswith("text/html")
    assert style_source() in answer.headers["content-security-policy"]
    for path, _ in operations():
        assert f"<code>{path}</code>" in answer.text
    for name in contract()["components"]["schemas"]:
        assert f'<details id="{name}">' in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "<script" not in answer.text
    assert len(answer.text) < 250_000


def test_the_contract_is_served_as_it_is(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == msgspec.json.decode(
        msgspec.json.encode(contract())
    )
