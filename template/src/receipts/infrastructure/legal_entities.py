"""Our own legal entities, from config/issuers.toml."""

from __future__ import annotations

import re
import tomllib
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from receipts.countries.places import Place, line_of_row
from receipts.domain.errors import BrokenLegalEntities, WrongTaxId
from receipts.domain.parties import Address, LegalEntity, Supplier
from receipts.domain.tax_ids import check_tax_id
from receipts.engine.facts import LegalEntities

if TYPE_CHECKING:
    from pathlib import Path


_NAMED = re.compile(r"legal_entities\[(\d+)\]")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    legal_entities: tuple[LegalEntity, ...]


def load_legal_entities(path: Path) -> LegalEntities:
    """Read the file.

    Raises:
        BrokenLegalEntities: It is absent, not TOML, or does not fit; the message says where.
    """
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        parsed = tomllib.loads(text)
        file = msgspec.convert(parsed, _File)
        _refuse_unknown(parsed["legal_entities"])
    except OSError as error:
        raise BrokenLegalEntities(
            f"{path} cannot be read ({error.strerror}): run from the project's folder, or set "
            "RECEIPTS_RULES__LEGAL_ENTITIES to the file that names your companies."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BrokenLegalEntities(f"{_place(path, text, str(error))}: {error}.") from error
    countries = [entity.country for entity in file.legal_entities]
    if twice := {country for country in countries if countries.count(country) > 1}:
        raise BrokenLegalEntities(f"{path}: {', '.join(sorted(twice))} has two legal entities.")
    for position, entity in enumerate(file.legal_entities):
        try:
            check_tax_id(entity.supplier.tax_id, f"legal_entities[{position}].supplier.tax_id")
        except WrongTaxId as error:
            place = _place(path, text, error.path)
            raise BrokenLegalEntities(f"{place}, {error.path}: {error.reason}") from error
    return unfreeze_legal_entities(msgspec.json.encode(file.legal_entities, order="sorted"))


def _place(path: Path, text: str, words: str) -> Place:
    """The file, and the line where the entity begins that the words name."""
    named = _NAMED.search(words)
    line = line_of_row("legal_entities.toml", int(named[1]), text) if named else None
    return Place(str(path), line)


def _refuse_unknown(entities: list[dict[str, Any]]) -> None:
    """Events may hold more than we know; a file that a person writes must not."""
    for position, entity in enumerate(entities):
        supplier = entity["supplier"]
        for known, table, path in (
            (Supplier, supplier, "supplier"),
            (Address, supplier["address"], "supplier.address"),
        ):
            if unknown := sorted(set(table) - set(known.__struct_fields__)):
                fields = ", ".join(known.__struct_fields__)
                raise msgspec.ValidationError(
                    f"Object contains unknown field `{unknown[0]}`, there are {fields} "
                    f"- at `$.legal_entities[{position}].{path}`"
                )


def unfreeze_legal_entities(content: bytes) -> LegalEntities:
    """The legal entities in bytes that were hashed and stored."""
    entities = msgspec.json.decode(content, type=tuple[LegalEntity, ...])
    return LegalEntities(
        by_country={entity.country: entity for entity in entities},
        content=content,
        sha256=sha256(content).hexdigest(),
    )
