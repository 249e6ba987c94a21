"""Fields that the law demands on a kind of document."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, get_args, get_origin, get_type_hints

from msgspec import Struct

from receipts.domain.documents import Document
from receipts.domain.errors import BrokenPack, MandatoryFieldMissing

if TYPE_CHECKING:
    from collections.abc import Sequence


class MandatoryFields:
    """The mandatory fields of one row of documents.toml."""

    def __init__(self, row_id: str, paths: Sequence[str]) -> None:
        """Resolve the paths.

        Raises:
            BrokenPack: A path is not a field of a document.
        """
        self._row_id = row_id
        for path in paths:
            if not _is_field(Document, path.split(".")):
                raise BrokenPack(f"Row {row_id} demands {path!r}, which no document has.")
        self._fields = tuple((path, attrgetter(path)) for path in paths)

    def check(self, document: Document) -> None:
        """Pass a document that has them all.

        Raises:
            MandatoryFieldMissing: One is absent or empty.
        """
        for path, value_of in self._fields:
            try:
                value = value_of(document)
            except AttributeError:  # its parent, a customer for instance, is absent
                value = None
            if not value:
                raise MandatoryFieldMissing(path, self._row_id)


def _is_field(struct: type, names: Sequence[str]) -> bool:
    hint = _hints(struct).get(names[0])
    if hint is None:
        return False
    if len(names) == 1:
        return True
    if get_origin(hint) is tuple:  # a list has no fields of its own
        return False
    choices = [kind for kind in (*get_args(hint), hint) if _is_struct(kind)]
    return any(_is_field(kind, names[1:]) for kind in choices)


@cache
def _hints(struct: type) -> dict[str, object]:
    """Working them out takes longer than all else that compiling a pack does."""
    return get_type_hints(struct)


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)
