"""What a pack says about all sales of one cell on one day, worked out once.

Exactly one row must apply where one is needed. None or two is refused in words:
a service that guesses issues wrong documents quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from receipts.countries.pack import Row
from receipts.domain.documents import Phrase
from receipts.domain.errors import (
    AmbiguousRule,
    NoDocumentKind,
    NoIssuer,
    NoNumbering,
    NoRounding,
    Rejected,
)
from receipts.domain.rounding import Rounding
from receipts.engine.conditions import all_hold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from receipts.business_lines.business_line import Attribute
    from receipts.countries.pack import PhraseRow
    from receipts.domain.documents import DocumentKind
    from receipts.engine.rules import Kind, PassThrough, Rate, Rules

R = TypeVar("R", bound=Row)


class Plan:
    """Answers by look-up; what depends on charges and totals is remembered on first use."""

    def __init__(self, rules: Rules, on: date, attributes: Mapping[str, Attribute]) -> None:
        """Decide what does not depend on the sale's charges.

        Raises:
            Rejected: No row, or two, decide the issuer, the rounding or the numbering.
        """
        self._rules = rules
        self._on = on
        self._attributes = attributes
        self._treatments: dict[str, Rate | PassThrough] = {}
        self._phrases: dict[tuple[DocumentKind, tuple[str, ...]], tuple[Phrase, ...]] = {}
        self._kinds = tuple(
            kind
            for kind in rules.kinds
            if kind.row.in_force(on) and all_hold(kind.early, attributes)
        )
        pack = rules.pack
        self.role = self._only(pack.issuers, NoIssuer, "who sells").role
        rounding = self._only(pack.rounding, NoRounding, "how to round")
        self.rounding = Rounding(mode=rounding.mode, scope=rounding.scope)
        self.numbering = self._only(pack.numbering, NoNumbering, "how to number")

    def treatment_of(self, charge: str) -> Rate | PassThrough | None:
        """How a charge is treated; None where no row says.

        Raises:
            AmbiguousRule: Two rows apply.
        """
        treatment = self._treatments.get(charge)
        if treatment is not None:
            return treatment
        rows = [row for row in self._rules.charge_rows(charge) if self._applies(row)]
        if not rows:
            return None
        if len(rows) > 1:
            raise self._ambiguous(f"charge {charge!r}", rows)
        treatment = self._rules.treatment(rows[0], charge)
        self._treatments[charge] = treatment
        return treatment

    def kind_for(self, gross_minor: int) -> Kind:
        """The kind of document that is due for a total with tax.

        Raises:
            NoDocumentKind: No row applies.
            AmbiguousRule: Two rows apply.
        """
        totals = {"gross_minor": gross_minor}
        found = [kind for kind in self._kinds if all_hold(kind.late, totals)]
        if len(found) == 1:
            return found[0]
        if found:
            raise self._ambiguous("the document kind", [kind.row for kind in found])
        raise NoDocumentKind(
            f"No row of documents.toml of {self._rules.pack.identity.code} applies on {self._on} "
            f"to a gross of {gross_minor} minor units{_in_words(self._attributes)}."
        )

    def phrases_for(self, kind: DocumentKind, rule_ids: tuple[str, ...]) -> tuple[Phrase, ...]:
        """Sentences due on a document of that kind for which those rows were used."""
        found = self._phrases.get((kind, rule_ids))
        if found is None:
            found = tuple(
                Phrase(row.id, row.text)
                for row in self._rules.pack.phrases
                if self._applies(row) and self._is_due(row, kind, rule_ids)
            )
            self._phrases[kind, rule_ids] = found
        return found

    def _is_due(self, row: PhraseRow, kind: DocumentKind, rule_ids: tuple[str, ...]) -> bool:
        return (
            (not row.kinds or kind in row.kinds)
            and (not row.roles or self.role in row.roles)
            and (not row.rules or not set(row.rules).isdisjoint(rule_ids))
        )

    def _applies(self, row: Row) -> bool:
        return row.in_force(self._on) and all_hold(row.when, self._attributes)

    def _only(self, rows: Sequence[R], missing: type[Rejected], subject: str) -> R:
        found = [row for row in rows if self._applies(row)]
        if len(found) == 1:
            return found[0]
        if found:
            raise self._ambiguous(subject, found)
        raise missing(
            f"No row of {self._rules.pack.identity.code} says {subject} on {self._on}"
            f"{_in_words(self._attributes)}."
        )

    def _ambiguous(self, subject: str, rows: Sequence[Row]) -> AmbiguousRule:
        ids = [row.id for row in rows]
        return AmbiguousRule(subject, self._rules.pack.identity.code, self._on, ids)


def _in_words(attributes: Mapping[str, Attribute]) -> str:
    return " with " + ", ".join(f"{name} = {value}" for name, value in attributes.items())
