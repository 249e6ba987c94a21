"""The shape of a country pack, file by file.

Every rule row carries validity, source and the day it was checked; the supply
date selects the row. Unknown keys are refused: a misspelt condition must not
become a rule that always applies.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from receipts.domain.corrections import CorrectionCause
from receipts.domain.documents import DocumentKind, PassThroughKind, Texts
from receipts.domain.parties import IssuerRole
from receipts.domain.rounding import RoundingMode, RoundingScope
from receipts.domain.taxes import TaxCategory

if TYPE_CHECKING:
    from collections.abc import Set

Percent = Annotated[str, Meta(pattern=r"^\d{1,2}(\.\d{1,4})?$", examples=["8.875"])]
"""A rate as the law writes it, without the sign: ``"8.875"``."""

NUMBER = "{supplier}-{country}-{kind}{year}-{shard}-{sequence}"
"""How most packs write a number."""


class Range(Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on a number; every bound that is given must hold."""

    above: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    below: int | None = None

    def holds(self, value: int) -> bool:
        """Whether the number lies inside all bounds."""
        return not (
            (self.above is not None and value <= self.above)
            or (self.at_least is not None and value < self.at_least)
            or (self.at_most is not None and value > self.at_most)
            or (self.below is not None and value >= self.below)
        )

    def bounds(self) -> list[int]:
        """The numbers at which the answer may change."""
        bounds = (self.above, self.at_least, self.at_most, self.below)
        return [bound for bound in bounds if bound is not None]


Condition = bool | str | tuple[str, ...] | Range
"""Equal to a value, one of several, or inside a range."""


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every rule row of every file carries."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", examples=["at-vat-taxi"])]
    """Stable; documents, goldens and logs quote it."""
    valid_from: date
    valid_to: date | None = None
    """Last day; absent while the rule is in force."""
    source: Annotated[str, Meta(min_length=3)]
    """Law and paragraph, or where the rule was read."""
    checked_on: date
    verified: bool
    """Whether the source itself was seen; production refuses other rows unless accepted by id."""
    when: dict[str, Condition] = {}
    """Conditions on attributes of the sale; all must hold."""

    def in_force(self, on: date) -> bool:
        """Whether the row applies to a supply on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def concerns(self, business_lines: Set[str]) -> bool:
        """Whether the row may speak of one of those business lines."""
        wanted = self.when.get("business_line")
        if isinstance(wanted, str):
            return wanted in business_lines
        return not isinstance(wanted, tuple) or not business_lines.isdisjoint(wanted)


class IssuerRow(Row, frozen=True, kw_only=True):
    """Who sells (issuers.toml); charges that different parties sell go on different documents."""

    role: IssuerRole
    charge: tuple[str, ...] = ()
    """Only these charges; empty for all."""


class ChargeRow(Row, frozen=True, kw_only=True):
    """A row that decides what becomes of charges."""

    charge: tuple[str, ...]


class RateRow(ChargeRow, frozen=True, kw_only=True):
    """Rate of taxed charges (rates.toml)."""

    tax: str
    """A tax of pack.toml."""
    category: TaxCategory
    rate_percent: Percent


class PassThroughRow(ChargeRow, frozen=True, kw_only=True):
    """Charges collected for somebody else (pass_through.toml)."""

    kind: PassThroughKind
    receiver: str
    amount_minor: int | None = None
    """The only lawful amount, for a fixed levy."""
    percent: Percent | None = None
    """The only lawful share of the charges named in ``percent_of``, rounded half up."""
    percent_of: tuple[str, ...] = ()


class Sharing(Enum):
    """How the single price of a combined offer is shared among the charges of its parts."""

    FIXED_SHARES = "fixed_shares"
    """By percentages of the price, one for each charge."""
    SINGLE_PRICES = "single_prices"
    """In proportion to what the parts cost when they are sold alone."""
    HIGHEST_RATE = "highest_rate"
    """Not at all: the whole price is taxed like the part with the highest rate."""


class CombinedOfferRow(Row, frozen=True, kw_only=True):
    """What becomes of one price for goods of several charges (combined_offers.toml).

    Besides the attributes of the sale a row may ask for ``single_prices_stated``.
    """

    sharing: Sharing
    shares: dict[str, Percent] = {}
    """For fixed shares: percentage by charge; the row is for offers of exactly these charges."""


class KindRow(Row, frozen=True, kw_only=True):
    """Which kind of document is due, and what must be on it (documents.toml)."""

    causes: tuple[CorrectionCause, ...] = ()
    """Only for these corrections of an earlier document; empty for a first document."""
    kind: DocumentKind
    mandatory: tuple[str, ...]
    """Fields of the document, as dotted paths; an empty one stops the issue."""
    roles: tuple[IssuerRole, ...] = ()
    """Only in these issuer roles; empty for all."""


class PhraseRow(Row, frozen=True, kw_only=True):
    """A sentence on the document (phrases.toml)."""

    text: Texts
    kinds: tuple[DocumentKind, ...] = ()
    """Only on these kinds; empty for all."""
    roles: tuple[IssuerRole, ...] = ()
    """Only in these issuer roles; empty for all."""
    rules: tuple[str, ...] = ()
    """Only where one of these rows was used; empty for all."""


class RoundingRow(Row, frozen=True, kw_only=True):
    """How tax is rounded (rounding.toml)."""

    mode: RoundingMode
    scope: RoundingScope


class RetentionRow(Row, frozen=True, kw_only=True):
    """How long documents must be kept (retention.toml)."""

    years: Annotated[int, Meta(ge=1, le=100)]
    """Whole years after the end of the calendar year of issue. Where a law counts from another
    day, as many as reach it in every case."""


class NumberingRow(Row, frozen=True, kw_only=True):
    """How numbers are written (numbering.toml)."""

    digits: Annotated[int, Meta(ge=1, le=12)]
    """Width to which the sequence is padded."""
    format: Annotated[str, Meta(pattern=r"\{sequence\}$", examples=[NUMBER])]
    """Placeholders ``{supplier} {country} {kind} {year} {shard} {sequence}``, each once and parted
    from the next (but for ``{kind}{year}``): no two series can write the same number. The
    country is the pack's code without its hyphen."""
    kind_codes: dict[DocumentKind, Annotated[str, Meta(pattern=r"^[A-Z]{1,3}$", examples=["S"])]]


