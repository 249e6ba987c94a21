"""Our own legal entities, from config/issuers.toml."""

from __future__ import annotations

import re
import tomllib
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from receipts.countries.places import Place, line_of_path
from receipts.domain.errors import BrokenLegalEntities, WrongTaxId
from receipts.domain.parties import LegalEntity
from receipts.domain.tax_ids import check_tax_id
from receipts.engine.facts import LegalEntities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MEMBER = "legal_entities"

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
"""Where Python's reader says that a file stops being TOML."""


class _File(Struct, forbid_unknown_fields=True):
    legal_entities: tuple[LegalEntity, ...]


class _Problem(NamedTuple):
    path: tuple[str, ...]
    """Names of the fields, from that of an entity inwards."""
    words: str


def load_legal_entities(path: Path) -> LegalEntities:
    """Read the file.

    Raises:
        BrokenLegalEntities: It is absent, not TOML, or does not fit; the message says where, for
            every problem at once.
    """
    text = _text_of(path)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        # Else it stops at its end.
        place = Place(str(path), int(at[1]) if at else text.count("\n") + 1)
        raise BrokenLegalEntities(f"{place}: {_AT_LINE.sub('', str(error))}.") from error
    entities = parsed.get(MEMBER)
    if set(parsed) != {MEMBER} or not isinstance(entities, list):
        found = ", ".join(sorted(set(parsed) - {MEMBER})) or "no list of them"
        raise BrokenLegalEntities(
            f"{path}: it holds [[{MEMBER}]] and nothing else, here it has {found}."
        )
    if problems := [*_problems_of(entities, path, text)]:
        problems.sort(key=lambda problem: problem[0].line or 0)
        raise BrokenLegalEntities("\n".join(f"{place}, {words}" for place, words in problems))
    file = msgspec.convert(parsed, _File)
    return unfreeze_legal_entities(msgspec.json.encode(file.legal_entities, order="sorted"))


def _text_of(path: Path) -> str:
    content = b""
    try:
        content = path.read_bytes()
        return content.decode()
    except OSError as error:
        raise BrokenLegalEntities(
            f"{path} cannot be read ({error.strerror}): run from the project's folder, or set "
            "RECEIPTS_RULES__LEGAL_ENTITIES to the file that names your companies."
        ) from error
    except UnicodeDecodeError as error:
        place = Place(str(path), content.count(b"\n", 0, error.start) + 1)
        raise BrokenLegalEntities(f"{place}: {error}.") from error


def _problems_of(entities: Sequence[Any], path: Path, text: str) -> Iterator[tuple[Place, str]]:
    countries: set[str] = set()
    for position, entity in enumerate(entities):
        for fields, words in (*_misfits(entity, LegalEntity), *_second_for(entity, countries)):
            place = Place(str(path), line_of_path(MEMBER, position, fields, text))
            yield place, f"{'.'.join((f'{MEMBER}[{position}]', *fields))}: {words}"


def _misfits(value: Any, kind: type[Struct], path: tuple[str, ...] = ()) -> Iterator[_Problem]:
    """Every field that does not fit; msgspec alone would tell the first one only.

    Nor may there be others: events may hold more than we know, a file of ours must not.
    """
    if not isinstance(value, dict):
        yield _Problem(path, "this must be a table.")
        return
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for name in value:
        if name not in fields:
            known = ", ".join(fields)
            yield _Problem((*path, name), f"unknown field `{name}`, there are {known}.")
    for name, field in fields.items():
        if name in value:
            yield from _misfits_in(value[name], field.type, (*path, name))
        elif field.required:
            yield _Problem(path, f"the field `{name}` is missing.")


def _misfits_in(value: Any, kind: Any, path: tuple[str, ...]) -> Iterator[_Problem]:
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield from _misfits(value, kind, path)
        return
    try:
        msgspec.convert(value, kind)
        if path == ("supplier", "tax_id"):
            check_tax_id(value, "")
    except msgspec.ValidationError as error:
        yield _Problem(path, f"{error}.")
    except WrongTaxId as error:
        yield _Problem(path, error.reason)


def _second_for(entity: Any, countries: set[str]) -> Iterator[_Problem]:
    country = entity.get("country") if isinstance(entity, dict) else None
    if isinstance(country, str):
        if country in countries:
            yield _Problem(("country",), f"{country} has two legal entities.")
        countries.add(country)


def unfreeze_legal_entities(content: bytes) -> LegalEntities:
    """The legal entities in bytes that were hashed and stored."""
    entities = msgspec.json.decode(content, type=tuple[LegalEntity, ...])
    return LegalEntities(
        by_country={entity.country: entity for entity in entities},
        content=content,
        sha256=sha256(content).hexdigest(),
    )
