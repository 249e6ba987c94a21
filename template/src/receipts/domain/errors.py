"""Why something could not be done, sorted by what happens next.

ReceiptError
├── Rejected               the event is wrong: dead letter, never retried
│   ├── MalformedEvent       not the shape that the schema demands
│   ├── EventConflict
│   ├── UnknownCountry
│   ├── ForeignCurrency
│   ├── ImpossibleTime
│   ├── BeforeOriginal
│   ├── WrongTaxId
│   ├── NoRuleForCharge
│   ├── AmbiguousRule
│   ├── LevyDiffers
│   ├── NoCombinedOffer
│   ├── NoIssuer
│   ├── NoRounding
│   ├── NoNumbering
│   ├── NoRetention
│   ├── NoDocumentKind
│   ├── MandatoryFieldMissing
│   ├── TotalDiffers
│   ├── UnknownOriginal
│   ├── NotCorrectable
│   └── RefundTooLarge
└── BrokenConfiguration    a file or setting is wrong: refused at start
    ├── BrokenPack
    └── BrokenLegalEntities

Anything else is our defect: only the process edge catches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime


class ReceiptError(Exception):
    """Anything this service refuses in words."""

    code: ClassVar[str] = "receipt_error"
    """Stable name for counters and filters; the text may change."""


class Rejected(ReceiptError):
    """The event is wrong; it becomes a dead letter and is never retried."""

    code = "rejected"

    def __init__(self, reason: str, path: str = "$") -> None:
        """Keep the reason and the place in the event, as a JSON path."""
        super().__init__(reason)
        self.reason = reason
        self.path = path


class MalformedEvent(Rejected):
    """The bytes are not an event of a known type and shape."""

    code = "malformed_event"


class EventConflict(Rejected):
    """Another event was issued under this one's source and id; that one stands."""

    code = "event_conflict"

    def __init__(self, event_id: str, source: str, documents: Sequence[str]) -> None:
        """Name the event and the numbers of the documents that the first has."""
        super().__init__(
            f"Event {event_id!r} of {source!r} was issued before with other content, as "
            f"{', '.join(documents) or 'documents that cannot be read'}; those stand. Send a new "
            "sale with an id of its own, and a change of what was billed as a correction.",
            "$.id",
        )


class UnknownCountry(Rejected):
    """No pack is installed for the event's country."""

    code = "unknown_country"

    def __init__(self, country: str, known: Sequence[str]) -> None:
        """Name the packs that are there."""
        super().__init__(
            f"No pack for country {country!r}; installed: {', '.join(known)}. "
            "Correct the event, or add a pack and issue it again.",
            "$.data.country",
        )


class ForeignCurrency(Rejected):
    """The event is not in the currency of its country's pack."""

    code = "foreign_currency"

    def __init__(self, currency: str, expected: str, country: str) -> None:
        """Name both currencies."""
        super().__init__(
            f"Currency {currency!r} is not the one of {country}, which is {expected}: "
            "send the amounts that were agreed in the country's currency.",
            "$.data.currency",
        )


class ImpossibleTime(Rejected):
    """A time that nothing can have happened at."""

    code = "impossible_time"

    def __init__(self, moment: datetime, path: str, earliest: datetime, latest: datetime) -> None:
        """Name it, where it stands and what it must lie between."""
        super().__init__(
            f"{moment.isoformat()} does not lie between {earliest.isoformat()} and "
            f"{latest.isoformat()}, a little after now: correct it, or the clock that it came "
            "from.",
            path,
        )


class BeforeOriginal(Rejected):
    """A correction that states an earlier time than what it corrects."""

    code = "before_original"

    def __init__(self, moment: datetime, path: str, original: datetime) -> None:
        """Name it, where it stands and when the original ended."""
        super().__init__(
            f"{moment.isoformat()} is before {original.isoformat()}, when what it corrects took "
            "place: correct the time, or name the event that is meant.",
            path,
        )


class WrongTaxId(Rejected):
    """A VAT identifier that cannot be one."""

    code = "wrong_tax_id"

    def __init__(self, tax_id: str, path: str) -> None:
        """Name it and where it stands."""
        super().__init__(
            f"{tax_id!r} is no VAT identifier of {tax_id[:2].upper()}: its length or its check "
            "digit is wrong. Correct it.",
            path,
        )


