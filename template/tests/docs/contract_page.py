"""The reference page of the Web API, made from its contract."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.docs.shapes import shape_tables

from receipts.api.contract import contract
from receipts.api.events import CorrectionRequest, EventsAnswer
from receipts.api.listing import ReceiptsPage
from receipts.api.problems import ProblemDocument
from receipts.api.verification import GenuineDocument

SHAPES = (EventsAnswer, CorrectionRequest, ReceiptsPage, GenuineDocument, ProblemDocument)
"""What only the API says, in the order of its operations."""

ELSEWHERE = {
    "Document": "[Document](documents.md#document)",
    "Event": "an [event](events.md)",
}
"""What is described at another place, or depends on the business lines of the service."""


def api_page() -> str:
    """Every operation with what it takes and answers, then the shapes of both."""
    stated = contract()
    parts = [
        "# Web API",
        stated["info"]["description"],
        "A running service shows the same at `/docs`, and gives it to programs at "
        "`/openapi.json`. How to use it: [send events](../how-to/send-events.md).",
    ]
    for path, methods in stated["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation, stated)
    tables: dict[str, str] = {}
    for shape in SHAPES:
        tables |= shape_tables(shape)
    parts += ["## Shapes", "Of what is sent and answered as JSON."]
    for name, table in tables.items():
        parts += [f"### {name}", table]
    return "\n\n".join(parts) + "\n"


def _operation(heading: str, operation: dict[str, Any], stated: dict[str, Any]) -> list[str]:
    about = [operation["summary"] + ".", operation.get("description", "")]
    if operation.get("security") == []:
        about.append("For everybody.")
    parts = [f"## {heading}", " ".join(filter(None, about))]
    if parameters := operation.get("parameters"):
        rows = [
            f"| `{each['name']}` | {each['in']}{', required' if each.get('required') else ''} "
            f"| {_limits(each['schema'])} | {each['description']} |"
            for each in parameters
        ]
        parts.append(_table("parameter | where | type | meaning", rows))
    if "requestBody" in operation:
        rows = [
            f"| `{kind}` | {_sort(body['schema'])} |"
            for kind, body in operation["requestBody"]["content"].items()
        ]
        parts.append(_table("Content-Type | body", rows))
    statuses: dict[str, list[str]] = {}
    for status, answer in operation["responses"].items():
        found = _resolved(answer, stated)
        bodies = [
            f"`{kind}`: {_sort(body['schema'])}" for kind, body in found.get("content", {}).items()
        ]
        said = f"{found['description']} | {'; '.join(bodies)}"
        statuses.setdefault(said, []).append(status)
    rows = [f"| {', '.join(alike)} | {said} |" for said, alike in statuses.items()]
    return [*parts, _table("status | meaning | body", rows)]


def _table(head: str, rows: list[str]) -> str:
    ruler = " | ".join("---" for _ in head.split(" | "))
    return "\n".join([f"| {head} |", f"| {ruler} |", *rows])


def _resolved(answer: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in answer:
        return answer
    found: dict[str, Any] = stated["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return found


def _limits(schema: dict[str, Any]) -> str:
    if schema["type"] != "integer":
        return "text"
    default = msgspec.json.encode(schema["default"]).decode()
    return f"{schema['minimum']} to {schema['maximum']}; {default} by default"


def _sort(schema: dict[str, Any]) -> str:
    match schema:
        case {"$ref": reference}:
            name = str(reference).rpartition("/")[2]
            said = ELSEWHERE.get(name, f"[{name}](#{name.lower()})")
        case {"type": "array", "items": dict(items)}:
            said = f"a list; each is {_sort(items)}"
        case {"description": description}:
            said = str(description).rstrip(".")
        case {"format": "binary"}:
            said = "bytes"
        case {"type": "object"}:
            said = "an object"
        case _:
            said = "text"
    return said
