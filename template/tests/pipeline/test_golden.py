"""Golden cases are read whole, and whatever is no case is named with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.countries.golden import LINE_NAMES, golden_cases

from receipts.countries.check import Problem
from receipts.pipeline.golden import GoldenPack, read_golden

if TYPE_CHECKING:
    from pathlib import Path

CASE = '{\n  "taxi": {"event": {}, "documents": [{}]},\n  '


@pytest.mark.parametrize(
    ("line", "text", "at", "words"),
    [
        ("rides", f'{CASE}"van": {{"event": {{}}}}\n}}', 3, "case van: has no documents; `python"),
        (
            "rides",
            f'{CASE}"van": {{"event": {{}}, "documnets": []}}\n}}',
            3,
            "case van: Object contains unknown field `documnets`",
        ),
        ("rides", f"{CASE}van\n}}", 3, "is no JSON object of cases: JSON is malformed: "),
        ("rides", "[]", None, "is no JSON object of cases: Expected `object`, got `array`"),
        ("taxi", "{}", None, "is no business line's file; it is one of "),
    ],
)
def test_what_is_no_case_is_named_with_its_line(
    tmp_path: Path, line: str, text: str, at: int | None, words: str
) -> None:
    pack = GoldenPack(tmp_path)
    (tmp_path / "golden").mkdir()
    pack.cases_path(line).write_text(text, "utf-8")

    read = read_golden(pack, LINE_NAMES)

    (finding,) = read.findings
    assert (finding.file, finding.line, finding.problem) == (
        f"golden/{line}.json",
        at,
        Problem.GOLDEN,
    )
    assert finding.text.startswith(words)
    assert {case.name for case in read.cases} <= {"taxi"}
    with pytest.raises(LookupError, match=rf"{line}\.json: "):
        golden_cases(pack)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "golden").mkdir()
    GoldenPack(tmp_path).cases_path("rides").write_bytes(b'{"\xff": 1}')

    (finding,) = read_golden(GoldenPack(tmp_path), LINE_NAMES).findings

    assert finding.text.startswith("is no JSON object of cases: ")


def test_a_pack_without_a_golden_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="golden: has no golden case: write"):
        golden_cases(GoldenPack(tmp_path))
