"""What each error says, read where it is raised, and what to do about it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from receipts.domain.errors import ReceiptError

REMEDIES = {
    "receipt_error": "`receipts verify` says it of a store that was changed or has lost bytes: put "
    "the store back from its copy. Every error below is one too.",
    "rejected": "never met by itself: each code below up to `refund_too_large` is one.",
    "malformed_event": "correct the field that the place names in the system that sends it, and "
    "send the event again. `receipts schema events` is the shape to hold it against.",
    "event_conflict": "find out which of the two is true with `receipts show NUMBER`. Nothing was "
    "issued for the second; send a new sale under an id of its own, a change as a correction.",
    "unknown_country": "correct the event, or [add the pack](../how-to/add-a-country.md) and run "
    "`receipts dead-letters replay --code unknown_country`.",
    "foreign_currency": "correct the sender: a document is in the currency that was agreed where "
    "it was sold.",
    "impossible_time": "look at the clock or the unit of the sender; seconds taken for "
    "milliseconds look like this.",
    "wrong_tax_id": "ask the customer for the identifier again; an identifier that cannot exist "
    "makes the invoice worthless to them.",
    "no_rule_for_charge": "add a dated row to the pack with its source, or correct the charge's "
    "code; then `receipts dead-letters replay --code no_rule_for_charge`.",
    "ambiguous_rule": "close one of the rows with `valid_to` or narrow its `when`, prove it with "
    "`receipts pack check`, then `receipts dead-letters replay --code ambiguous_rule`.",
    "levy_differs": "correct the sender; when the law changed, add a row with the new amount and "
    "close the old one, then `receipts dead-letters replay --code levy_differs`.",
    "no_combined_offer": "send the price of each part when it is sold alone, or add a row to "
    "`combined_offers.toml`; then `receipts dead-letters replay --code no_combined_offer`.",
    "no_issuer": "add a row to the pack's `issuers.toml`, or the company to `config/issuers.toml`; "
    "then `receipts dead-letters replay --code no_issuer`.",
    "no_rounding": "add a dated row to the pack's `rounding.toml`, then "
    "`receipts dead-letters replay --code no_rounding`.",
    "no_numbering": "add a dated row to the pack's `numbering.toml`, then "
    "`receipts dead-letters replay --code no_numbering`.",
    "no_retention": "add a dated row to the pack's `retention.toml`, then "
    "`receipts dead-letters replay --code no_retention`.",
    "no_document_kind": "add a dated row to the pack's `documents.toml`, then "
    "`receipts dead-letters replay --code no_document_kind`.",
    "mandatory_field_missing": "send the event with the field: without it the document would not "
    "be lawful.",
    "total_differs": "compare the event's charges with `receipts pack explain EVENT`: a charge, a "
    "tip or a tax that is added on top is missing, or the total is wrong.",
    "unknown_original": "issue the event that is corrected first, then "
    "`receipts dead-letters replay --code unknown_original`.",
    "not_correctable": "read the reason: the original is cancelled, has no such charge, or was "
    "already billed so. [Correct a document](../how-to/correct-a-document.md) says what is left.",
    "refund_too_large": "correct the amount; earlier refunds count.",
    "before_original": "correct the time of the correction, or name the ride or order that is "
    "meant; then replay it.",
    "broken_configuration": "correct what the message names; `receipts config check` tells every "
    "problem at once. Keys and values: [settings](settings.md).",
    "broken_pack": "correct the file and line that the message names, then `receipts pack check`.",
    "broken_legal_entities": "correct `config/issuers.toml`, then `receipts config check`.",
}
"""By code: for the person who has to end it."""


def said_by(error: type[ReceiptError]) -> list[str]:
    """The texts that an error is raised with; an ellipsis for what the case at hand puts in."""
    return sorted(set(_texts().get(error.__name__, [])))


@cache
def _texts() -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for file in sorted(Path(receipts.__file__).parent.rglob("*.py")):
        # A service has the business lines that it asked for; the page is the same in all.
        if file.parent.name == "business_lines":
            continue
        tree = ast.parse(file.read_text("utf-8"))
        for name, text in _raised(tree):
            texts.setdefault(name, []).append(text)
    return texts


def _raised(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(name), args=[ast.JoinedStr() | ast.Constant() as said, *_]):
                yield name, _text(said)
            case ast.ClassDef(name=name, body=body):
                for call in (each for inner in body for each in ast.walk(inner)):
                    match call:
                        case ast.Call(
                            func=ast.Attribute(attr="__init__"),
                            args=[ast.JoinedStr() | ast.Constant() as said, *_],
                        ):
                            yield name, _text(said)


def _text(said: ast.JoinedStr | ast.Constant) -> str:
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
    return " ".join(text.split()).replace("<", "&lt;")
