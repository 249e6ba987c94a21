"""A pack, compiled when it is loaded: for a sale, a plan that answers by look-up."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from receipts.countries.pack import KindRow
from receipts.domain.documents import DocumentKind
from receipts.domain.errors import NoNumbering
from receipts.domain.numbering import series_name
from receipts.engine.conditions import CellFinder
from receipts.engine.mandatory import MandatoryFields
from receipts.engine.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from receipts.business_lines.business_line import BusinessLine, Sale
    from receipts.countries.loader import LoadedPack
    from receipts.countries.pack import (
        NumberingRow,
        PassThroughRow,
        RateRow,
        RetentionRow,
        Row,
    )
    from receipts.engine.conditions import Cell

MOST_PLANS = 20_000
"""Plans remembered at a time; an era of one country has a few hundred."""

DERIVED_ATTRIBUTES = frozenset({"gross_minor", "single_prices_stated"})
"""What rows may depend on besides the sale: of documents.toml on what it adds up to, of
combined_offers.toml on what an offer states."""


class Kind(Struct, frozen=True):
    """A row of documents.toml, ready to check with."""

    id: str
    kind: DocumentKind
    code: str
    """The kind as series are named after it."""
    mandatory: MandatoryFields
    row: KindRow


class SeriesFormat(Struct, frozen=True):
    """A series and how its numbers are written."""

    digits: int
    head: str
    name: str


class Rules:
    """One country's pack, compiled for the business lines of this service."""

    def __init__(self, loaded: LoadedPack, lines: Sequence[BusinessLine]) -> None:
        """Compile.

        Raises:
            BrokenPack: A row depends on something that no business line states.
        """
        self.pack = loaded.pack
        self.sha256 = loaded.sha256
        self.zone = ZoneInfo(loaded.pack.identity.time_zone)
        self.kinds = tuple(_kind(row) for row in self.pack.documents)
        stated = frozenset(name for line in lines for name in line.attributes)
        installed = {line.name for line in lines}
        rows = [row for row in self.pack.rows() if row.concerns(installed)]
        self.cells = CellFinder(rows, stated | DERIVED_ATTRIBUTES)
        self._cell_of = {line.name: self.cells.cells_of(line.attributes) for line in lines}
        self._charge_rows: dict[str, list[RateRow | PassThroughRow]] = {}
        for row in self.pack.charge_rows():
            for charge in row.charge:
                self._charge_rows.setdefault(charge, []).append(row)
        self._turns = _turns(self.pack.rows())
        self._plans: dict[tuple[str, int, Cell], Plan] = {}
        self._series = lru_cache(MOST_PLANS)(self._new_series)
        self._year = lru_cache(8)(lambda instant: instant.astimezone(self.zone).year)

    def plan_for(self, sale: Sale, line: BusinessLine) -> Plan:
        """What the pack says about a sale.

        Raises:
            Rejected: The pack has no answer, or two.
        """
        era = bisect_right(self._turns, sale.supply.date)
        key = (line.name, era, self._cell_of[line.name](sale.attributes))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            attributes = dict(zip(line.attributes, sale.attributes, strict=True))
            plan = Plan(self, sale.supply.date, attributes)
            self._plans[key] = plan
        return plan

    def charge_rows(self, charge: str) -> Sequence[RateRow | PassThroughRow]:
        """Rows of any date that speak of a charge."""
        return self._charge_rows.get(charge, ())

    def series(
        self,
        numbering: NumberingRow,
        supplier_id: str,
        kind: str,
        issued_at: datetime,
        shard: int,
    ) -> SeriesFormat:
        """The series of a document issued at that instant.

        Raises:
            NoNumbering: The pack has no code for the kind of document.
        """
        return self._series(numbering.id, supplier_id, kind, self._year(issued_at), shard)

    def retain_until(self, retention: RetentionRow, issued_at: datetime) -> date:
        """Last day on which a document issued at that instant must be kept."""
        return date(self._year(issued_at) + retention.years, 12, 31)

    def _new_series(
        self, numbering_id: str, supplier_id: str, kind: str, year: int, shard: int
    ) -> SeriesFormat:
        numbering = next(row for row in self.pack.numbering if row.id == numbering_id)
        code = self.pack.identity.code
        kind_codes = {kind.value: code for kind, code in numbering.kind_codes.items()}
        if kind not in kind_codes:
            raise NoNumbering(f"Row {numbering_id} of {code} has no code for {kind}.")
        head = numbering.format.format(
            supplier=supplier_id,
            country=code.replace("-", ""),
            kind=kind_codes[kind],
            year=year,
            shard=shard,
            sequence="",
        )
        name = series_name(supplier_id, code, kind, year, shard)
        return SeriesFormat(digits=numbering.digits, head=head, name=name)


def _turns(rows: Iterable[Row]) -> list[date]:
    """Days on which a row begins or has ended: between two of them the same rows are in force."""
    days: set[date] = set()
    for row in rows:
        days.add(row.valid_from)
        if row.valid_to is not None and row.valid_to < date.max:
            days.add(row.valid_to + timedelta(days=1))
    return sorted(days)


def _kind(row: KindRow) -> Kind:
    return Kind(
        id=row.id,
        kind=row.kind,
        code=row.kind.value,
        mandatory=MandatoryFields(row.id, row.mandatory),
        row=row,
    )
