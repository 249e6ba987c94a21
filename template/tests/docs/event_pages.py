"""The reference pages of events: every field with its bounds, and examples that were issued."""

from __future__ import annotations

from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec
from tests.countries.golden import LINES, read_event
from tests.countries.made_up import EVIDENCE, REPLACEABLE, made_up_facts, made_up_rules
from tests.docs.shapes import (
    as_markdown,
    documentation_of,
    shape_table,
    type_in_words,
    type_named,
)
from tests.engine.corrections import later_tip, refund, request
from tests.service import ride

from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.events import Event
from receipts.pipeline.books import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from msgspec import Struct

FIRST_LINE = "rides"
"""The business line that every service has; it stands on the page that every service has."""

HEAD = "| field | type | bounds | required | meaning |\n| --- | --- | --- | --- | --- |"

FOOD = {
    **REPLACEABLE,
    "charges.toml": REPLACEABLE["charges.toml"] + 'food = { en = "Food", de = "Speisen" }\n',
    "rates.toml": f"""
[[rates]]
id           = "qq-all"
charge       = ["fare", "food"]
tax          = "vat"
category     = "S"
rate_percent = "10"
{EVIDENCE}""",
}
"""The made-up pack with a charge for deliveries."""

TYPE_TEXT = "Says what happened, and so what `data` holds."

BOUNDS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " entries"),
)

ORDER: dict[str, Any] = {
    "type": "order.delivered.v1",
    "id": "order-1",
    "source": "/orders",
    "specversion": "1.0",
    "data": {
        "country": "QQ",
        "currency": "EUR",
        "delivered_at": "2026-11-23T19:02:00Z",
        "items": [
            {
                "name": "Noodles",
                "category": "food",
                "amount_minor": 23_80,
                "quantity": 2,
                "options": [{"name": "Egg", "amount_minor": 2_00}],
            }
        ],
        "merchant": {
            "id": "NOODLES",
            "name": "Noodle Bar",
            "tax_id": "QQ2",
            "address": {"lines": ["3 Street"], "city": "Nowhere", "country": "QQ"},
        },
        "order_id": "order-1",
        "ordered_at": "2026-11-23T18:21:00Z",
        "total_minor": 23_80,
    },
}
"""Written by hand, as JSON: a service without deliveries has no type for it."""


def further_pages() -> dict[str, Callable[[], str]]:
    """A page for each business line besides the first, by its name."""
    names = [line.name for line in LINES.values() if line.name != FIRST_LINE]
    return {f"events-of-{name}": partial(_further_page, name) for name in names}


def events_page() -> str:
    """What every event has, then rides and corrections."""
    parts = [
        "# Events",
        "What comes in: one [CloudEvents](https://cloudevents.io) object in JSON for each event. "
        "How to send it: [send events](../how-to/send-events.md). "
        "What becomes of a wrong one: [bad input](bad-input.md). "
        "How a field is added: [add an upstream field](../how-to/add-an-upstream-field.md). "
        "`receipts schema events` says the same to a machine.",
        "Rides and corrections stand here. "
        "Every further business line of the service has a page of its own beside this one.",
        "A field that is not listed is tolerated and decides nothing; it is kept with the event. "
        "Amounts are whole minor units of the currency. "
        "An instant is written as in RFC 3339, with its time zone. "
        "What is not required may be null where no default is named.",
        "Each example is issued by the tests, in this order, in their made-up country `QQ`.",
        "## Attributes",
        "Of every event.",
        fields_table(Event, "Event", hidden=frozenset({"data"})),
    ]
    own = [_line_event(FIRST_LINE), *CORRECTION_EVENTS]
    return _page([*parts, *_types(own), "## Shapes", *_shapes(own)])


def event_types() -> dict[str, tuple[str, type[Event]]]:
    """Page and class of every event type, by the ``type`` of the event."""
    pages = {_line_event(FIRST_LINE): "events"} | dict.fromkeys(CORRECTION_EVENTS, "events")
    for line in LINES.values():
        pages.setdefault(line.event_type, f"events-of-{line.name}")
    return {_tag(kind): (page, kind) for kind, page in pages.items()}


@cache
def issued_examples() -> dict[str, tuple[dict[str, Any], tuple[str, ...]]]:
    """By type, an event and the kinds of the documents that were issued for it."""
    books = Books([*LINES.values()], made_up_facts(), made_up_rules(FOOD))
    trip = ride(1) | {"source": "/trips"}
    events = [
        trip,
        refund(trip, 1, 2_50, charges=[{"amount_minor": 2_50, "code": "fare"}]),
        later_tip(trip, 1, 2_00),
        request(trip, 1),
    ]
    if ORDER["type"] in event_types():
        events.append(ORDER)
    return {
        event["type"]: (
            event,
            tuple(each.kind.value for each in books.issue(read_event(msgspec.json.encode(event)))),
        )
        for event in events
    }


