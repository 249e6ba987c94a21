"""What becomes of a charge: taxed at a rate, or passed through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.countries.pack import PassThroughRow, RateRow, rate_of
from receipts.domain.documents import PassThroughKind, Texts
from receipts.domain.rounding import Rounding, RoundingMode, RoundingScope
from receipts.domain.taxes import Share, TaxCategory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from receipts.countries.pack import Pack


class Rate(Struct, frozen=True):
    """A rate row and one of its charges, ready to compute with."""

    category: TaxCategory
    charge: str
    description: Texts
    id: str
    percent: str
    share: Share
    tax: Texts
    tax_code: str

    @property
    def tax_key(self) -> tuple[str, TaxCategory, Share]:
        """What charges share that are taxed alike, whichever rows say so."""
        return (self.tax_code, self.category, self.share)


class PassThrough(Struct, frozen=True):
    """A pass-through row and one of its charges, ready to check with."""

    amount_minor: int | None
    charge: str
    description: Texts
    id: str
    kind: PassThroughKind
    percent_of: frozenset[str]
    receiver: str
    share: Share | None

    @property
    def is_fixed(self) -> bool:
        """Whether the law knows one amount only."""
        return self.amount_minor is not None or self.share is not None

    def due(self, amounts_minor: Mapping[str, int]) -> int | None:
        """The only lawful amount beside those charges, in minor units; None if any is lawful."""
        if self.share is None:
            return self.amount_minor
        base = sum(amount for code, amount in amounts_minor.items() if code in self.percent_of)
        return _LEVY_ROUNDING.apply(base * self.share.numerator, self.share.denominator)


_LEVY_ROUNDING = Rounding(mode=RoundingMode.HALF_UP, scope=RoundingScope.LINE)


def treatment(pack: Pack, row: RateRow | PassThroughRow, charge: str) -> Rate | PassThrough:
    """A row, ready to use for a charge."""
    description = pack.charges[charge]
    if isinstance(row, RateRow):
        return Rate(
            category=row.category,
            charge=charge,
            description=description,
            id=row.id,
            percent=row.rate_percent,
            share=Share.of_percent(rate_of(row.rate_percent)),
            tax=pack.identity.taxes[row.tax],
            tax_code=row.tax,
        )
    return PassThrough(
        amount_minor=row.amount_minor,
        charge=charge,
        description=description,
        id=row.id,
        kind=row.kind,
        percent_of=frozenset(row.percent_of),
        receiver=row.receiver,
        share=None if row.percent is None else Share.of_percent(rate_of(row.percent)),
    )
