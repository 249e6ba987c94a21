"""Whether the files of a pack fit their schema, and what does not, in words with its place.

msgspec stops at the first value that does not fit and names it by a path; a person who
edits a pack wants every row that does not, by file, line and field.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import fields

from receipts.countries.pack import Identity, Pack, Range
from receipts.countries.places import (
    Place,
    line_of_field,
    line_of_id,
    line_of_key,
    line_of_row,
    member_of,
)
from receipts.domain.documents import Texts
from receipts.domain.errors import BrokenPack

if TYPE_CHECKING:
    from collections.abc import Iterator


class Misfit(NamedTuple):
    """Something that does not fit."""

    place: Place
    words: str


_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)")
"""Where `tomllib` says that a file stops being TOML."""

_SCHEMA = {each.name: each.type for each in fields(Pack)}

_TYPES = {
    "array": "a list in [ ]",
    "bool": "true or false",
    "date": "a date such as 2026-11-24 without quotation marks",
    "datetime": "a date with a time",
    "float": "a number with a point",
    "int": "a whole number",
    "object": "a table in { }",
    "str": "text in quotation marks",
}
"""What msgspec calls a type, and what a person writes."""


def pack_of(members: dict[str, Any]) -> Pack:
    """The pack that parsed files make.

    Raises:
        msgspec.ValidationError: They do not fit the schema.
    """
    # Texts go into documents as they stand here, and canonical JSON sorts its keys.
    in_order = msgspec.to_builtins(members, order="sorted", builtin_types=(date,))
    return msgspec.convert(in_order, Pack)


def parsed_file(name: str, text: str) -> Any:
    """What a file says: its rows, or its table where it has none.

    Raises:
        BrokenPack: It is not TOML, or holds something besides its rows.
    """
    parsed, misfit = _parsed(name, text)
    if misfit is not None:
        raise BrokenPack(f"{misfit.place}: {misfit.words}")
    return parsed


def misfits_of(texts: dict[str, str]) -> Iterator[Misfit]:
    """Where files do not fit the schema, row by row."""
    for name, text in texts.items():
        parsed, misfit = _parsed(name, text)
        if misfit is not None:
            yield misfit
        elif isinstance(parsed, list):
            yield from _of_rows(name, parsed, text)
        elif member_of(name) == "charges":
            yield from _of_charges(name, parsed, text)
        else:
            yield from _of_identity(name, parsed, text)


def _parsed(name: str, text: str) -> tuple[Any, Misfit | None]:
    member = member_of(name)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _SYNTAX_LINE.search(str(error))
        place = Place(name, int(line[1]) if line else None)
        return None, Misfit(place, f"is not TOML: {_SYNTAX_LINE.sub('', str(error))}")
    if member in ("identity", "charges"):
        return parsed, None
    if strangers := sorted(set(parsed) - {member}):
        words = f"holds [[{member}]] rows only, not {', '.join(strangers)}"
        return None, Misfit(Place(name, line_of_key(strangers[0], text)), words)
    return parsed.get(member, []), None


def _of_rows(name: str, rows: list[Any], text: str) -> Iterator[Misfit]:
    (wanted, *_) = get_args(_SCHEMA[member_of(name)])
    for at, row in enumerate(rows):
        for words, field in _misfit(row, wanted):
            row_id = row.get("id") if isinstance(row, dict) else None
            line = line_of_field(name, at, _first(field), text) if field else None
            line = line or line_of_id(row_id, text) or line_of_row(name, at, text)
            about = f"row {row_id or at + 1}" + (f", {field}" if field else "")
            yield Misfit(Place(name, line), f"{about}: {words}")


def _of_charges(name: str, charges: dict[str, Any], text: str) -> Iterator[Misfit]:
    for charge, value in charges.items():
        for words, _ in _misfit(value, Texts):
            place = Place(name, line_of_key(charge, text))
            yield Misfit(place, f"charge {charge}: {words}")


def _of_identity(name: str, identity: Any, text: str) -> Iterator[Misfit]:
    for words, field in _misfit(identity, Identity):
        line = line_of_key(_first(field), text) if field else None
        yield Misfit(Place(name, line), f"{field}: {words}" if field else words)


def _misfit(value: Any, wanted: Any) -> Iterator[tuple[str, str]]:
    """What is wrong first, and the field it is wrong in."""
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$")
        # A key of a table is a field to a person; msgspec does not say which one it was.
        field = path.rstrip("`").removeprefix(".").replace("[...]", "")
        yield _in_words(words, field, value, wanted)


def _in_words(words: str, field: str, value: Any, wanted: Any) -> tuple[str, str]:
    """What msgspec says, as a person would, and the field it is about."""
    if unknown := re.fullmatch("Object contains unknown field `(.+)`", words):
        return _unknown(unknown[1], field, wanted)
    return _sentence(words, field, value, wanted), field


def _sentence(words: str, field: str, value: Any, wanted: Any) -> str:
    if lacked := re.fullmatch("Object missing required field `(.+)`", words):
        return f"lacks {lacked[1]}"
    if types := re.fullmatch("Expected `(.+)`, got `(.+)`", words):
        expected = " or ".join(_TYPES.get(each, each) for each in types[1].split(" | "))
        return f"must be {expected}, not {_TYPES.get(types[2], types[2])}"
    if words == "Invalid RFC3339 encoded date":
        return f"must be {_TYPES['date']}"
    if length := re.fullmatch(r"Expected `\w+` of length >= (\d+)", words):
        return f"must not be shorter than {length[1]}"
    hint = get_type_hints(wanted, include_extras=True).get(_first(field)) if field else None
    if enum := re.fullmatch("Invalid enum value (.+)", words):
        return f"{enum[1]} is none of {_choices(hint)}"
    if re.fullmatch("Expected `str` matching regex .+", words):
        words = f"is {value.get(_first(field))!r}; it is written such as {_examples(hint)}"
    return words.replace("Expected `int`", "must be a whole number")


def _unknown(name: str, field: str, wanted: Any) -> tuple[str, str]:
    if field:
        bounds = ", ".join(Range.__struct_fields__)
        return f"holds {name!r}; a bound is one of {bounds}", field
    known = [each.name for each in fields(wanted)]
    close = get_close_matches(name, known, n=1)
    advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"is no field here; {advice}", name


def _choices(hint: Any) -> str:
    """The values of the enumeration in a type."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(str(each.value) for each in hint)
    inner = (_choices(each) for each in get_args(hint))
    return next((each for each in inner if each), "")


def _examples(hint: Any) -> str:
    """The examples in the metadata of a type."""
    if get_origin(hint) is Annotated:
        metas = [each for each in get_args(hint) if isinstance(each, msgspec.Meta)]
        return " or ".join(str(each) for meta in metas for each in meta.examples or ())
    inner = (_examples(each) for each in get_args(hint))
    return next((each for each in inner if each), "")


def _first(field: str) -> str:
    """``roles[0]`` and ``when.licence`` stand on the line of ``roles`` and ``when``."""
    return re.split(r"[.\[]", field, maxsplit=1)[0]
