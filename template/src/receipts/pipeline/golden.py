"""Golden cases of a pack: one event in, reviewed documents out, kept in its ``golden/``.

Each business line has one file, such as ``rides.json``: by name of the case, an event
as it arrives and the documents that were issued for it, indented so that a person can
review it. A correction comes ``after`` the events that it rests on. ``issuers.toml``
names our own company, so a team's real one changes no golden.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from receipts.countries.check import Finding, Problem
from receipts.countries.loader import load_pack
from receipts.engine.facts import Facts
from receipts.infrastructure.legal_entities import load_legal_entities

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from receipts.countries.loader import LoadedPack

FOLDER = "golden"

ISSUED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""When every golden document is issued."""

ANY_PACK_SHA256 = "0" * 64
"""Stands for the pack's hash: a golden must outlive a new row that it does not rest on."""

_AT_BYTE = re.compile(r" \(byte (\d+)\)")
"""Where msgspec says that a file stops being JSON."""


class KeptCase(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """A case as the file of its business line holds it."""

    event: Raw
    after: tuple[Raw, ...] = ()
    """Events that were issued before, in their order; those that a correction corrects."""
    documents: tuple[Raw, ...] = ()
    """Empty until they were issued for review."""


class GoldenPack(Struct, frozen=True):
    """A pack, with what its golden cases are issued with."""

    folder: Path

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @property
    def facts(self) -> Facts:
        """The frozen world of every golden case: our company, noon of one day, one shard.

        Raises:
            BrokenLegalEntities: ``issuers.toml`` is absent or does not fit.
        """
        entities = load_legal_entities(self.folder / FOLDER / "issuers.toml")
        return Facts(ISSUED_AT, entities, shards=1)

    def load(self) -> LoadedPack:
        """The pack as goldens are issued with it."""
        return replace(load_pack(self.folder), sha256=ANY_PACK_SHA256)

    def cases_path(self, line: str) -> Path:
        """Where the cases of a business line are."""
        return self.folder / FOLDER / f"{line}.json"


class GoldenCase(Struct, frozen=True):
    """An event, and the documents that must be issued for it."""

    pack: GoldenPack
    line: str
    """The business line in whose file it stands."""
    name: str
    after: tuple[bytes, ...]
    """Events that were issued before it, as they arrive."""
    event: bytes
    """The event as it arrives."""
    expected: tuple[str, ...]
    """The documents as they were reviewed: JSON, indented."""
    at: int | None
    """Its line in the file."""

    def __str__(self) -> str:
        return f"{self.pack.name}/{self.line}/{self.name}"

    def finding(self, problem: Problem, words: str) -> Finding:
        """A problem of this case."""
        return _finding(self.line, self.at, f"case {self.name}: {words}", problem)


class GoldenCases(Struct, frozen=True):
    """What the golden folder of a pack holds."""

    cases: tuple[GoldenCase, ...]
    """Those with documents."""
    findings: tuple[Finding, ...]


def read_golden(pack: GoldenPack, lines: Collection[str]) -> GoldenCases:
    """Every case of a pack, and what cannot be taken for one.

    Args:
        pack: The pack.
        lines: Names of the business lines of this service.
    """
    cases: list[GoldenCase] = []
    findings: list[Finding] = []
    for path in sorted((pack.folder / FOLDER).glob("*.json")):
        if path.stem in lines:
            for each in _cases_in(path, pack):
                cases.append(each) if isinstance(each, GoldenCase) else findings.append(each)
        else:
            words = f"is no business line's file; it is one of {', '.join(sorted(lines))}"
            findings.append(_finding(path.stem, None, words))
    if not cases and not findings:
        words = 'has no golden case: write "NAME": {"event": ...} into the file of a business line'
        findings.append(Finding(FOLDER, None, Problem.GOLDEN, words))
    return GoldenCases(tuple(cases), tuple(findings))


def _cases_in(path: Path, pack: GoldenPack) -> Iterator[GoldenCase | Finding]:
    content, line = path.read_bytes(), path.stem
    try:
        text = content.decode()
        by_name = msgspec.json.decode(content, type=dict[str, Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        byte = _AT_BYTE.search(str(error))
        at = content.count(b"\n", 0, int(byte[1])) + 1 if byte else None
        yield _finding(line, at, f"is no JSON object of cases: {_AT_BYTE.sub('', str(error))}")
        return
    for name, case in by_name.items():
        at = _line_of_case(name, text)
        try:
            kept = msgspec.json.decode(case, type=KeptCase)
        except msgspec.ValidationError as error:
            yield _finding(line, at, f"case {name}: {error}")
            continue
        if kept.documents:
            documents = tuple(map(indented, kept.documents))
            after = tuple(map(bytes, kept.after))
            yield GoldenCase(pack, line, name, after, bytes(kept.event), documents, at)
        else:
            command = f"python -m tests.countries.write_golden {pack.name} {line} {name}"
            words = f"case {name}: has no documents; `{command}` issues them for your review"
            yield _finding(line, at, words)


def _finding(line: str, at: int | None, words: str, problem: Problem = Problem.GOLDEN) -> Finding:
    return Finding(f"{FOLDER}/{line}.json", at, problem, words)


def _line_of_case(name: str, text: str) -> int | None:
    """Where a case begins; an indented file has it at the second column."""
    key = re.escape(json.dumps(name, ensure_ascii=False))
    found = re.search(rf"^ {{0,2}}{key}\s*:", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None


def indented(content: bytes | Raw) -> str:
    """JSON made readable, its values and their order untouched."""
    return msgspec.json.format(bytes(content), indent=2).decode()


class Difference(Struct, frozen=True):
    """The first value in which two JSON values differ."""

    path: str
    """For example ``[0].totals.tax_minor``."""
    golden: Any
    made: Any

    def __str__(self) -> str:
        golden, made = _shown(self.golden), _shown(self.made)
        return f"{self.path} is {golden} in the golden, the rules make {made}"


_ABSENT = object()


def difference(golden: Any, made: Any, path: str = "") -> Difference | None:
    """Where two JSON values differ first, in the order in which they are written."""
    if isinstance(golden, dict) and isinstance(made, dict):
        pairs = {
            f"{path}.{key}": (golden.get(key, _ABSENT), made.get(key, _ABSENT))
            for key in (*golden, *(each for each in made if each not in golden))
        }
    elif isinstance(golden, list) and isinstance(made, list) and len(golden) == len(made):
        pairs = {f"{path}[{at}]": pair for at, pair in enumerate(zip(golden, made, strict=True))}
    else:
        return None if golden == made else Difference(path.removeprefix("."), golden, made)
    found = (difference(before, after, where) for where, (before, after) in pairs.items())
    return next((each for each in found if each), None)


def _shown(value: Any) -> str:
    """A value in a few words: the whole of a part would hide what differs."""
    if value is _ABSENT:
        return "absent"
    if isinstance(value, list):
        return f"{len(value)} of them"
    return "a part" if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
