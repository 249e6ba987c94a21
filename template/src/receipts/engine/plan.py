"""What a pack says about all sales of one cell in one era, worked out once.

Exactly one row must apply where one is needed. None or two is refused in words:
a service that guesses issues wrong documents quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from receipts.business_lines.business_line import path_of_charge
from receipts.countries.pack import CombinedOfferRow, Row, Sharing, rate_of
from receipts.domain.documents import Phrase
from receipts.domain.errors import (
    AmbiguousRule,
    NoCombinedOffer,
    NoDocumentKind,
    NoIssuer,
    NoNumbering,
    NoRetention,
    NoRounding,
    NoRuleForCharge,
    Rejected,
)
from receipts.domain.parties import IssuerRole
from receipts.domain.rounding import Rounding
from receipts.domain.taxes import Share
from receipts.engine.conditions import all_hold
from receipts.engine.treatments import PassThrough, Rate, treatment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from receipts.business_lines.business_line import Attribute, CombinedOffer, Sale
    from receipts.countries.pack import IssuerRow, PhraseRow
    from receipts.domain.corrections import CorrectionCause
    from receipts.domain.documents import DocumentKind
    from receipts.engine.rules import Kind, Rules

R = TypeVar("R", bound=Row)

MOST_LAYOUTS = 1_000
"""Sequences of charges remembered for each cell; real ones number a few dozen."""


class TaxedGroup(Struct, frozen=True):
    """Charges that share tax, category and rate, whichever rows say so."""

    positions: tuple[int, ...]
    rows: tuple[Rate, ...]
    """For each position; they differ in what the line is called and which row decided."""
    share: Share


class Layout(Struct, frozen=True):
    """What becomes of each charge that one party sells, for one sequence of charge codes."""

    role: IssuerRole
    role_code: str
    """The role as text, which is quicker to look up."""
    groups: tuple[TaxedGroup, ...]
    levies: tuple[tuple[int, PassThrough], ...]
    """Pass-through charges whose amount the law fixes."""
    pass_through: tuple[tuple[int, PassThrough], ...]
    rate_ids: tuple[str, ...]


class OfferRule(Struct, frozen=True):
    """What becomes of the single price of a combined offer."""

    row: CombinedOfferRow | None
    """None where there is nothing to share: all parts are taxed alike."""
    whole: str | None
    """Charge that stands for the whole price; None where each has its share."""


class Plan:
    """Answers by look-up; what depends on charges and totals is remembered on first use."""

    def __init__(self, rules: Rules, on: date, attributes: Mapping[str, Attribute]) -> None:
        """Decide what does not depend on the sale's charges.

        Args:
            rules: The pack.
            on: Any day of the era.
            attributes: Of any sale of the cell.

        Raises:
            Rejected: No row, or two, decide rounding, numbering or retention.
        """
        self._rules = rules
        self._on = on
        self._attributes = attributes
        self._layouts: dict[tuple[str, ...], tuple[Layout, ...]] = {}
        self._phrases: dict[tuple[str, str, tuple[str, ...]], tuple[Phrase, ...]] = {}
        self._kinds: dict[object, Kind] = {}
        self._offers: dict[tuple[tuple[str, ...], bool], OfferRule] = {}
        pack = rules.pack
        self.rounding_row = self._only(pack.rounding, NoRounding, "how to round", on, attributes)
        self.rounding = Rounding(mode=self.rounding_row.mode, scope=self.rounding_row.scope)
        self.numbering = self._only(pack.numbering, NoNumbering, "how to number", on, attributes)
        self.retention = self._only(pack.retention, NoRetention, "how long to keep", on, attributes)
        self.prices_include_tax = pack.identity.prices_include_tax

    def layouts_for(self, sale: Sale) -> tuple[Layout, ...]:
        """What becomes of a sale's charges: a layout for each document.

        Raises:
            NoIssuer: No row says who sells one of them.
            NoRuleForCharge: No row applies to one of them.
            AmbiguousRule: Two rows do.
        """
        charges = tuple([charge.code for charge in sale.charges])
        layouts = self._layouts.get(charges)
        if layouts is None:
            if len(self._layouts) >= MOST_LAYOUTS:
                self._layouts.clear()
            layouts = self._lay_out_all(charges, sale)
            self._layouts[charges] = layouts
        return layouts

    def _lay_out_all(self, charges: tuple[str, ...], sale: Sale) -> tuple[Layout, ...]:
        sold_by: dict[IssuerRole, list[int]] = {}
        for position, charge in enumerate(charges):
            if not self._rules.charge_rows(charge):
                code = self._rules.pack.identity.code
                path = path_of_charge(sale, position)
                raise NoRuleForCharge(charge, code, sale.supply.date, path)
            sold_by.setdefault(self.issuer_for(charge, sale).role, []).append(position)
        layouts = {role: self._lay_out(sale, role, places) for role, places in sold_by.items()}
        # What is only collected, a tip for instance, makes no document of its own.
        sellers = [role for role, layout in layouts.items() if layout.groups] or [*layouts][:1]
        if len(sellers) < len(layouts):
            collected = [at for role in layouts if role not in sellers for at in sold_by[role]]
            places = sorted([*sold_by[sellers[0]], *collected])
            layouts[sellers[0]] = self._lay_out(sale, sellers[0], places)
        return tuple([layouts[role] for role in sellers])

    def issuer_for(self, charge: str, sale: Sale) -> IssuerRow:
        """The row that says who sells a charge.

        Raises:
            NoIssuer: There is none.
            AmbiguousRule: There are two.
        """
        rows = [row for row in self._rules.pack.issuers if not row.charge or charge in row.charge]
        stated = self._attributes_of(sale)
        return self._only(rows, NoIssuer, f"who sells {charge}", sale.supply.date, stated)

    def sharing_of(self, offer: CombinedOffer, sale: Sale) -> OfferRule:
        """How the single price of an offer is shared among the charges of its parts.

        Raises:
            NoRuleForCharge: No row applies to a part.
            NoCombinedOffer: No row says how the price is shared.
            AmbiguousRule: Two rows do.
        """
        case = (offer.charges, offer.single_prices_stated)
        rule = self._offers.get(case)
        if rule is None:
            if len(self._offers) >= MOST_LAYOUTS:
                self._offers.clear()
            rule = self._offers[case] = self._offer_rule(offer, sale)
        return rule

    def _offer_rule(self, offer: CombinedOffer, sale: Sale) -> OfferRule:
        on, charges = sale.supply.date, offer.charges
        treated = [self.treatment_of(charge, on) for charge in charges]
        if None in treated:
            country, missing = self._rules.pack.identity.code, charges[treated.index(None)]
            raise NoRuleForCharge(missing, country, on, f"$.data.items[{offer.position}]")
        sellers = {self.issuer_for(charge, sale).role for charge in charges}
        taxes = {each.tax_key if isinstance(each, Rate) else None for each in treated}
        if len(charges) == 1 or (len(sellers) == len(taxes) == 1 and None not in taxes):
            return OfferRule(row=None, whole=charges[0])
        row = self._offer_row(offer, sale)
        if row.sharing is not Sharing.HIGHEST_RATE:
            return OfferRule(row=row, whole=None)
        rates = [rate_of(each.percent) if isinstance(each, Rate) else -1 for each in treated]
        # Among equal rates the first part decides, so that the answer never wavers.
        return OfferRule(row=row, whole=charges[rates.index(max(rates))])

    def _offer_row(self, offer: CombinedOffer, sale: Sale) -> CombinedOfferRow:
        on, charges = sale.supply.date, offer.charges
        stated = {**self._attributes, "single_prices_stated": offer.single_prices_stated}
        found = [
            row
            for row in self._rules.pack.combined_offers
            if row.in_force(self._on)
            and (not row.shares or row.shares.keys() == set(charges))
            and all_hold(row.when, stated)
        ]
        if not found:
            raise NoCombinedOffer(charges, self._rules.pack.identity.code, on, offer.position)
        if len(found) > 1:
            raise self._ambiguous(f"one price for {' and '.join(charges)}", found, on)
        return found[0]

    def _attributes_of(self, sale: Sale) -> dict[str, Attribute]:
        """The sale's own: those of the plan are of any sale of the cell."""
        return dict(zip(self._attributes, sale.attributes, strict=True))

    def _lay_out(self, sale: Sale, role: IssuerRole, positions: Sequence[int]) -> Layout:
        on = sale.supply.date
        taxed: dict[object, list[tuple[int, Rate]]] = {}
        pass_through: list[tuple[int, PassThrough]] = []
        for position in positions:
            charge = sale.charges[position].code
            treatment = self.treatment_of(charge, on)
            if treatment is None:
                country = self._rules.pack.identity.code
                raise NoRuleForCharge(charge, country, on, path_of_charge(sale, position))
            if isinstance(treatment, Rate):
                # One subtotal for each rate (BG-23): the law rounds by rate, not by row.
                taxed.setdefault(treatment.tax_key, []).append((position, treatment))
            else:
                pass_through.append((position, treatment))
        return Layout(
            role=role,
            role_code=role.value,
            groups=tuple(_group(members) for members in taxed.values()),
            levies=tuple(each for each in pass_through if each[1].is_fixed),
            pass_through=tuple(pass_through),
            rate_ids=tuple(
                dict.fromkeys(each.id for members in taxed.values() for _, each in members)
            ),
        )

    def treatment_of(self, charge: str, on: date) -> Rate | PassThrough | None:
        """How a charge is treated; None where no row says.

        Raises:
            AmbiguousRule: Two rows apply.
        """
        rows = [row for row in self._rules.charge_rows(charge) if self._applies(row)]
        if len(rows) > 1:
            raise self._ambiguous(f"charge {charge!r}", rows, on)
        return treatment(self._rules.pack, rows[0], charge) if rows else None

    def kind_for(self, gross_minor: int, layout: Layout, sale: Sale) -> Kind:
        """The kind of document that is due for a total with tax.

        Raises:
            NoDocumentKind: No row applies.
            AmbiguousRule: Two rows apply.
        """
        place = (self._rules.cells.place_of("gross_minor", gross_minor), layout.role_code)
        known = self._kinds.get(place)
        if known is None:
            known = self._kind_for(gross_minor, layout.role, sale, None)
            self._kinds[place] = known
        return known

    def correcting_kind_for(
        self, cause: CorrectionCause, gross_minor: int, role: IssuerRole, sale: Sale
    ) -> Kind:
        """The kind of document that is due for a correction.

        Args:
            cause: Why it is due.
            gross_minor: Its total with tax, without a sign.
            role: In which the first document was issued.
            sale: That was billed on the first document.

        Raises:
            NoDocumentKind: No row applies.
            AmbiguousRule: Two rows apply.
        """
        return self._kind_for(gross_minor, role, sale, cause)

    def _kind_for(
        self, gross_minor: int, role: IssuerRole, sale: Sale, cause: CorrectionCause | None
    ) -> Kind:
        on, stated = sale.supply.date, self._attributes_of(sale)
        attributes = {**stated, "gross_minor": gross_minor}
        found = [
            kind
            for kind in self._rules.kinds
            if kind.row.in_force(self._on)
            and (cause in kind.row.causes if cause else not kind.row.causes)
            and (not kind.row.roles or role in kind.row.roles)
            and all_hold(kind.row.when, attributes)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise self._ambiguous(
                "the document kind", [kind.row for kind in found], sale.supply.date
            )
        raise NoDocumentKind(
            f"No row of documents.toml of {self._rules.pack.identity.code} applies on {on} "
            f"to a {f'{cause.value} with a ' if cause else ''}gross of {gross_minor} minor units "
            f"as {role.value}"
            f"{_in_words(stated)}."
        )

    def phrases_for(
        self, kind: Kind, layout: Layout, rule_ids: tuple[str, ...]
    ) -> tuple[Phrase, ...]:
        """Sentences due on a document of that kind and role for which those rows were used."""
        key = (kind.id, layout.role_code, rule_ids)
        found = self._phrases.get(key)
        if found is None:
            found = self._phrases[key] = self.phrases_in(kind, layout.role, rule_ids)
        return found

    def phrases_in(
        self, kind: Kind, role: IssuerRole, rule_ids: Sequence[str]
    ) -> tuple[Phrase, ...]:
        """The same, worked out anew."""
        return tuple(
            Phrase(row.id, row.text)
            for row in self._rules.pack.phrases
            if self._applies(row) and self._is_due(row, kind.kind, role, rule_ids)
        )

    @staticmethod
    def _is_due(
        row: PhraseRow, kind: DocumentKind, role: IssuerRole, rule_ids: Sequence[str]
    ) -> bool:
        return (
            (not row.kinds or kind in row.kinds)
            and (not row.roles or role in row.roles)
            and (not row.rules or not set(row.rules).isdisjoint(rule_ids))
        )

    def _applies(self, row: Row) -> bool:
        return row.in_force(self._on) and all_hold(row.when, self._attributes)

    def _only(
        self,
        rows: Sequence[R],
        missing: type[Rejected],
        subject: str,
        on: date,
        stated: Mapping[str, Attribute],
    ) -> R:
        found = [row for row in rows if self._applies(row)]
        if len(found) == 1:
            return found[0]
        if found:
            raise self._ambiguous(subject, found, on)
        raise missing(
            f"No row of {self._rules.pack.identity.code} says {subject} on {on}{_in_words(stated)}."
        )

    def _ambiguous(self, subject: str, rows: Sequence[Row], on: date) -> AmbiguousRule:
        ids = [row.id for row in rows]
        return AmbiguousRule(subject, self._rules.pack.identity.code, on, ids)


def _group(members: Sequence[tuple[int, Rate]]) -> TaxedGroup:
    return TaxedGroup(
        positions=tuple(position for position, _ in members),
        rows=tuple(rate for _, rate in members),
        share=members[0][1].share,
    )


def _in_words(attributes: Mapping[str, Attribute]) -> str:
    return " with " + ", ".join(f"{name} = {value}" for name, value in attributes.items())
