"""What is wrong with a pack, each problem with its file and line.

The loader refuses a pack at its first defect; a person who edits one wants them all, and
those, too, that only show on some day: two rows that apply at once, or none.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from receipts.countries.gaps import holes_of, overlaps_of
from receipts.countries.loader import (
    LoadedPack,
    load_pack,
    member_of,
    parsed_file,
    problems_of,
    rule_files_of,
)
from receipts.countries.pack import Identity, Pack
from receipts.domain.documents import Texts
from receipts.domain.errors import BrokenPack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

SYNTAX_LINE = re.compile(r"at line (\d+)")
"""Where `tomllib` says that a file stops being TOML."""

Misfit = tuple[int | None, str]
"""Line and words of something that does not fit the schema."""

NAMED = re.compile(r"(row|charge|tax)(?: id)? '?([A-Za-z0-9_-]+)", re.IGNORECASE)
"""What a problem is about, as its words open."""


class Problem(Enum):
    """What sort of problem it is."""

    SCHEMA = "schema"
    """The pack is refused."""
    OVERLAP = "overlap"
    """Two rows apply at once: events of those days are refused."""
    HOLE = "hole"
    """A row ends and no row follows it: events from then on are refused."""
    NO_ROW = "no_row"
    """A charge has a name and no row that says what becomes of it."""


class Finding(Struct, frozen=True):
    """A problem and where it is."""

    file: str
    line: int | None
    """None for a file as a whole."""
    problem: Problem
    text: str


class UnseenRow(Struct, frozen=True):
    """A row whose source nobody has seen; production refuses it unless it is accepted by id."""

    file: str
    line: int | None
    row: str
    source: str


class Report(Struct, frozen=True):
    """Everything that there is to say about a pack."""

    findings: tuple[Finding, ...]
    loaded: LoadedPack | None
    """None where the pack is refused."""
    texts: dict[str, str]
    """Its files, by name."""
    unseen: tuple[UnseenRow, ...] = ()


def check_pack(folder: Traversable) -> Report:
    """Look at a folder of a pack; nothing is refused, everything is reported."""
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for name in rule_files_of(folder):
        try:
            texts[name] = folder.joinpath(name).read_text(encoding="utf-8")
        except OSError as error:
            words = f"cannot be read: {error.strerror}"
            findings.append(Finding(name, None, Problem.SCHEMA, words))
        except UnicodeDecodeError as error:
            findings.append(Finding(name, None, Problem.SCHEMA, f"is not UTF-8: {error.reason}"))
    for name, text in texts.items():
        findings.extend(_misfits(name, text))
    if findings:
        return Report(tuple(findings), None, texts)
    pack = _unchecked(texts)
    if problems := problems_of(pack):
        return Report(tuple(located(problem, texts) for problem in problems), None, texts)
    try:
        loaded = load_pack(folder)
    except BrokenPack as error:
        return Report((located(str(error), texts),), None, texts)
    return Report(tuple(_of_days(pack, texts)), loaded, texts, tuple(_unseen(pack, texts)))


def located(problem: str, texts: dict[str, str]) -> Finding:
    """A problem of the schema with the place of what its words open with."""
    named = NAMED.match(problem)
    file, line = _place(named[1].lower(), named[2], texts) if named else ("pack.toml", None)
    return Finding(file, line, Problem.SCHEMA, problem.removeprefix("pack.toml: "))


def _place(what: str, name: str, texts: dict[str, str]) -> tuple[str, int | None]:
    if what == "row":
        return next(
            ((file, line) for file, text in texts.items() if (line := _line_of_row(name, text))),
            ("pack.toml", None),
        )
    file = "charges.toml" if what == "charge" else "pack.toml"
    return file, _line_of(_key(name), texts[file])


def _misfits(name: str, text: str) -> Iterator[Finding]:
    """Where a file does not fit the schema, row by row."""
    try:
        parsed = parsed_file(name, text)
    except BrokenPack as error:
        line = SYNTAX_LINE.search(str(error))
        words = str(error).removeprefix(f"{name} ").rstrip(".")
        yield Finding(name, int(line[1]) if line else None, Problem.SCHEMA, words)
        return
    wanted = next(each.type for each in fields(Pack) if each.name == member_of(name))
    if isinstance(parsed, list):
        misfits = _misfits_of_rows(parsed, get_args(wanted)[0], name, text)
    elif wanted is Identity:
        misfits = _misfits_of_identity(parsed, text)
    else:
        misfits = _misfits_of_texts(parsed, text)
    for line_of_it, words in misfits:
        yield Finding(name, line_of_it, Problem.SCHEMA, words)


def _misfits_of_rows(rows: list[Any], wanted: Any, name: str, text: str) -> Iterator[Misfit]:
    for at, row in enumerate(rows):
        for words, path in _misfit(row, wanted):
            row_id = row.get("id") if isinstance(row, dict) else None
            line = _line_of_row(row_id, text) or _line_of_header(member_of(name), at, text)
            field = path.removeprefix("$").removeprefix(".")
            about = f"row {row_id or at + 1}" + (f", {field}" if field else "")
            yield line, f"{about}: {words}"


def _misfits_of_identity(identity: Any, text: str) -> Iterator[Misfit]:
    for words, path in _misfit(identity, Identity):
        key = path.removeprefix("$").removeprefix(".")
        first = key.partition(".")[0].partition("[")[0]
        line = _line_of(rf"\[?{re.escape(first)}\b", text) if first else None
        yield line, f"{key}: {words}" if key else words


def _misfits_of_texts(texts: dict[str, Any], text: str) -> Iterator[Misfit]:
    for charge, value in texts.items():
        for words, _ in _misfit(value, Texts):
            yield _line_of(_key(charge), text), f"charge {charge}: {words}"


def _misfit(value: Any, wanted: Any) -> Iterator[tuple[str, str]]:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `")
        yield words, path.rstrip("`")


def _unchecked(texts: dict[str, str]) -> Pack:
    members = {member_of(name): parsed_file(name, text) for name, text in texts.items()}
    return msgspec.convert(members, Pack)


def _of_days(pack: Pack, texts: dict[str, str]) -> Iterable[Finding]:
    """Problems of a pack that loads."""
    for row, problem in overlaps_of(pack):
        yield Finding(*_place("row", row.id, texts), Problem.OVERLAP, problem)
    for row, problem in holes_of(pack):
        yield Finding(*_place("row", row.id, texts), Problem.HOLE, problem)
    decided = {charge for row in pack.charge_rows() for charge in row.charge}
    for charge in pack.charges:
        if charge not in decided:
            words = f"charge {charge} has no row in rates.toml or pass_through.toml"
            yield Finding(*_place("charge", charge, texts), Problem.NO_ROW, words)


def _unseen(pack: Pack, texts: dict[str, str]) -> Iterable[UnseenRow]:
    for row in pack.rows():
        if not row.verified:
            yield UnseenRow(*_place("row", row.id, texts), row.id, row.source)


def _key(name: str) -> str:
    return rf"[\"']?{re.escape(name)}[\"']?\s*="


def _line_of_row(row_id: object, text: str) -> int | None:
    return _line_of(rf"id\s*=\s*[\"']{re.escape(str(row_id))}[\"']", text)


def _line_of_header(member: str, at: int, text: str) -> int | None:
    headers = [*re.finditer(rf"^\s*\[\[{member}\]\]", text, re.MULTILINE)]
    return text.count("\n", 0, headers[at].end()) + 1 if at < len(headers) else None


def _line_of(pattern: str, text: str) -> int | None:
    found = re.search(rf"^[ \t]*{pattern}", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None
