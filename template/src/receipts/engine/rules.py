"""A pack, compiled when it is loaded: for a sale, a plan that answers by look-up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from receipts.countries.pack import Condition, KindRow, PassThroughRow, RateRow, rate_of
from receipts.domain.documents import DocumentKind, PassThroughKind, Texts
from receipts.domain.errors import NoNumbering
from receipts.domain.numbering import series_name
from receipts.domain.rounding import Rounding, RoundingMode, RoundingScope
from receipts.domain.taxes import Share, TaxCategory
from receipts.engine.conditions import CellFinder
from receipts.engine.mandatory import MandatoryFields
from receipts.engine.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from receipts.business_lines.business_line import BusinessLine, Sale
    from receipts.countries.loader import LoadedPack
    from receipts.countries.pack import NumberingRow
    from receipts.engine.conditions import Cell

MOST_PLANS = 20_000
"""Plans remembered at a time; a year of one country has a few thousand."""

TOTALS_ATTRIBUTES = frozenset({"gross_minor"})
"""What rows of documents.toml may depend on besides the sale: known once it is added up."""


class Rate(Struct, frozen=True):
    """A rate row, ready to compute with."""

    category: TaxCategory
    description: Texts
    id: str
    percent: str
    share: Share
    tax: Texts


class PassThrough(Struct, frozen=True):
    """A pass-through row, ready to check with."""

    amount_minor: int | None
    description: Texts
    id: str
    kind: PassThroughKind
    percent_of: frozenset[str]
    receiver: str
    share: Share | None

    def due(self, amounts_minor: Mapping[str, int]) -> int | None:
        """The only lawful amount beside those charges, in minor units; None if any is lawful."""
        if self.share is None:
            return self.amount_minor
        base = sum(amount for code, amount in amounts_minor.items() if code in self.percent_of)
        return _LEVY_ROUNDING.apply(base * self.share.numerator, self.share.denominator)


_LEVY_ROUNDING = Rounding(mode=RoundingMode.HALF_UP, scope=RoundingScope.LINE)


class Kind(Struct, frozen=True):
    """A row of documents.toml, its conditions parted by when they can be answered."""

    early: Mapping[str, Condition]
    late: Mapping[str, Condition]
    kind: DocumentKind
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
        stated = frozenset().union(*(line.attributes for line in lines))
        self._cells = CellFinder(self.pack.rows(), stated | TOTALS_ATTRIBUTES)
        self._charge_rows: dict[str, list[RateRow | PassThroughRow]] = {}
        for row in self.pack.charge_rows():
            for charge in row.charge:
                self._charge_rows.setdefault(charge, []).append(row)
        self._plans: dict[tuple[date, Cell], Plan] = {}
        self._series = lru_cache(MOST_PLANS)(self._new_series)
        self._year = lru_cache(8)(lambda instant: instant.astimezone(self.zone).year)

    def plan_for(self, sale: Sale) -> Plan:
        """What the pack says about a sale.

        Raises:
            Rejected: The pack has no answer, or two.
        """
        key = (sale.supply.date, self._cells.cell_of(sale.attributes))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = Plan(self, sale.supply.date, sale.attributes)
            self._plans[key] = plan
        return plan

    def charge_rows(self, charge: str) -> Sequence[RateRow | PassThroughRow]:
        """Rows of any date that speak of a charge."""
        return self._charge_rows.get(charge, ())

    def treatment(self, row: RateRow | PassThroughRow, charge: str) -> Rate | PassThrough:
        """A row, ready to use for a charge."""
        description = self.pack.charges[charge]
        if isinstance(row, RateRow):
            return Rate(
                category=row.category,
                description=description,
                id=row.id,
                percent=row.rate_percent,
                share=Share.of_percent(rate_of(row.rate_percent)),
                tax=self.pack.identity.taxes[row.tax],
            )
        return PassThrough(
            amount_minor=row.amount_minor,
            description=description,
            id=row.id,
            kind=row.kind,
            percent_of=frozenset(row.percent_of),
            receiver=row.receiver,
            share=None if row.percent is None else Share.of_percent(rate_of(row.percent)),
        )

    def series(
        self,
        numbering: NumberingRow,
        *,
        supplier_id: str,
        kind: DocumentKind,
        issued_at: datetime,
        shard: int,
    ) -> SeriesFormat:
        """The series of a document issued at that instant.

        Raises:
            NoNumbering: The pack has no code for the kind of document.
        """
        return self._series(numbering.id, supplier_id, kind, self._year(issued_at), shard)

    def _new_series(
        self, numbering_id: str, supplier_id: str, kind: DocumentKind, year: int, shard: int
    ) -> SeriesFormat:
        numbering = next(row for row in self.pack.numbering if row.id == numbering_id)
        code = self.pack.identity.code
        if kind not in numbering.kind_codes:
            raise NoNumbering(f"Row {numbering_id} of {code} has no code for {kind.value}.")
        head = numbering.format.format(
            supplier=supplier_id,
            kind=numbering.kind_codes[kind],
            year=year,
            shard=shard,
            sequence="",
        )
        name = series_name(supplier_id, code, kind.value, year, shard)
        return SeriesFormat(digits=numbering.digits, head=head, name=name)


def _kind(row: KindRow) -> Kind:
    late = {name: when for name, when in row.when.items() if name in TOTALS_ATTRIBUTES}
    return Kind(
        early={name: when for name, when in row.when.items() if name not in late},
        late=late,
        kind=row.kind,
        mandatory=MandatoryFields(row.id, row.mandatory),
        row=row,
    )