class Identity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the pack is for (pack.toml)."""

    code: Annotated[str, Meta(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", examples=["AT", "US-IL"])]
    """ISO 3166-1, or ISO 3166-2 where a part of a country has a tax of its own."""
    name: str
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
    """ISO 4217."""
    languages: Annotated[tuple[str, ...], Meta(min_length=1)]
    """BCP 47; the first is the documents' own."""
    prices_include_tax: bool
    """Whether stated charges contain the tax (Europe) or it comes on top (United States)."""
    taxes: dict[str, Texts]
    """Names of the taxes as they are printed, by a code of the pack's own."""
    time_zone: str
    """IANA name; decides the local date of supply."""


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole pack as it stands in its files."""

    identity: Identity
    charges: dict[str, Texts]
    """Names of the charges on the document (charges.toml)."""
    issuers: tuple[IssuerRow, ...]
    rates: tuple[RateRow, ...]
    pass_through: tuple[PassThroughRow, ...]
    documents: tuple[KindRow, ...]
    phrases: tuple[PhraseRow, ...]
    rounding: tuple[RoundingRow, ...]
    numbering: tuple[NumberingRow, ...]
    retention: tuple[RetentionRow, ...]
    combined_offers: tuple[CombinedOfferRow, ...] = ()
    """Empty where a price is never shared."""

    def charge_rows(self) -> tuple[RateRow | PassThroughRow, ...]:
        """Rows that decide what becomes of charges."""
        return (*self.rates, *self.pass_through)

    def rows(self) -> tuple[Row, ...]:
        """Every rule row of every file."""
        return (
            *self.issuers,
            *self.rates,
            *self.pass_through,
            *self.documents,
            *self.phrases,
            *self.rounding,
            *self.numbering,
            *self.retention,
            *self.combined_offers,
        )

    def rows_in_use(self, business_lines: Set[str]) -> frozenset[str]:
        """Ids of the rows that speak of one of those business lines; a pack knows others too."""
        used = {row.id for row in self.rows() if row.concerns(business_lines)}
        # A phrase that stands only where an unused row was used is unused, too.
        idle = {row.id for row in self.phrases if row.rules and used.isdisjoint(row.rules)}
        return frozenset(used - idle)

    def unverified(self) -> tuple[str, ...]:
        """Ids of the rows whose source was not seen."""
        return tuple(row.id for row in self.rows() if not row.verified)


def rate_of(percent: Percent) -> Decimal:
    """The percentage as an exact number."""
    return Decimal(percent)
