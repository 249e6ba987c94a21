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
from receipts.domain.document_ids import event_digest
from receipts.domain.errors import (
    BrokenConfiguration,
    Rejected,
    UnknownCountry,
    UnknownOriginal,
)
from receipts.domain.events import Event
from receipts.domain.money import major_units
from receipts.domain.parties import IssuerRole
from receipts.engine.explanation import (
    ExplainedCorrection,
    ExplainedDocument,
    explain,
    explain_correction,
)
from receipts.engine.facts import Facts
from receipts.engine.reasons import ExplainedLine, ExplainedPassThrough, Reason, Stated
from receipts.engine.rules import Rules
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.infrastructure.ndjson import read_batches
from receipts.pipeline.intake import Intake
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from enum import Enum

    from receipts.business_lines.business_line import BusinessLine
    from receipts.countries.loader import LoadedPack
    from receipts.domain.corrections import CorrectionEvent
    from receipts.engine.corrections import Original
    from receipts.infrastructure.ndjson import RawEvent
    from receipts.settings import Settings

ROLES = {
    IssuerRole.PRINCIPAL: "sells it as principal",
    IssuerRole.AGENT: "sells it; we issue in their name, as agent",
    IssuerRole.DEEMED_SUPPLIER: "is deemed to sell it: the law puts it in the seller's place",
}


class Explanation(Struct, frozen=True, tag="explained", tag_field="outcome"):
    """What ``--json`` prints for a ride or order that would be issued."""

    event_id: str
    event_source: str
    documents: tuple[ExplainedDocument, ...]


class CorrectionExplanation(Struct, frozen=True, tag="explained", tag_field="outcome"):
    """What ``--json`` prints for a correction that would be issued."""

    event_id: str
    event_source: str
    original_id: str
    original_source: str
    documents: tuple[ExplainedCorrection, ...]


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

    What a correction corrects is read from the store, so its ride or order must be issued.

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


def _explained(raw: RawEvent, settings: Settings) -> Explanation | CorrectionExplanation:
    lines = find_business_lines()
    packs = {each.pack.identity.code: each for each in load_packs(settings.rules.team_packs)}
    entities = load_legal_entities(settings.rules.legal_entities)
    event: Event = Intake(lines).parse(raw)
    facts = Facts(system_clock(), entities, settings.store.shards)
    if isinstance(event, CORRECTION_EVENTS):
        named, original = event.data.original, _original(event, settings, lines)
        rules = Rules(_pack(packs, original.documents[0].country), lines)
        corrections = explain_correction(event, original, facts, rules)
        return CorrectionExplanation(
            event.id, event.source, named.id, named.source, documents=corrections
        )
    line = next(each for each in lines if each.event_type is type(event))
    rules = Rules(_pack(packs, line.country_of(event)), lines)
    return Explanation(event.id, event.source, explain(event, line, facts, rules))


def _pack(packs: Mapping[str, LoadedPack], country: str) -> LoadedPack:
    if country not in packs:
        raise UnknownCountry(country, sorted(packs))
    return packs[country]


def _original(
    event: CorrectionEvent, settings: Settings, lines: Sequence[BusinessLine]
) -> Original:
    # Only here: a ride or an order is explained without a store.
    from receipts.cli.stores import stores_of  # noqa: PLC0415
    from receipts.pipeline.originals import Originals  # noqa: PLC0415

    named = event.data.original
    with stores_of(settings) as stores:
        store = stores.shard_of_event(event_digest(named.source, named.id))
        if store is None:
            raise UnknownOriginal(named.id, named.source)
        return Originals(store, lines).before(event, event_digest(event.source, event.id))


def _print_json(answer: Explanation | CorrectionExplanation | Refusal) -> None:
    print(msgspec.json.encode(answer).decode())


def _in_words(explanation: Explanation | CorrectionExplanation) -> Iterator[str]:
    count = len(explanation.documents)
    counted = "1 document" if count == 1 else f"{count} documents"
    event = f"{explanation.event_id} from {explanation.event_source}"
    if isinstance(explanation, CorrectionExplanation):
        event += f" corrects {explanation.original_id} and"
    yield f"Event {event} leads to {counted}; nothing was stored."
    documents: Iterable[ExplainedDocument | ExplainedCorrection] = explanation.documents
    for position, document in enumerate(documents, start=1):
        yield ""
        if isinstance(document, ExplainedCorrection):
            yield from _correction(position, document)
        else:
            yield from _document(position, document)


def _correction(position: int, document: ExplainedCorrection) -> Iterator[str]:
    kind = _words(document.kind)
    yield f"{position}. {kind.capitalize()} in {document.country}, supplied {document.supply_date}"
    yield f"corrects: {_words(document.corrects_kind)} {document.corrects}, whose seller it keeps"
    why = f", {_words(document.refund_reason)}" if document.refund_reason else ""
    yield f"cause: {_words(document.cause)}{why}"
    yield f"issuer: {document.supplier}"
    yield f"kind: {kind}"
    yield from _reason(document.kind_reason)
    yield from _content(document)
    yield f"totals: {_totals(document)}"


def _document(position: int, document: ExplainedDocument) -> Iterator[str]:
    kind, issuer = _words(document.kind), document.issuer
    yield f"{position}. {kind.capitalize()} in {document.country}, supplied {document.supply_date}"
    yield f"issuer: {issuer.name} ({issuer.id}) {ROLES[issuer.role]}"
    for reason in issuer.reasons:
        yield from _reason(reason)
    yield f"kind: {kind}"
    yield from _reason(document.kind_reason)
    yield from _content(document)
    yield f"kept until {document.retain_until}"
    yield from _reason(document.retention)
    yield f"totals: {_totals(document)}"


def _content(document: ExplainedDocument | ExplainedCorrection) -> Iterator[str]:
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


def _words(value: Enum) -> str:
    return str(value.value).replace("_", " ")


def _treatment(
    charge: ExplainedLine | ExplainedPassThrough, document: ExplainedDocument | ExplainedCorrection
) -> str:
    currency = document.currency
    if isinstance(charge, ExplainedPassThrough):
        amount = f"{major_units(charge.amount_minor, currency)} {currency}"
        return f"{amount} passed through to the {charge.receiver}, a {charge.kind.value}"
    item = f"{charge.item}, " if charge.item else ""
    gross = f"{major_units(charge.gross_minor, currency)} {currency}"
    tax = f"{charge.tax[document.language]} {charge.rate_percent} %"
    amount = f"{major_units(charge.tax_minor, currency)}"
    return f"{item}{gross} with {tax} ({amount}), category {charge.category.value}"


def _totals(document: ExplainedDocument | ExplainedCorrection) -> str:
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
