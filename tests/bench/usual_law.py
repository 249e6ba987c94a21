"""The German law of a ride, done the usual way: Decimal money, rows found by filtering."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.bench.usual_models import (
    Charge,
    Document,
    Line,
    PassThroughCharge,
    Phrase,
    Supplier,
    TaxSubtotal,
    Totals,
    Trip,
    TripCompleted,
)
from tests.bench.usual_pack import Fact, NumberingRow, Pack, PhraseRow, RateRow, Refused, only

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


class TaxedCharge(NamedTuple):
    """A charge and the row that taxes it."""

    charge: Charge
    row: RateRow


class Law:
    """Documents for events, but for their numbers."""

    def __init__(self, pack: Pack, legal_entity: Supplier) -> None:
        self._pack = pack
        self._by_charge = pack.by_charge()
        self._legal_entity = legal_entity
        self._zone = ZoneInfo(pack.time_zone)

    def document_for(self, event: TripCompleted) -> tuple[Document, NumberingRow]:
        """The document that is due, without its number, and how its number is written.

        Raises:
            Refused: The event contradicts itself or the law, or no row applies.
        """
        trip, pack = event.data, self._pack
        if trip.ended_at < trip.started_at or trip.currency != pack.currency:
            raise Refused(f"Event {event.id} contradicts itself.")
        ended_at = trip.ended_at.astimezone(self._zone)
        on = ended_at.date()
        facts = _facts_of(trip)
        # All charges of one ride are sold by one party here, so the first one tells.
        code = trip.charges[0].code
        sellers = [row for row in pack.issuers if not row.charge or code in row.charge]
        role = only(sellers, on, facts).role
        only(pack.rounding, on, facts)
        supplier = trip.supplier if role == "agent_for" and trip.supplier else self._legal_entity
        taxed, passed = self._sorted_charges(trip, on, facts)
        used = {*(each.row.id for each in taxed), *(each.rule_id for each in passed)}
        lines, subtotals = self._taxed(taxed)
        totals = _totals(subtotals, passed)
        if totals.payable != Decimal(trip.total_minor).scaleb(-2):
            raise Refused(f"Event {event.id} says {trip.total_minor}, not {totals.payable}.")
        gross = {"gross_minor": int(totals.gross.scaleb(2))}
        kind = only(pack.documents, on, {**facts, **gross})
        issued_at = datetime.now(UTC)
        year = issued_at.astimezone(self._zone).year
        document = Document(
            business_line="rides",
            country=pack.code,
            currency=pack.currency,
            customer=trip.customer,
            destination=trip.destination.name if trip.destination else None,
            distance_m=trip.distance_m,
            ended_at=ended_at,
            event_id=event.id,
            event_source=event.source,
            issued_at=issued_at,
            issuer_role=role,
            kind=kind.kind,
            languages=pack.languages,
            licence=trip.licence,
            lines=lines,
            number="",
            origin=trip.origin.name,
            pass_through=passed,
            payment=trip.payment,
            phrases=self._phrases(on, facts, lambda row: row.is_due(kind.kind, role, used)),
            retain_until=date(year + only(pack.retention, on, facts).years, 12, 31),
            sequence=0,
            series=f"{supplier.id}/{pack.code}/{kind.kind}/{year}/0",
            started_at=trip.started_at.astimezone(self._zone),
            supplier=supplier,
            supply_date=on,
            tax_subtotals=subtotals,
            totals=totals,
        )
        _check_mandatory(document, kind.mandatory)
        return document, only(pack.numbering, on, facts)

    def _phrases(
        self, on: date, facts: Mapping[str, Fact], is_due: Callable[[PhraseRow], bool]
    ) -> list[Phrase]:
        rows = [row for row in self._pack.phrases if row.applies(on, facts) and is_due(row)]
        return [Phrase(id=row.id, text=row.text) for row in rows]

    def _sorted_charges(
        self, trip: Trip, on: date, facts: Mapping[str, Fact]
    ) -> tuple[list[TaxedCharge], list[PassThroughCharge]]:
        taxed: list[TaxedCharge] = []
        passed: list[PassThroughCharge] = []
        for charge in trip.charges:
            row = only(self._by_charge.get(charge.code, ()), on, facts)
            if isinstance(row, RateRow):
                taxed.append(TaxedCharge(charge, row))
            elif charge.amount_minor:
                passed.append(
                    PassThroughCharge(
                        amount=charge.amount,
                        charge=charge.code,
                        description=self._pack.charges[charge.code],
                        kind=row.kind,
                        receiver=row.receiver,
                        rule_id=row.id,
                    )
                )
        return taxed, passed

    def _taxed(self, taxed: Sequence[TaxedCharge]) -> tuple[list[Line], list[TaxSubtotal]]:
        """Lines in the order of the charges, and a subtotal for each rate."""
        rates: dict[tuple[str, str, Decimal], list[int]] = {}
        for position, (_, row) in enumerate(taxed):
            rates.setdefault((row.tax, row.category, row.rate_percent), []).append(position)
        lines: dict[int, Line] = {}
        subtotals: list[TaxSubtotal] = []
        for (_, _, rate_percent), positions in rates.items():
            amounts = [taxed[position].charge.amount for position in positions]
            taxes = taxes_in_gross(amounts, rate_percent)
            for position, gross, tax in zip(positions, amounts, taxes, strict=True):
                lines[position] = self._line(taxed[position], gross, tax)
            first = taxed[positions[0]].row
            subtotals.append(self._subtotal(first, sum(amounts, ZERO), sum(taxes, ZERO)))
        return [lines[position] for position in sorted(lines)], subtotals

    def _line(self, taxed: TaxedCharge, gross: Decimal, tax: Decimal) -> Line:
        return Line(
            charge=taxed.charge.code,
            description=self._pack.charges[taxed.charge.code],
            gross=gross,
            net=gross - tax,
            rate_id=taxed.row.id,
            tax=tax,
        )

    def _subtotal(self, row: RateRow, gross: Decimal, tax: Decimal) -> TaxSubtotal:
        return TaxSubtotal(
            category=row.category,
            gross=gross,
            net=gross - tax,
            rate_id=row.id,
            rate_percent=row.rate_percent,
            tax_name=self._pack.taxes[row.tax],
            tax=tax,
        )


def taxes_in_gross(amounts: Sequence[Decimal], rate_percent: Decimal) -> list[Decimal]:
    """Tax contained in prices, rounded once and shared by largest remainder, in euros."""
    denominator = 100 + rate_percent
    due = (sum(amounts, ZERO) * rate_percent / denominator).quantize(CENT, ROUND_HALF_UP)
    # In cents, whole part and exact remainder of each share.
    parts = [divmod(amount * 100 * rate_percent, denominator) for amount in amounts]
    shares = [whole * CENT for whole, _ in parts]
    missing = int((due - sum(shares, ZERO)) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_remainder[:missing]:
        shares[index] += CENT
    return shares


def _facts_of(trip: Trip) -> dict[str, Fact]:
    origin, destination, customer = trip.origin, trip.destination, trip.customer
    towns = (origin.municipality, destination.municipality if destination else None)
    return {
        "business_line": "rides",
        "customer_is_business": customer is not None and customer.tax_id is not None,
        "destination_region": destination.region if destination else None,
        "distance_m": trip.distance_m,
        "driver_employed": trip.driver_employed,
        "licence": trip.licence,
        "origin_municipality": origin.municipality,
        "pooled": trip.pooled,
        "same_municipality": None if None in towns else towns[0] == towns[1],
        "supplier_registered": None if trip.supplier is None else trip.supplier.tax_id is not None,
        "supplier_stated": trip.supplier is not None,
    }


def _totals(subtotals: Sequence[TaxSubtotal], passed: Sequence[PassThroughCharge]) -> Totals:
    gross = sum((each.gross for each in subtotals), ZERO)
    tax = sum((each.tax for each in subtotals), ZERO)
    through = sum((each.amount for each in passed), ZERO)
    return Totals(
        gross=gross, net=gross - tax, pass_through=through, payable=gross + through, tax=tax
    )


def _check_mandatory(document: Document, paths: Sequence[str]) -> None:
    for path in paths:
        value: object = document
        for name in path.split("."):
            value = getattr(value, name, None)
        if not value:
            raise Refused(f"The law demands {path}.")
