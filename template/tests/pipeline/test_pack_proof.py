"""A pack is proven by its golden cases, and whatever they do not prove is named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.countries.golden import LINES
from tests.countries.made_up import SOUND, changed
from tests.countries.made_up_golden import write_proven_pack

from receipts.business_lines.rides import LINE
from receipts.countries.check import Count, Finding, Problem, Proof
from receipts.countries.loader import RULE_FILES
from receipts.pipeline import pack_proof
from receipts.pipeline.pack_proof import prove_pack
from receipts.rendering.printed import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from receipts.pipeline.golden import GoldenPack

CASES = 5
FILES = 2 * CASES
"""One for each language."""


def prove(pack: GoldenPack) -> tuple[Proof, tuple[Finding, ...]]:
    texts = {name: (pack.folder / name).read_text("utf-8") for name in RULE_FILES}
    return prove_pack(pack.folder, texts, tuple(LINES.values()), lambda _: None)


def edit(pack: GoldenPack, old: str, new: str) -> None:
    """Change the golden cases at one place."""
    path = pack.cases_path("rides")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def line_of(pack: GoldenPack, finding: Finding) -> str:
    """The text of the line that a finding names."""
    assert finding.line is not None
    return (pack.folder / finding.file).read_text("utf-8").splitlines()[finding.line - 1].strip()


def test_golden_cases_that_reach_and_notice_everything_prove_a_pack(tmp_path: Path) -> None:
    proof, findings = prove(write_proven_pack(tmp_path))

    assert findings == ()
    assert (proof.cases, proof.rows) == (Count(CASES, CASES), Count(12, 12))
    assert proof.changes == Count(30, 30)
    assert proof.files == Count(FILES, FILES)


def test_what_is_being_done_is_told(tmp_path: Path) -> None:
    pack = write_proven_pack(tmp_path)
    told: list[str] = []

    prove_pack(pack.folder, SOUND, tuple(LINES.values()), told.append)

    assert told[0] == f"{CASES} golden cases"
    assert "change 30 of 30" in told
    assert told[-1] == f"file {FILES} of {FILES}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            '"payable_minor": 1386',
            '"payable_minor": 1387',
            "documents[0].totals.payable_minor is 1387 in the golden, the rules make 1386",
        ),
        (
            '"kind": "receipt"',
            '"kind": "receipt", "colour": "red"',
            'documents[0].colour is "red" in the golden, the rules make absent',
        ),
        ('"sequence": 1,', "", "documents[0].sequence is absent in the golden, the rules make 1"),
        (
            '"languages": [\n          "en",',
            '"languages": [',
            "documents[0].languages is 1 of them in the golden, the rules make 2 of them",
        ),
        (
            '"payment": null,\n        "phrases"',
            '"payment": {},\n        "phrases"',
            "documents[0].payment is a part in the golden, the rules make null",
        ),
    ],
)
def test_a_golden_that_differs_is_named_with_case_and_first_field(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    pack = write_proven_pack(tmp_path)
    edit(pack, old, new)

    proof, (finding, untried) = prove(pack)

    assert (finding.file, finding.problem) == ("golden/rides.json", Problem.GOLDEN)
    assert finding.text == f"case every-charge: {words}"
    assert line_of(pack, finding) == '"every-charge": {'
    assert proof.cases == Count(CASES - 1, CASES)
    # A change that such a case "notices" would prove nothing.
    assert (untried.problem, proof.changes) == (Problem.NOT_RUN, Count(0, 0))
    assert untried.text == "no change was tried: see to the golden cases first"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"total_minor": 1386', '"total_minor": 1385', "its event is refused, total_differs: The "),
        ('"distance_m": 7840', '"distance_m": "far"', "its event cannot be read: Expected `int`"),
    ],
)
def test_a_golden_whose_event_leads_to_nothing_is_named(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    pack = write_proven_pack(tmp_path)
    edit(pack, old, new)

    proof, findings = prove(pack)

    assert findings[0].text.startswith(f"case every-charge: {words}")
    assert proof.cases == Count(CASES - 1, CASES)


def test_a_case_in_the_file_of_another_business_line_is_named(tmp_path: Path) -> None:
    pack = write_proven_pack(tmp_path)
    pack.cases_path("rides").rename(pack.cases_path("walks"))
    walks = msgspec.structs.replace(LINE, name="walks")

    _, findings = prove_pack(pack.folder, SOUND, (walks, LINE), lambda _: None)

    assert findings[0].text == "case every-charge: belongs into the file of rides"


@pytest.mark.parametrize(
    ("without", "rows"),
    [
        ("every-charge", {"qq-tip", "qq-levy", "qq-share", "qq-phrase-tip"}),
        ("operator", {"qq-operator"}),
        ("smallest-invoice", {"qq-invoice"}),
    ],
)
def test_a_row_that_no_case_reaches_is_named_on_its_line(
    tmp_path: Path, without: str, rows: set[str]
) -> None:
    pack = write_proven_pack(tmp_path, without=without)

    proof, findings = prove(pack)

    unreached = [each for each in findings if each.problem is Problem.UNREACHED]
    assert {line_of(pack, each).partition("=")[2].strip(' "') for each in unreached} == rows
    assert all("is reached by no golden case: add one that" in each.text for each in unreached)
    assert proof.rows == Count(12 - len(rows), 12)


@pytest.mark.parametrize(
    ("without", "change", "line"),
    [
        (
            "two-small-fares",
            'row qq-rounding, scope: "rate" can become "line"',
            'scope = "rate"',
        ),
        (
            "largest-receipt",
            "row qq-receipt, when.gross_minor.below: 10000 can become 9999",
            "when      = { gross_minor = { below = 100_00 } }",
        ),
    ],
)
def test_a_change_that_no_case_notices_is_named_with_both_values(
    tmp_path: Path, without: str, change: str, line: str
) -> None:
    pack = write_proven_pack(tmp_path, without=without)

    proof, findings = prove(pack)

    unnoticed = [each for each in findings if each.problem is Problem.UNNOTICED]
    (found,) = [each for each in unnoticed if each.text.startswith(change)]
    assert found.text == f"{change} and no golden case notices: add one that does"
    assert line_of(pack, found) == line
    assert proof.changes.of - proof.changes.done == len(unnoticed)


def test_a_name_of_a_charge_that_stands_on_no_document_is_a_change_nobody_notices(
    tmp_path: Path,
) -> None:
    files = changed("rates.toml", '["fare"]', '["fare", "extra"]')
    files["charges.toml"] += 'extra = { en = "Extra", de = "Zuschlag" }\n'

    _, findings = prove(write_proven_pack(tmp_path, files))

    assert [(each.file, each.line, each.problem) for each in findings] == [
        ("charges.toml", 6, Problem.UNNOTICED),
        ("charges.toml", 6, Problem.UNNOTICED),
    ]
    assert findings[1].text.startswith('charge extra, de: "Zuschlag" can become "Zuschlag."')


def test_a_mandatory_field_that_no_reader_sees_is_named(tmp_path: Path) -> None:
    files = changed("documents.toml", '"supplier.name", "lines"', '"supplier.name", "event.source"')

    proof, findings = prove(write_proven_pack(tmp_path, files))

    assert {each.problem for each in findings} == {Problem.UNPRINTED}
    assert findings[0].text == (
        "case every-charge: event.source, '/made-up', is not read in its file in en"
    )
    assert proof.files == Count(2, FILES)


def test_a_file_that_lacks_a_part_of_its_document_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_proof, "text_of", lambda pdf: text_of(pdf).replace("Danke.", ""))

    proof, (finding,) = prove(write_proven_pack(tmp_path))

    assert finding.text == (
        "case every-charge: phrases[0].text, 'Danke.', is not read in its file in de"
    )
    assert proof.files == Count(FILES - 1, FILES)


def test_where_files_cannot_be_read_back_the_pack_is_not_proven_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)

    proof, (finding,) = prove(write_proven_pack(tmp_path))

    assert finding.problem is Problem.NOT_RUN
    assert finding.text.startswith("no file was read back, pypdfium2 is missing here: install the ")
    assert proof.files == Count(0, FILES)


def test_a_pack_without_a_case_is_not_proven(tmp_path: Path) -> None:
    pack = write_proven_pack(tmp_path)
    pack.cases_path("rides").unlink()

    proof, findings = prove(pack)

    assert [(each.problem, each.line) for each in findings] == [
        (Problem.GOLDEN, None),
        (Problem.NOT_RUN, None),
        (Problem.NOT_RUN, None),
    ]
    assert proof == Proof(Count(0, 0), Count(0, 12), Count(0, 0), Count(0, 0))


def test_a_pack_without_the_company_of_its_cases_is_not_proven(tmp_path: Path) -> None:
    pack = write_proven_pack(tmp_path)
    (pack.folder / "golden" / "issuers.toml").unlink()

    proof, (finding,) = prove(pack)

    assert (finding.file, finding.problem) == ("golden/issuers.toml", Problem.NOT_RUN)
    assert proof.cases == Count(0, 0)


def test_a_golden_that_exists_in_another_form_is_the_same_document(tmp_path: Path) -> None:
    pack = write_proven_pack(tmp_path)
    path = pack.cases_path("rides")
    path.write_bytes(msgspec.json.format(path.read_bytes(), indent=0))

    _, findings = prove(pack)

    assert findings == ()
