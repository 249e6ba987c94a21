"""The rows of a pack behind the parts of one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.domain.documents import PassThroughKind, Texts
from receipts.domain.taxes import TaxCategory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from receipts.business_lines.business_line import Attribute, BusinessLine, Sale
    from receipts.countries.pack import Row
    from receipts.domain.documents import Document, Line
    from receipts.domain.parties import IssuerRole
    from receipts.engine.rules import Rules

Stated = dict[str, bool | int | str | None]
"""Values of a sale or document, by the name under which a row asks for them."""

AND = " and "


class Reason(Struct, frozen=True):
    """The row of the pack that decided, and on what."""

    row: str
    source: str
    verified: bool
    because: Stated
    """What the row's conditions ask for, as this event has it; empty for a row without any."""


class ExplainedLine(Struct, frozen=True, tag="taxed", tag_field="treatment"):
    """A charge that is taxed; a rate of zero is one, too."""

    category: TaxCategory
    charge: str
    gross_minor: int
    item: str | None
    rate_percent: str
    reason: Reason
    sharing: Reason | None
    """Why that much of a combined offer's price is on this line; None for any other."""
    tax: Texts
    tax_minor: int


class ExplainedPassThrough(Struct, frozen=True, tag="passed_through", tag_field="treatment"):
    """A charge that is collected for somebody else."""

    amount_minor: int
    charge: str
    kind: PassThroughKind
    reason: Reason
    receiver: str


class ExplainedPhrase(Struct, frozen=True):
    """A sentence on the document."""

    reason: Reason
    text: Texts


class DocumentReasons:
    """Finds the rows behind one document."""

    def __init__(self, document: Document, sale: Sale, line: BusinessLine, rules: Rules) -> None:
        """Know the document, what it was issued for and the rules it was issued by."""
        self._document = document
        self._charge_rows = {row.id: row for row in rules.pack.charge_rows()}
        self._offer_rows = {row.id: row for row in rules.pack.combined_offers}
        self._phrases = {row.id: row for row in rules.pack.phrases}
        self._stated: Mapping[str, Attribute] = {
            **dict(zip(line.attributes, sale.attributes, strict=True)),
            "gross_minor": document.totals.gross_minor,
        }

    def lines(self) -> Iterable[ExplainedLine]:
        """Each line with the row that taxes it."""
        for line in self._document.lines:
            subtotal = self._document.tax_subtotals[line.tax_subtotal]
            yield ExplainedLine(
                category=subtotal.category,
                charge=line.charge,
                gross_minor=line.gross_minor,
                item=line.item.name if line.item else None,
                rate_percent=subtotal.rate_percent,
                reason=self.of(self._charge_rows[line.rate_id]),
                sharing=self._sharing(line),
                tax=subtotal.tax,
                tax_minor=line.tax_minor,
            )

    def _sharing(self, line: Line) -> Reason | None:
        if line.item is None or line.item.share_of is None:
            return None
        share = line.item.share_of
        row = self._offer_rows[share.rule_id]
        more: Stated = {"sharing": row.sharing.value}
        if share.price_minor is not None:
            more["price_minor"] = share.price_minor
        if row.shares:
            more["share"] = f"{row.shares[line.charge]} %"
        stated = row.when.get("single_prices_stated")
        if isinstance(stated, bool):
            # The row was chosen, so the offer has it as the row asks.
            more["single_prices_stated"] = stated
        return self.of(row, more)

    def passed_through(self) -> Iterable[ExplainedPassThrough]:
        """Each charge that is collected for somebody else, with its row."""
        for each in self._document.pass_through:
            yield ExplainedPassThrough(
                amount_minor=each.amount_minor,
                charge=each.charge,
                kind=each.kind,
                reason=self.of(self._charge_rows[each.rule_id]),
                receiver=each.receiver,
            )

    def phrases(self) -> Iterable[ExplainedPhrase]:
        """Each sentence on the document with the row that puts it there."""
        for phrase in self._document.phrases:
            yield ExplainedPhrase(self._phrase_reason(phrase.id), phrase.text)

    def _phrase_reason(self, row_id: str) -> Reason:
        row, document = self._phrases[row_id], self._document
        used = [line.rate_id for line in document.lines]
        used += [each.rule_id for each in document.pass_through]
        items = [line.item for line in document.lines if line.item is not None]
        used += [item.share_of.rule_id for item in items if item.share_of is not None]
        more: Stated = {"kind": document.kind.value} if row.kinds else {}
        more |= self.role_if(row.roles)
        if row.rules:
            more["row"] = AND.join(rule for rule in row.rules if rule in used)
        return self.of(row, more)

    def role_if(self, roles: tuple[IssuerRole, ...]) -> Stated:
        """The role of the issuer, where a row asks for it."""
        return {"issuer_role": self._document.issuer_role.value} if roles else {}

    def of(self, row: Row, more: Stated | None = None) -> Reason:
        """A row as a reason, with the values that its conditions ask for."""
        because = {name: self._stated[name] for name in row.when if name in self._stated}
        return Reason(row.id, row.source, row.verified, {**because, **(more or {})})
