"""Proof of a pack by its golden cases: that they hold, reach every row and notice every change.

A pack whose files are sound may still be wrong or untested. Its golden cases are issued
again; each row must have decided something in one of them; each rate, amount, threshold,
day and text is changed in turn, and one of them must come out otherwise; and what the law
demands of a document must be read in its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from receipts.countries.check import Count, Finding, Problem, Proof
from receipts.countries.loader import LoadedPack
from receipts.countries.mutants import mutants_of
from receipts.countries.places import place_of_row
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.domain.documents import Document
from receipts.domain.errors import BrokenLegalEntities, BrokenPack, Rejected
from receipts.domain.events import Event
from receipts.engine.amounts import offer_rows
from receipts.engine.corrections import Due, due_documents
from receipts.engine.explanation import ExplainedDocument, explain
from receipts.engine.reasons import ExplainedLine
from receipts.engine.rules import Rules
from receipts.pipeline.books import Books
from receipts.pipeline.golden import (
    ANY_PACK_SHA256,
    FOLDER,
    GoldenCase,
    GoldenPack,
    difference,
    read_golden,
)
from receipts.pipeline.intake import event_decoder
from receipts.rendering.canonical import canonical_json
from receipts.rendering.pdf import write_pdf
from receipts.rendering.printed import text_of, unprinted
from receipts.rendering.view import view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from receipts.business_lines.business_line import BusinessLine
    from receipts.countries.mutants import Mutant
    from receipts.engine.facts import Facts

REMEDY = "install the dependency group `packs`, as `nox -s demo` and `pip install --group packs` do"

NONE = Count(0, 0)


class _Issued(Struct, frozen=True):
    """A golden case as the rules issue it."""

    case: GoldenCase
    after: tuple[Event, ...]
    event: Event
    documents: tuple[Document, ...]
    bodies: tuple[bytes, ...]
    rows: frozenset[str]
    """Every row that decided something."""
    demanded: tuple[tuple[str, ...], ...]
    """Of each document the mandatory fields."""


def prove_pack(
    folder: Path, texts: dict[str, str], lines: Sequence[BusinessLine], tell: Callable[[str], None]
) -> tuple[Proof, tuple[Finding, ...]]:
    """What the golden cases of a pack prove, and what they do not.

    Args:
        folder: The folder of a sound pack.
        texts: Its files, by name.
        lines: The business lines of this service.
        tell: Told what is being done.
    """
    pack = GoldenPack(folder)
    try:
        facts = pack.facts
    except BrokenLegalEntities as error:
        words = f"no golden case can be issued without the company that issues it: {error}"
        finding = Finding(f"{FOLDER}/issuers.toml", None, Problem.NOT_RUN, words)
        return Proof(NONE, NONE, NONE, NONE), (finding,)
    prover = _Prover(pack, facts, texts, lines, tell)
    return prover.prove(), tuple(prover.findings)


class _Print(Struct, frozen=True):
    """A document that becomes a file in one of its languages."""

    case: GoldenCase
    document: Document
    demanded: tuple[str, ...]
    language: str


class _Prover:
    def __init__(
        self,
        pack: GoldenPack,
        facts: Facts,
        texts: dict[str, str],
        lines: Sequence[BusinessLine],
        tell: Callable[[str], None],
    ) -> None:
        self._facts = facts
        self._texts = texts
        self._lines = lines
        self._tell = tell
        self._loaded = pack.load()
        read = read_golden(pack, {line.name for line in lines})
        self._cases = read.cases
        self.findings: list[Finding] = list(read.findings)

    def prove(self) -> Proof:
        """Make every proof; one that cannot be made is a finding, too."""
        issued = list(self._issued())
        held = [each for each in issued if self._holds(each)]
        return Proof(
            cases=Count(len(held), len(self._cases)),
            rows=self._rows(issued),
            changes=self._changes(held),
            files=self._files(held),
        )

    def _issued(self) -> Iterator[_Issued]:
        self._tell(f"{len(self._cases)} golden cases")
        rules = Rules(self._loaded, self._lines)
        decoder = event_decoder(self._lines)
        for case in self._cases:
            try:
                after = tuple(map(decoder.decode, case.after))
                yield self._issue(case, after, decoder.decode(case.event), rules)
            except msgspec.DecodeError as error:
                self._find(case, Problem.GOLDEN, f"its event cannot be read: {error}")
            except Rejected as refusal:
                words = f"its event is refused, {refusal.code}: {refusal.reason}"
                self._find(case, Problem.GOLDEN, words)

    def _issue(
        self, case: GoldenCase, after: tuple[Event, ...], event: Event, rules: Rules
    ) -> _Issued:
        books = self._books_after(after, rules)
        kinds, rows = self._decided(event, books, rules)
        documents = tuple(books.issue(event))
        demanded = {row.id: row.mandatory for row in self._loaded.pack.documents}
        return _Issued(
            case=case,
            after=after,
            event=event,
            documents=documents,
            bodies=tuple(map(canonical_json, documents)),
            rows=frozenset(rows),
            demanded=tuple(demanded[each] for each in kinds),
        )

    def _decided(self, event: Event, books: Books, rules: Rules) -> tuple[list[str], set[str]]:
        """Of each document the row that decided its kind; and every row that decided anything."""
        if isinstance(event, CORRECTION_EVENTS):
            due = due_documents(event, books.original_of(event), self._facts, rules)
            return [each.kind.id for each in due], {row for each in due for row in _rows_due(each)}
        line = next(each for each in self._lines if each.event_type is type(event))
        explained = explain(event, line, self._facts, rules)
        kinds = [each.kind_reason.row for each in explained]
        return kinds, {row for each in explained for row in _rows_of(each)}

    def _books_after(self, events: Sequence[Event], rules: Rules) -> Books:
        books = Books(self._lines, self._facts, rules)
        for event in events:
            books.issue(event)
        return books

    def _holds(self, issued: _Issued) -> bool:
        """Whether a case comes out as it was reviewed."""
        golden = [msgspec.json.decode(each) for each in issued.case.expected]
        made = [msgspec.json.decode(each) for each in issued.bodies]
        found = difference(golden, made, "documents")
        lines = {each.business_line for each in issued.documents}
        if found:
            self._find(issued.case, Problem.GOLDEN, str(found))
        elif lines != {issued.case.line}:
            words = f"belongs into the file of {', '.join(sorted(lines))}"
            self._find(issued.case, Problem.GOLDEN, words)
        return found is None

    def _rows(self, issued: Sequence[_Issued]) -> Count:
        """Whether every row that a business line of this service can need is needed."""
        wanted = self._loaded.pack.rows_in_use({line.name for line in self._lines})
        if not issued:
            self._find_not_run("no row is held by a golden case: issue one first")
            return Count(0, len(wanted))
        reached = frozenset[str]().union(*(each.rows for each in issued))
        for row in (each for each in self._loaded.pack.rows() if each.id in wanted - reached):
            words = f"row {row.id} is reached by no golden case: add one that needs it"
            place = place_of_row(row.id, self._texts)
            self.findings.append(Finding(*place, Problem.UNREACHED, words))
        return Count(len(wanted & reached), len(wanted))

    def _changes(self, held: Sequence[_Issued]) -> Count:
        """Whether a golden case notices when a row that it rests on says something else."""
        if any(each.problem is Problem.GOLDEN for each in self.findings):
            self._find_not_run("no change was tried: see to the golden cases first")
            return Count(0, 0)
        reached = frozenset[str]().union(*(each.rows for each in held))
        mutants = list(mutants_of(self._texts, reached))
        noticed = 0
        for at, mutant in enumerate(mutants, start=1):
            self._tell(f"change {at} of {len(mutants)}")
            # Those that rest on the changed row are the likeliest to notice.
            likeliest = sorted(held, key=lambda each: mutant.row not in each.rows)
            if self._is_noticed(mutant, likeliest):
                noticed += 1
            else:
                words = (
                    f"{mutant.subject}, {mutant.field}: {mutant.before} can become "
                    f"{mutant.after} and no golden case notices: add one that does"
                )
                finding = Finding(mutant.file, mutant.line, Problem.UNNOTICED, words)
                self.findings.append(finding)
        return Count(noticed, len(mutants))

    def _is_noticed(self, mutant: Mutant, held: Sequence[_Issued]) -> bool:
        if mutant.pack is None:
            return True
        try:
            rules = Rules(LoadedPack(mutant.pack, b"", ANY_PACK_SHA256), self._lines)
            return any(self._bodies(each, rules) != each.bodies for each in held)
        except (BrokenPack, Rejected):
            return True

    def _bodies(self, issued: _Issued, rules: Rules) -> tuple[bytes, ...]:
        documents = self._books_after(issued.after, rules).issue(issued.event)
        return tuple(map(canonical_json, documents))

    def _files(self, held: Sequence[_Issued]) -> Count:
        """Whether each document says in each language, as a file, what it must."""
        prints = [
            _Print(issued.case, document, demanded, language)
            for issued in held
            for document, demanded in zip(issued.documents, issued.demanded, strict=True)
            for language in document.languages
        ]
        said = 0
        for at, each in enumerate(prints, start=1):
            self._tell(f"file {at} of {len(prints)}")
            try:
                said += self._says_all(each)
            except ImportError as error:
                words = f"no file was read back, {error.name} is missing here: {REMEDY}"
                self._find_not_run(words)
                break
        return Count(said, len(prints))

    def _says_all(self, printed: _Print) -> bool:
        document, language = printed.document, printed.language
        text = text_of(write_pdf(view_of(document, language)))
        missing = next(unprinted(document, printed.demanded, language, text), None)
        if missing is not None:
            words = f"{missing.field}, {missing.text!r}, is not read in its file in {language}"
            self._find(printed.case, Problem.UNPRINTED, words)
        return missing is None

    def _find(self, case: GoldenCase, problem: Problem, words: str) -> None:
        self.findings.append(case.finding(problem, words))

    def _find_not_run(self, words: str) -> None:
        self.findings.append(Finding(FOLDER, None, Problem.NOT_RUN, words))


def _rows_of(document: ExplainedDocument) -> Iterator[str]:
    """Every row that decided something."""
    yield from (reason.row for reason in document.issuer.reasons)
    yield from (each.reason.row for each in (*document.charges, *document.phrases))
    taxed = (each for each in document.charges if isinstance(each, ExplainedLine))
    yield from (each.sharing.row for each in taxed if each.sharing is not None)
    decided = (document.kind_reason, document.rounding, document.numbering, document.retention)
    for reason in decided:
        yield reason.row


def _rows_due(due: Due) -> Iterator[str]:
    """The same of a correction."""
    document = due.document
    yield from (due.kind.id, due.plan.rounding_row.id, due.plan.numbering.id)
    yield due.plan.retention.id
    yield from (each.rate_id for each in document.lines)
    yield from (each.rule_id for each in document.pass_through)
    yield from offer_rows(document.lines)
    yield from (each.id for each in document.phrases)
