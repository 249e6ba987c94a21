"""Which rows apply to a sale, decided once for all sales that no row can tell apart.

The conditions of all rows cut every attribute into cells: a distance of 3 km and
one of 4 km lie in the same cell when the only limit is 50 km. What the rows say
is worked out for a cell when its first sale arrives and remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from receipts.countries.pack import Range
from receipts.domain.errors import BrokenPack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from receipts.business_lines.business_line import Attribute
    from receipts.countries.pack import Condition, Row

Cell = tuple[object, ...]
"""Where a sale stands relative to every condition of a pack."""


class CellFinder:
    """The cells that the conditions of a pack cut attributes into."""

    def __init__(self, rows: Iterable[Row], known: frozenset[str]) -> None:
        """Collect attributes and limits.

        Raises:
            BrokenPack: A row depends on an attribute that no business line states.
        """
        bounds: dict[str, set[int]] = {}
        for row in rows:
            for name, condition in row.when.items():
                if name not in known:
                    raise BrokenPack(
                        f"Row {row.id} depends on {name!r}, which no business line states; "
                        f"there are: {', '.join(sorted(known))}."
                    )
                limits = condition.bounds() if isinstance(condition, Range) else ()
                bounds.setdefault(name, set()).update(limits)
        self._relevant = frozenset(bounds)
        # Whole numbers: below a limit, on it and above it are parted by the limit and the next.
        self._limits = {
            name: sorted({start for limit in limits for start in (limit, limit + 1)})
            for name, limits in bounds.items()
            if limits
        }

    def cells_of(self, names: Sequence[str]) -> Callable[[Sequence[Attribute]], Cell]:
        """A function from attributes with those names, in that order, to their cell."""
        exact = [at for at, name in enumerate(names) if name in self._relevant - set(self._limits)]
        ranged = [(at, name) for at, name in enumerate(names) if name in self._limits]

        def cell_of(attributes: Sequence[Attribute]) -> Cell:
            cell: list[object] = [attributes[at] for at in exact]
            for at, name in ranged:
                cell.append(self.place_of(name, attributes[at]))
            return tuple(cell)

        return cell_of

    def place_of(self, name: str, value: Attribute) -> object:
        """Where a number stands among the limits of an attribute: below, on or above each.

        None where the attribute has no limits: every number stands in the same place.
        """
        limits = self._limits.get(name)
        if limits is None:
            return None
        if not isinstance(value, int):
            return value
        return bisect_right(limits, value)


def all_hold(when: Mapping[str, Condition], attributes: Mapping[str, Attribute]) -> bool:
    """Whether every condition holds; none does on an attribute that is not stated."""
    return all(_holds(condition, attributes.get(name)) for name, condition in when.items())


def _holds(condition: Condition, value: Attribute) -> bool:
    if value is None:
        return False
    if isinstance(condition, Range):
        return isinstance(value, int) and not isinstance(value, bool) and condition.holds(value)
    if isinstance(condition, tuple):
        return value in condition
    return value is condition if isinstance(condition, bool) else value == condition
