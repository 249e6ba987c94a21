"""The fields of types that are written as JSON, as tables for people."""

from __future__ import annotations

import ast
import inspect
import sys
from enum import Enum
from itertools import pairwise
from textwrap import dedent
from typing import Any

import msgspec
from msgspec import Struct


def as_markdown(docstring: str) -> str:
    """A docstring as a paragraph."""
    return " ".join(inspect.cleandoc(docstring).split()).replace("``", "`")


def shape_tables(shape: type[Struct]) -> dict[str, str]:
    """A type and every type in it, each with its documentation and its fields or values."""
    _, components = msgspec.json.schema_components([shape])
    names = sorted(components, key=lambda name: (name != shape.__name__, name))
    return {name: shape_table(type_named(name), components[name]) for name in names}


def documentation_of(kind: type) -> dict[str, str]:
    """The docstring under each field or value of a type; empty where none stands."""
    texts: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if not each.__module__.startswith("receipts."):
            continue
        definition = ast.parse(dedent(inspect.getsource(each))).body[0]
        children = [*ast.iter_child_nodes(definition), ast.Pass()]
        for field, below in pairwise(children):
            match field:
                case ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)]):
                    texts[name] = _text(below)
    return texts


def _text(node: ast.AST) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return as_markdown(text)
    return ""


def shape_table(kind: type, schema: dict[str, Any]) -> str:
    """What a type is, and its fields or values."""
    about = as_markdown(kind.__doc__ or "")
    texts = documentation_of(kind)
    if issubclass(kind, Enum):
        rows = [f"| `{each.value}` | {texts[each.name]} |" for each in kind]
        return "\n".join([f"{about}\n", "| value | meaning |", "| --- | --- |", *rows])
    head = [f"{about}\n", "| field | type | meaning |", "| --- | --- | --- |"]
    required = schema["required"]
    rows = [
        f"| `{name}`{'' if name in required else ', optional'} "
        f"| {type_in_words(field)} | {texts.get(name, '')} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join([*head, *rows])


def type_in_words(schema: dict[str, Any]) -> str:
    """What a value may be, for people."""
    match schema:
        case {"$ref": reference}:
            name = str(reference).rpartition("/")[2]
            said = f"[{name}](#{name.lower()})"
        case {"anyOf": choices}:
            said = " or ".join(type_in_words(each) for each in choices)
        case {"enum": values}:
            said = " or ".join(f"`{each}`" for each in values)
        case {"const": value}:
            said = f"`{value}`"
        case {"type": "array", "items": dict(items)}:
            said = f"list of {type_in_words(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            said = f"{type_in_words(values)} by name"
        case {"type": "string", "format": kind}:
            said = str(kind)
        case {"type": kind}:
            said = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
                str(kind), str(kind)
            )
        case _:
            raise ValueError(f"Say in words what this may be: {schema}")
    return said


def type_named(name: str) -> type:
    """The one type of this service with a name.

    Raises:
        LookupError: None or several have it.
    """
    modules = [module for at, module in sys.modules.items() if at.startswith("receipts.")]
    found = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, (Struct, Enum))
        and each.__name__ == name
        and each.__module__.startswith("receipts.")
    }
    if len(found) != 1:
        raise LookupError(f"{len(found)} types are called {name}.")
    return found.pop()
