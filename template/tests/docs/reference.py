"""The reference pages, made from the code that they are about.

After a change of a command, a setting, an error, a type, a metric or the Web API, run
``python -m tests.docs.write_reference``.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from tests.docs.contract_page import api_page
from tests.docs.errors_said import REMEDIES, said_by
from tests.docs.event_pages import events_page, further_pages
from tests.docs.metrics_page import metrics_page
from tests.docs.shapes import as_markdown, shape_tables
from tests.domain.test_errors import EVERY_ERROR

from receipts.cli.app import app
from receipts.domain.documents import Document
from receipts.settings import Settings, environment_variable, setting_keys, settings_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cyclopts import App

HELP_WIDTH = 90


def command_names(parent: App = app, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as the words that call it."""
    for name in parent:
        if name.startswith("-"):
            continue
        words = (*above, name)
        inner = [*command_names(parent[name], words)]
        yield from inner or [words]


def help_of(words: tuple[str, ...]) -> str:
    """What a command says of itself, without the ends of lines that the terminal fills."""
    page = io.StringIO()
    app.help_print([*words], console=Console(file=page, width=HELP_WIDTH))
    return "\n".join(line.rstrip() for line in page.getvalue().strip().splitlines())


def example_of(words: tuple[str, ...]) -> str:
    """The line that a command gives as its example; empty where it gives none."""
    found = re.search(r"^Example: (.+?)\n\s*\n", help_of(words) + "\n\n", re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def commands_page() -> str:
    """Every command with its own help."""
    parts = [
        "# Commands",
        "Every command and option, in the words of its own `--help`. "
        "Exit code 0 says done, 1 that the answer is no, 2 wrong use or broken configuration.",
    ]
    for words in command_names():
        parts += [f"## receipts {' '.join(words)}", f"```text\n{help_of(words)}\n```"]
    return _page(parts)


def settings_page() -> str:
    """Every setting with its type, its default and the variable that sets it."""
    parts = [
        "# Settings",
        "Sources, lowest first: the default, `config/<environment>.toml`, "
        "`config/<environment>.<region>.toml`, environment variables, secret files, command line. "
        "A key with a dot stands in the table before the dot. "
        "`receipts config explain KEY` says which source decided; "
        "`receipts config schema` is for editors. How to: [configure](../how-to/configure.md).",
    ]
    schema = settings_schema()
    for key, text in setting_keys():
        group, _, name = key.rpartition(".")
        model = Settings.model_fields[group].annotation if group else Settings
        place = schema["$defs"][model.__name__] if group and isinstance(model, type) else schema
        shape = place["properties"][name]
        default = shape.get("default")
        parts += [
            f"## `{key}`",
            as_markdown(text),
            f"| type | default | environment variable |\n| --- | --- | --- |\n"
            f"| {_setting_type(shape)} | {'none' if default is None else f'`{_json(default)}`'} "
            f"| `{environment_variable(key)}` |",
        ]
    return _page(parts)


def errors_page() -> str:
    """Every error: its code, what it means, what it says, what to do."""
    parts = [
        "# Errors",
        "The code is for counters and filters and stays; the text may change. "
        "An ellipsis stands for what the case at hand puts in. "
        "A rejected event is a dead letter; its reason is there in full: "
        "`receipts dead-letters list`. "
        "What only one business line or the shape of an event says is not listed here. "
        "What leads to each: [bad input](bad-input.md).",
    ]
    for error in EVERY_ERROR:
        said = said_by(error)
        parts += [f"## `{error.code}`", as_markdown(error.__doc__ or "")]
        if said:
            parts += ["It says:", "\n".join(f"- {text}" for text in said)]
        parts.append(f"**What to do:** {REMEDIES[error.code]}")
    return _page(parts)


def documents_page() -> str:
    """Every field of the canonical JSON, which is what was issued."""
    parts = [
        "# Documents",
        "The fields of the canonical JSON: what `receipts show` prints, what is hashed and what is "
        "kept. Amounts are whole minor units of the currency. BT- and BG- are the terms of "
        "EN 16931. `receipts schema documents` says the same to a machine.",
    ]
    for name, table in shape_tables(Document).items():
        parts += [f"## {name}", table]
    return _page(parts)


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands_page,
    "settings": settings_page,
    "errors": errors_page,
    "documents": documents_page,
    "api": api_page,
    "events": events_page,
    "metrics": metrics_page,
    **further_pages(),
}
"""Every page that is made, by its name in docs/reference."""


def _setting_type(shape: dict[str, Any]) -> str:
    """What a setting may be, for people."""
    if "enum" in shape:
        return "one of " + ", ".join(f"`{each}`" for each in shape["enum"])
    if "anyOf" in shape:
        (some,) = (each for each in shape["anyOf"] if each["type"] != "null")
        return _setting_type(some)
    least, most = shape.get("minimum"), shape.get("maximum")
    match shape["type"]:
        case "array":
            said = f"list of {_setting_type(shape['items'])}; JSON in a variable"
        case "integer":
            said = f"whole number, {least} to {most}"
        case "number":
            least = f"above {shape['exclusiveMinimum']}" if least is None else least
            said = f"number, {least} to {most}"
        case "string":
            said = str(shape.get("format", "text"))
            said += f", `{shape['pattern']}`" if "pattern" in shape else ""
        case other:
            raise ValueError(f"Say in words what a setting of type {other!r} may be.")
    return said


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"