class NoRuleForCharge(Rejected):
    """No row of the country's pack applies to a charge on its supply date."""

    code = "no_rule_for_charge"

    def __init__(self, charge: str, country: str, supply_date: date, path: str) -> None:
        """Name the charge, its place in the event, and where a row is missing."""
        folder = f"countries/{country.lower()}"
        super().__init__(
            f"No row applies to charge {charge!r} in {country} on {supply_date}: add a dated row "
            f"to {folder}/rates.toml or {folder}/pass_through.toml, or correct what the event says "
            "of it.",
            path,
        )


class AmbiguousRule(Rejected):
    """Two rows of a pack apply where exactly one must."""

    code = "ambiguous_rule"

    def __init__(self, subject: str, country: str, supply_date: date, rows: Sequence[str]) -> None:
        """Name the rows that overlap."""
        super().__init__(
            f"Rows {' and '.join(rows)} of {country} both apply to {subject} on {supply_date}: "
            "close one with valid_to or narrow its `when`."
        )


class LevyDiffers(Rejected):
    """A stated levy is not what the law's row says."""

    code = "levy_differs"

    def __init__(self, *, charge: str, stated: int, due: int, row: str, path: str) -> None:
        """Name both amounts, in minor units, and the row."""
        super().__init__(
            f"Charge {charge!r} states {stated} minor units, row {row} says {due}: "
            "correct the event, or add a dated row if the law changed.",
            f"{path}.amount_minor",
        )


class NoCombinedOffer(Rejected):
    """No row says how the single price of a combined offer is shared among its parts."""

    code = "no_combined_offer"

    def __init__(
        self, charges: Sequence[str], country: str, supply_date: date, position: int
    ) -> None:
        """Name what the offer combines and where a row is missing."""
        super().__init__(
            f"No row says how one price for {' and '.join(charges)} is shared in {country} on "
            f"{supply_date}: state the price of each part when it is sold alone, or add a dated "
            f"row to countries/{country.lower()}/combined_offers.toml.",
            f"$.data.items[{position}].parts",
        )


class NoIssuer(Rejected):
    """No row says who sells, or the one who sells is not known."""

    code = "no_issuer"


class NoRounding(Rejected):
    """No row says how tax is rounded on the supply date."""

    code = "no_rounding"


class NoNumbering(Rejected):
    """No row says how the number of this kind of document is written."""

    code = "no_numbering"


class NoRetention(Rejected):
    """No row says how long a document of the supply date is kept."""

    code = "no_retention"


class NoDocumentKind(Rejected):
    """No row says which kind of document is due."""

    code = "no_document_kind"


class MandatoryFieldMissing(Rejected):
    """The law demands a field of this kind of document that the event lacks."""

    code = "mandatory_field_missing"

    def __init__(self, field: str, kind_row: str) -> None:
        """Name the field and the row that demands it."""
        super().__init__(
            f"Row {kind_row} demands {field!r}, which is empty: send the event with it.",
            f"$.data.{field}",
        )


class TotalDiffers(Rejected):
    """What was charged is not what the parts and the law add up to."""

    code = "total_differs"

    def __init__(self, stated: int, computed: int, verb: str = "were charged") -> None:
        """Name both totals, in minor units, and what became of them."""
        super().__init__(
            f"The event says {stated} minor units {verb}; its charges and taxes add up to "
            f"{computed}: a charge or a tax is missing or wrong.",
            "$.data.total_minor",
        )


class UnknownOriginal(Rejected):
    """The event that a correction names was not issued."""

    code = "unknown_original"

    def __init__(self, event_id: str, source: str) -> None:
        """Name it."""
        super().__init__(
            f"Nothing was issued for event {event_id!r} of {source!r}, which this one corrects: "
            "issue that first, then this again.",
            "$.data.original",
        )


class NotCorrectable(Rejected):
    """Nothing is there that could be corrected in this way."""

    code = "not_correctable"


class RefundTooLarge(Rejected):
    """More is given back than is left."""

    code = "refund_too_large"

    def __init__(self, charge: str, stated: int, left: int, position: int) -> None:
        """Name both amounts, in minor units."""
        super().__init__(
            f"{stated} minor units of charge {charge!r} cannot be given back: {left} are left of "
            "it, after all earlier refunds. Correct the amount.",
            f"$.data.charges[{position}].amount_minor",
        )


class BrokenConfiguration(ReceiptError):
    """A file or a setting is wrong; the service does not start with it."""

    code = "broken_configuration"


class BrokenPack(BrokenConfiguration):
    """A country pack cannot be used; the message names file and field."""

    code = "broken_pack"


class BrokenLegalEntities(BrokenConfiguration):
    """The file of legal entities cannot be used."""

    code = "broken_legal_entities"
