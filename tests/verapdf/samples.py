"""The PDFs that are validated: one of each kind, country, line and language, and odd ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from receipts.domain.documents import Document
from receipts.domain.parties import Customer
from receipts.rendering.canonical import canonical_json, read_document
from receipts.rendering.pdf import write_pdf
from receipts.rendering.view import stored_view

PUBLIC_URL = "https://receipts.example.com"

ODD_NAMES = {
    "japanese": "山田太郎株式会社",
    "greek": "Ωμέγα Ταξί",
    "cyrillic": "Такси Ёлка",
    "vietnamese": "Đặng Xe Ôm",
    "devanagari": "शर्मा",
    "arabic": "شركة النقل السريع",
    "hebrew-unshown": "שלום",
    "emoji-unshown": "Ada 😀",
    "controls-unshown": "a\x07b\N{RIGHT-TO-LEFT OVERRIDE}c\ue000d",
    "markup": '#read("/etc/passwd") *bold* $x$ <b>&amp;',
    "endless": "W" * 200,
}
"""Names that a file must take, whatever its fonts have."""

MANY_LINES = 60


class Golden(NamedTuple):
    """A golden document, and what it is an example of."""

    example: str
    document: Document


def write_samples(service: Path, folder: Path) -> list[str]:
    """Write the PDFs into a folder; answers with their names."""
    chosen = {
        f"{each.example}-{language}": (each.document, language)
        for each in reversed(list(_golden(service)))
        for language in each.document.languages
    }
    document = next(document for document, _ in chosen.values() if document.customer is not None)
    chosen |= {f"odd-{name}": (odd, odd.languages[0]) for name, odd in _odd(document)}
    for name, (sample, language) in chosen.items():
        view = stored_view(canonical_json(sample), language, PUBLIC_URL)
        (folder / f"{name}.pdf").write_bytes(write_pdf(view))
    return sorted(chosen)


def _golden(service: Path) -> Iterator[Golden]:
    for file in sorted((service / "src" / "receipts" / "countries").glob("*/golden/*.json")):
        for case in json.loads(file.read_text(encoding="utf-8")).values():
            for body in case["documents"]:
                document = read_document(json.dumps(body).encode())
                example = f"{file.parts[-3]}-{file.stem}-{document.kind.value}"
                yield Golden(example, document)


def _odd(document: Document) -> Iterator[tuple[str, Document]]:
    """Documents that no pack has, but an event may lead to."""
    for name, text in ODD_NAMES.items():
        named = replace(document.supplier, name=text)
        yield name, replace(document, customer=Customer(name=text), supplier=named)
    yield "pages", replace(document, lines=document.lines[:1] * MANY_LINES)
    yield "right-to-left", replace(document, languages=("ar",), **_in_arabic(document))
    yield "draft", replace(document, number="")


def _in_arabic(document: Document) -> dict[str, object]:
    """Every text of a document in a language that is written from the right."""
    words = {"ar": "أجرة الرحلة"}
    return {
        "lines": tuple(replace(each, description=words) for each in document.lines),
        "pass_through": tuple(replace(each, description=words) for each in document.pass_through),
        "phrases": tuple(replace(each, text=words) for each in document.phrases),
        "tax_subtotals": tuple(replace(each, tax=words) for each in document.tax_subtotals),
    }
