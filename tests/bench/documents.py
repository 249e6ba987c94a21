"""What a document costs, pack by pack and kind by kind: to issue in memory, to show, to keep.

Runs in an environment that has the generated service; takes its golden cases for input.

    python -m tests.bench.documents SERVICE
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import msgspec
from receipts.business_lines.business_line import BusinessLine, find_business_lines
from receipts.countries.loader import load_pack
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.documents import Document, Draft
from receipts.domain.numbering import NumberBlock, first_link
from receipts.engine.corrections import draft_correction
from receipts.engine.draft import draft, draft_all
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.engine.rules import Rules
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.pipeline.books import Books
from receipts.pipeline.intake import event_decoder
from receipts.rendering.canonical import canonical_json, read_document
from receipts.rendering.html import render_html
from receipts.rendering.pdf import write_pdf
from receipts.rendering.view import View, stored_view

from tests.bench.figures import print_table

BATCH = 500
ROUNDS = 20
PICTURES = 60
"""How often each form of a kind is made."""


Drafts = tuple[Draft, ...]
"""Of one event."""


class Steps(NamedTuple):
    """Microseconds a document."""

    draft: float
    number: float
    encode: float


def main(arguments: list[str]) -> int:
    """Measure and print."""
    countries = Path(arguments[0]) / "src" / "receipts" / "countries"
    lines = find_business_lines()
    rows, of_kinds = [], []
    by_kind = defaultdict[str, list[Document]](list)
    for folder in sorted(path.parent for path in countries.glob("*/golden")):
        rules = Rules(load_pack(folder), lines)
        facts = Facts(system_clock(), load_legal_entities(folder / "golden" / "issuers.toml"), 1)
        for line in lines:
            documents, steps = _issue(folder, line, facts, rules)
            name = f"{rules.pack.identity.code}, {line.name}"
            rows.append(_row(name, steps))
            of_kinds += [
                _row(f"{name}: {kinds}", each)
                for kinds, each in _steps_of_kinds(folder, line, facts, rules)
            ]
            for document in documents:
                by_kind[document.kind.value].append(document)
    head = ("a document, in memory", "draft us", "number us", "encode us", "documents/s")
    print_table(head, rows)
    print_table(("documents of an event, one by one", *head[1:]), of_kinds)
    _print_forms(by_kind)
    return 0


def _issue(
    folder: Path, line: BusinessLine, facts: Facts, rules: Rules
) -> tuple[list[Document], Steps]:
    """All golden cases of a business line, over and over as one batch; the best of the rounds.

    Corrections need what they correct, so they are no batch; their documents are answered, too.
    """
    kept = _kept_cases(folder, line)
    decode = event_decoder([line]).decode
    firsts = [case for case in kept.values() if "after" not in case]
    cases = [decode(msgspec.json.encode(case["event"])) for case in firsts]
    events = [cases[at % len(cases)] for at in range(BATCH)]
    steps = _steps_of(lambda: draft_all(events, line, facts, rules))
    bodies = [msgspec.json.encode(each) for case in kept.values() for each in case["documents"]]
    return [read_document(each) for each in bodies], steps


def _steps_of_kinds(
    folder: Path, line: BusinessLine, facts: Facts, rules: Rules
) -> list[tuple[str, Steps]]:
    """Golden cases sorted by the kinds of documents that they lead to, corrections too."""
    decode = event_decoder([line]).decode
    alike = defaultdict[str, list[Callable[[], Drafts]]](list)
    for case in _kept_cases(folder, line).values():
        books = Books([line], facts, rules)
        for before in case.get("after", ()):
            books.issue(decode(msgspec.json.encode(before)))
        event = decode(msgspec.json.encode(case["event"]))
        if isinstance(event, CORRECTION_EVENTS):
            work = partial(draft_correction, event, books.original_of(event), facts, rules)
        else:
            work = partial(draft, event, line, facts, rules)
        kinds = sorted({each.document.kind.value for each in work()})
        alike[" + ".join(kinds)].append(work)
    return [(kinds, _steps_of(partial(_repeated, works))) for kinds, works in sorted(alike.items())]


def _repeated(works: Sequence[Callable[[], Drafts]]) -> list[Drafts]:
    """As many events as a batch holds, one by one."""
    return [works[at % len(works)]() for at in range(BATCH)]


def _steps_of(work: Callable[[], list[Drafts]]) -> Steps:
    drafts = [item for each in work() for item in each]
    blocks = {
        each.document.series: NumberBlock(1, first_link(each.document.series)) for each in drafts
    }
    documents = number(drafts, blocks)
    return Steps(
        _best(work, len(documents)),
        _best(lambda: number(drafts, blocks), len(documents)),
        _best(lambda: [canonical_json(each) for each in documents], len(documents)),
    )


def _kept_cases(folder: Path, line: BusinessLine) -> dict[str, Any]:
    path = folder / "golden" / f"{line.name}.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _row(name: str, steps: Steps) -> tuple[str, ...]:
    return (name, *(f"{us:.1f}" for us in steps), f"{1e6 / sum(steps):,.0f}")


def _best(work: Callable[[], object], documents: int) -> float:
    """Microseconds a document, in the round that was disturbed least."""
    return min(_seconds(work) for _ in range(ROUNDS)) / documents * 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _print_forms(by_kind: Mapping[str, Sequence[Document]]) -> None:
    """Time and size of each form of each kind."""
    rows = []
    for kind, documents in sorted(by_kind.items()):
        chosen = [documents[at % len(documents)] for at in range(PICTURES)]
        rows.append((f"{kind}, JSON", "-", "-", f"{_size([*map(canonical_json, chosen)]):,.0f}"))
        for form, make in (("HTML", _page), ("PDF", _file)):
            make(chosen[0])
            timed = [_timed(make, document) for document in chosen]
            ms = [seconds * 1000 for seconds, _ in timed]
            percentile_99 = quantiles(ms, n=100)[98]
            size = _size([content for _, content in timed])
            rows.append(
                (f"{kind}, {form}", f"{median(ms):.2f}", f"{percentile_99:.2f}", f"{size:,.0f}")
            )
    print_table(("a document, shown", "ms p50", "ms p99", "bytes p50"), rows)


def _page(document: Document) -> bytes:
    return render_html(_view(document)).encode()


def _file(document: Document) -> bytes:
    return write_pdf(_view(document))


def _view(document: Document) -> View:
    """As production serves it, with a QR code."""
    return stored_view(canonical_json(document), None, "https://receipts.example.com")


def _timed(make: Callable[[Any], bytes], document: Document) -> tuple[float, bytes]:
    began = time.perf_counter()
    content = make(document)
    return time.perf_counter() - began, content


def _size(contents: Sequence[bytes]) -> float:
    return median(map(len, contents))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