def fields_table(kind: type, name: str, hidden: frozenset[str] = frozenset()) -> str:
    """Each field of a type with its bounds and its meaning."""
    schema, texts = _components()[name], documentation_of(kind)
    rows = [
        f"| `{field}` | {'text' if field == 'type' else _words(shape)} | {_bounds(shape)} "
        f"| {_required(field, schema)} | {texts.get(field, TYPE_TEXT)} |"
        for field, shape in schema["properties"].items()
        if field not in hidden
    ]
    return "\n".join([HEAD, *rows])


def _further_page(line: str) -> str:
    own = [_line_event(line)]
    parts = [
        f"# Events of {line}",
        "Attributes, how a table is read, and what may correct an event: [events](events.md).",
    ]
    here = "\n\n".join([*_types(own), "## Shapes", *_shapes(own, without=_names(_on_first_page()))])
    for name in _names(_on_first_page()):
        here = here.replace(f"](#{name.lower()})", f"](events.md#{name.lower()})")
    return _page([*parts, here])


def _on_first_page() -> list[type[Event]]:
    return [_line_event(FIRST_LINE), *CORRECTION_EVENTS]


def _line_event(name: str) -> type[Event]:
    (found,) = (line.event_type for line in LINES.values() if line.name == name)
    return found


def _types(kinds: list[type[Event]]) -> Iterator[str]:
    for kind in kinds:
        event, issued = issued_examples()[_tag(kind)]
        data = _data_of(kind)
        yield f"## `{_tag(kind)}`"
        yield as_markdown(kind.__doc__ or "")
        yield f"`data`: {as_markdown(data.__doc__ or '')}"
        yield fields_table(data, data.__name__)
        yield f"Leads to {' and '.join(f'`{each}`' for each in issued)}:"
        yield f"```json\n{msgspec.json.format(msgspec.json.encode(event)).decode()}\n```"


def _shapes(kinds: list[type[Event]], without: frozenset[str] = frozenset()) -> Iterator[str]:
    shown = {each.__name__ for kind in kinds for each in (kind, _data_of(kind))}
    for name in sorted(_names(kinds) - shown - without):
        kind, schema = type_named(name), _components()[name]
        yield f"### {name}"
        if issubclass(kind, Enum):
            yield shape_table(kind, schema)
        else:
            yield f"{as_markdown(kind.__doc__ or '')}\n\n{fields_table(kind, name)}"


def _names(kinds: list[type[Event]]) -> frozenset[str]:
    _, components = msgspec.json.schema_components(kinds)
    return frozenset(components)


@cache
def _components() -> dict[str, dict[str, Any]]:
    every = [Event, *(line.event_type for line in LINES.values()), *CORRECTION_EVENTS]
    _, components = msgspec.json.schema_components(every)
    return components


def _tag(kind: type[Event]) -> str:
    return str(kind.__struct_config__.tag)


def _data_of(kind: type[Event]) -> type[Struct]:
    data: type[Struct] = get_type_hints(kind)["data"]
    return data


def _stated(shape: dict[str, Any]) -> dict[str, Any]:
    """What a field is where it is not null."""
    choices = [each for each in shape.get("anyOf", ()) if each.get("type") != "null"]
    return choices[0] if choices else shape


def _words(shape: dict[str, Any]) -> str:
    return type_in_words(_stated(shape)).replace("date-time", "instant")


def _bounds(shape: dict[str, Any]) -> str:
    stated = _stated(shape)
    said = [
        f"{_range(stated.get(least), stated.get(most))}{unit}"
        for least, most, unit in BOUNDS
        if least in stated or most in stated
    ]
    if "pattern" in stated:
        said.append(f"`{stated['pattern']}`")
    if isinstance(stated.get("items"), dict) and (inner := _bounds(stated["items"])):
        said.append(f"each {inner}")
    return ", ".join(said)


def _range(least: int | None, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    if not least:
        return f"0 to {most}" if least == 0 else f"at most {most}"
    return f"{least}" if least == most else f"{least} to {most}"


def _required(field: str, schema: dict[str, Any]) -> str:
    if field in schema["required"]:
        return "yes"
    default = schema["properties"][field]["default"]
    return "no" if default is None else f"no; `{msgspec.json.encode(default).decode()}`"


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"
