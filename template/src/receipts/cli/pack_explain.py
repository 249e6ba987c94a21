"""``receipts pack explain``: why an event leads to its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from receipts.business_lines.business_line import find_business_lines
from receipts.cli.inputs import opened
from receipts.countries.loader import load_packs
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.errors import BrokenConfiguration, Rejected, UnknownCountry
from receipts.domain.events import Event
from receipts.domain.money import major_units
from receipts.domain.parties import IssuerRole
from receipts.engine.explanation import (
    ExplainedDocument,
    ExplainedLine,
    ExplainedPassThrough,
    Reason,
    Stated,
    explain,
)
from receipts.engine.facts import Facts
from receipts.engine.rules import Rules
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.infrastructure.ndjson import read_batches
from receipts.pipeline.intake import Intake
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from receipts.infrastructure.ndjson import RawEvent
    from receipts.settings import Settings

ROLES = {
    IssuerRole.PRINCIPAL: "sells it as principal",
    IssuerRole.AGENT: "sells it; we issue in their name, as agent",
    IssuerRole.DEEMED_SUPPLIER: "is deemed to sell it: the law puts it in the seller's place",
}


class Explanation(Struct, frozen=True, tag="explained", tag_field="outcome"):
    """What ``--json`` prints for an event that would be issued."""

    event_id: str
    event_source: str
    documents: tuple[ExplainedDocument, ...]


class Refusal(Struct, frozen=True, tag="refused", tag_field="outcome"):
    """What ``--json`` prints for an event that would become a dead letter."""

    code: str
    path: str
    reason: str


def explain_event(
    event: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> Literal[0, 1]:
    """Explain the documents that an event would lead to; nothing is issued or stored.

    Args:
        event: A file whose first line is the event, or - for standard input.
        json: Print one JSON object.
    """
    settings = load_settings()
    raw = _first_event(event)
    try:
        explanation = _explained(raw, settings)
    except Rejected as refusal:
        if json:
            _print_json(Refusal(refusal.code, refusal.path, refusal.reason))
        else:
            print(f"Refused, {refusal.code} at {refusal.path}:\n  {refusal.reason}")
        return 1
    if json:
        _print_json(explanation)
    else:
        print("\n".join(_in_words(explanation)))
    return 0


def _first_event(file: str) -> RawEvent:
    with opened(file) as (stream, name):
        for batch in read_batches(stream, name, 1):
            return batch[0]
    raise BrokenConfiguration(f"{file} holds no event; `receipts sample --count 1` prints one.")


def _explained(raw: RawEvent, settings: Settings) -> Explanation:
    lines = find_business_lines()
    packs = {each.pack.identity.code: each for each in load_packs(settings.rules.team_packs)}
    entities = load_legal_entities(settings.rules.legal_entities)
    event: Event = Intake(lines).parse(raw)
    if isinstance(event, CORRECTION_EVENTS):
        named = event.data.original
        raise BrokenConfiguration(
            f"{raw.origin} corrects event {named.id!r} of {named.source!r}: explain that one. A "
            "correction takes over its seller and its rates."
        )
    line = next(each for each in lines if each.event_type is type(event))
    country = line.country_of(event)
    if country not in packs:
        raise UnknownCountry(country, sorted(packs))
    facts = Facts(system_clock(), entities, settings.store.shards)
    documents = explain(event, line, facts, Rules(packs[country], lines))
    return Explanation(event.id, event.source, documents)


def _print_json(answer: Explanation | Refusal) -> None:
    print(msgspec.json.encode(answer).decode())


def _in_words(explanation: Explanation) -> Iterator[str]:
    count = len(explanation.documents)
    documents = "1 document" if count == 1 else f"{count} documents"
    event = f"{explanation.event_id} from {explanation.event_source}"
    yield f"Event {event} leads to {documents}; nothing was stored."
    for position, document in enumerate(explanation.documents, start=1):
        yield ""
        yield from _document(position, document)


def _document(position: int, document: ExplainedDocument) -> Iterator[str]:
    kind, issuer = document.kind.value.replace("_", " "), document.issuer
    yield f"{position}. {kind.capitalize()} in {document.country}, supplied {document.supply_date}"
    yield f"issuer: {issuer.name} ({issuer.id}) {ROLES[issuer.role]}"
    for reason in issuer.reasons:
        yield from _reason(reason)
    yield f"kind: {kind}"
    yield from _reason(document.kind_reason)
    for charge in document.charges:
        yield f"{charge.charge}: {_treatment(charge, document)}"
        yield from _reason(charge.reason)
        if isinstance(charge, ExplainedLine) and charge.sharing is not None:
            yield from _reason(charge.sharing)
    for phrase in document.phrases:
        yield f"phrase: {phrase.text[document.language]}"
        yield from _reason(phrase.reason)
    yield "rounding and numbering"
    yield from _reason(document.rounding)
    yield from _reason(document.numbering)
    yield f"kept until {document.retain_until}"
    yield from _reason(document.retention)
    yield f"totals: {_totals(document)}"


def _treatment(charge: ExplainedLine | ExplainedPassThrough, document: ExplainedDocument) -> str:
    currency = document.currency
    if isinstance(charge, ExplainedPassThrough):
        amount = f"{major_units(charge.amount_minor, currency)} {currency}"
        return f"{amount} passed through to the {charge.receiver}, a {charge.kind.value}"
    item = f"{charge.item}, " if charge.item else ""
    gross = f"{major_units(charge.gross_minor, currency)} {currency}"
    tax = f"{charge.tax[document.language]} {charge.rate_percent} %"
    amount = f"{major_units(charge.tax_minor, currency)}"
    return f"{item}{gross} with {tax} ({amount}), category {charge.category.value}"


def _totals(document: ExplainedDocument) -> str:
    totals, currency = document.totals, document.currency
    amounts = {
        "net": totals.net_minor,
        "tax": totals.tax_minor,
        "gross": totals.gross_minor,
        "passed through": totals.pass_through_minor,
        "payable": totals.payable_minor,
    }
    parts = [f"{name} {major_units(minor, currency)}" for name, minor in amounts.items()]
    return f"{', '.join(parts)} {currency}"


def _reason(reason: Reason) -> Iterator[str]:
    unseen = "" if reason.verified else " (source not seen)"
    yield f"   row {reason.row}{unseen}: {reason.source}"
    if reason.because:
        yield f"   because {_conditions(reason.because)}"


def _conditions(because: Stated) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in because.items())


def _value(value: bool | int | str | None) -> str:  # noqa: FBT001  as a pack writes it
    return str(value).lower() if isinstance(value, bool) else str(value)
