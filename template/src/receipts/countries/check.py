"""What is wrong with a pack, each problem with its file and line.

The loader refuses a pack at its first defect; a person who edits one wants them all, and
those, too, that only show on some day: two rows that apply at once, or none.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from receipts.countries.gaps import holes_of, overlaps_of
from receipts.countries.loader import LoadedPack, load_pack, problems_of, rule_files_of
from receipts.countries.places import member_of, place_of_problem, place_of_row
from receipts.countries.schema import misfits_of, pack_of, parsed_file
from receipts.domain.errors import BrokenPack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

    from receipts.countries.pack import Pack


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
    GOLDEN = "golden"
    """A golden case cannot be read, or the rules make other documents of its event."""
    UNREACHED = "unreached"
    """No golden case rests on a row."""
    UNNOTICED = "unnoticed"
    """A value can be changed and every golden document stays as it is."""
    UNPRINTED = "unprinted"
    """A mandatory field or another part of a document is not read in its file."""
    NOT_RUN = "not_run"
    """A proof could not be made; the pack is not proven."""


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


class Count(Struct, frozen=True):
    """How many of how many."""

    done: int
    of: int


class Proof(Struct, frozen=True):
    """What the golden cases of a pack prove."""

    cases: Count
    """Golden cases whose documents come out as they were reviewed."""
    rows: Count
    """Rows of the business lines of this service that a golden case rests on."""
    changes: Count
    """Changes of one value that a golden case notices."""
    files: Count
    """Files, one for each document and language, that say all that they must."""


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
    findings += [Finding(*place, Problem.SCHEMA, words) for place, words in misfits_of(texts)]
    if findings:
        return Report(tuple(findings), None, texts)
    pack = pack_of({member_of(name): parsed_file(name, text) for name, text in texts.items()})
    if problems := problems_of(pack):
        return Report(tuple(located(problem, texts) for problem in problems), None, texts)
    try:
        loaded = load_pack(folder)
    except BrokenPack as error:
        return Report((located(str(error), texts),), None, texts)
    return Report(tuple(_of_days(pack, texts)), loaded, texts, tuple(_unseen(pack, texts)))


def located(problem: str, texts: dict[str, str]) -> Finding:
    """A problem of the schema with the place of what its words open with."""
    return Finding(*place_of_problem(problem, texts), Problem.SCHEMA, problem)


def _of_days(pack: Pack, texts: dict[str, str]) -> Iterable[Finding]:
    """Problems of a pack that loads."""
    for row, problem in overlaps_of(pack):
        yield Finding(*place_of_row(row.id, texts), Problem.OVERLAP, problem)
    for row, problem in holes_of(pack):
        yield Finding(*place_of_row(row.id, texts), Problem.HOLE, problem)
    decided = {charge for row in pack.charge_rows() for charge in row.charge}
    for charge in pack.charges:
        if charge not in decided:
            words = f"charge {charge} has no row in rates.toml or pass_through.toml"
            yield Finding(*place_of_problem(words, texts), Problem.NO_ROW, words)


def _unseen(pack: Pack, texts: dict[str, str]) -> Iterable[UnseenRow]:
    for row in pack.rows():
        if not row.verified:
            yield UnseenRow(*place_of_row(row.id, texts), row.id, row.source)
