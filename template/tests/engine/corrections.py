"""Corrections of an event, as their JSON stands, and what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from receipts.domain.documents import Document


def charged_minor(documents: Iterable[Document]) -> int:
    """What the customer has been charged by some documents, in minor units."""
    return sum(each.totals.payable_minor for each in documents if is_charged(each))


def is_charged(document: Document) -> bool:
    """Whether the customer pays it; a commission is the merchant's."""
    charges = {line.charge for line in document.lines}
    return charges != {"commission"}


def correction(kind: str, original: dict[str, Any], number: int, **data: Any) -> dict[str, Any]:
    """An event that corrects another one, as its JSON stands."""
    return {
        "specversion": "1.0",
        "type": kind,
        "source": "/corrections",
        "id": f"{kind}-{number}",
        "data": {"original": {"id": original["id"], "source": original["source"]}} | data,
    }


def refund(original: dict[str, Any], number: int, total_minor: int, **data: Any) -> dict[str, Any]:
    """Gives back what the customer was charged, all of it or the charges that are stated."""
    stated = {
        "currency": original["data"]["currency"],
        "reason": "goodwill",
        "refunded_at": "2026-11-24T10:00:00Z",
        "total_minor": total_minor,
    }
    return correction("charge.refunded.v1", original, number, **stated | data)


def later_tip(original: dict[str, Any], number: int, amount_minor: int) -> dict[str, Any]:
    """A tip that comes after the document."""
    stated = {"currency": original["data"]["currency"], "given_at": "2026-11-24T10:00:00Z"}
    return correction("tip.added.v1", original, number, amount_minor=amount_minor, **stated)


def request(original: dict[str, Any], number: int) -> dict[str, Any]:
    """A full invoice is wanted."""
    customer = {
        "name": "Beispiel & Töchter GmbH",
        "tax_id": "DE129273398",
        "address": {
            "lines": ["Lindenallee 7"],
            "postal_code": "20095",
            "city": "Hamburg",
            "country": "DE",
        },
    }
    return correction(
        "document.requested.v1",
        original,
        number,
        customer=customer,
        requested_at="2026-11-24T10:00:00Z",
    )
