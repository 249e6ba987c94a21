"""Golden cases: what a pack's law makes of an event, reviewed once and kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace
from tests.countries.golden import (
    ANY_PACK_SHA256,
    GoldenCase,
    GoldenPack,
    cases_as_kept,
    every_golden_case,
    golden_cases,
    golden_packs,
    indented_each,
    issue,
    read_cases,
    rows_in_use,
    rules_of,
)
from tests.countries.independent import read_tables, said
from tests.countries.mutants import frozen, mutants_of

from receipts.countries.loader import load_pack, unfreeze_pack
from receipts.domain.errors import BrokenPack, Rejected
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    from pathlib import Path


each_case = pytest.mark.parametrize("case", every_golden_case(), ids=str)
each_pack = pytest.mark.parametrize("pack", golden_packs(), ids=lambda pack: pack.name)


@each_case
def test_an_issued_document_equals_its_golden_one_byte_for_byte(case: GoldenCase) -> None:
    documents = issue(case.event, case.pack.facts, rules_of(case.pack.load()))

    bodies = [canonical_json(document) for document in documents]
    assert indented_each(bodies) == case.expected
    assert bodies == as_issued(case)


@each_case
def test_a_golden_document_says_what_the_independent_calculation_says(case: GoldenCase) -> None:
    assert [said(json.loads(each)) for each in case.expected] == case.expectation.says


@each_case
def test_a_golden_case_stands_in_the_file_of_its_business_line(case: GoldenCase) -> None:
    lines = {read_document(each.encode()).business_line for each in case.expected}

    assert lines == {case.line}


@each_pack
def test_a_file_of_golden_cases_is_sorted_and_indented_so_that_a_change_is_all_one_sees(
    pack: GoldenPack,
) -> None:
    for line in {case.line for case in golden_cases(pack)}:
        path = pack.cases_path(line)

        # A name that stands there twice would be read once: it would be missing here.
        assert path.read_text(encoding="utf-8") == cases_as_kept(read_cases(path))


@each_pack
def test_every_row_of_a_pack_is_reached_by_a_golden_case(pack: GoldenPack) -> None:
    reached = frozenset[str]().union(*(case.expectation.rows for case in golden_cases(pack)))
    rows = rows_in_use(read_tables(pack.folder))

    assert not rows - reached, f"no golden case of {pack.name} reaches {sorted(rows - reached)}"
    assert reached <= rows


@each_pack
def test_a_change_of_any_rate_amount_threshold_day_or_text_changes_a_golden_document(
    pack: GoldenPack,
) -> None:
    goldens = [(case.event, as_issued(case)) for case in golden_cases(pack)]
    mutants = list(mutants_of(pack.folder))

    unnoticed = [
        mutant.name for mutant in mutants if not _is_noticed(mutant.content, pack, goldens)
    ]

    assert len(mutants) > len(rows_in_use(read_tables(pack.folder)))
    assert not unnoticed


@each_pack
def test_a_pack_that_is_not_changed_changes_no_golden_document(pack: GoldenPack) -> None:
    goldens = [(case.event, as_issued(case)) for case in golden_cases(pack)]
    tables = {name: table for name, table in read_tables(pack.folder).items() if name != "sample"}

    assert not _is_noticed(frozen(tables), pack, goldens)


def test_a_document_names_the_pack_that_made_it() -> None:
    pack = golden_packs()[0]
    loaded = load_pack(pack.folder)

    documents = issue(golden_cases(pack)[0].event, pack.facts, rules_of(loaded))

    assert {document.pack_sha256 for document in documents} == {loaded.sha256}


def test_a_pack_without_a_golden_case_is_refused(tmp_path: Path) -> None:
    (tmp_path / "golden").mkdir()

    with pytest.raises(LookupError, match="has no golden case"):
        golden_cases(GoldenPack(tmp_path))


def test_a_golden_case_without_its_document_is_refused(tmp_path: Path) -> None:
    pack = GoldenPack(tmp_path)
    (tmp_path / "golden").mkdir()
    pack.cases_path("rides").write_text('{"taxi": {"event": {}}}')

    with pytest.raises(LookupError, match=r"rides\.json: \['taxi'\] without documents"):
        golden_cases(pack)


def test_a_golden_case_with_a_misspelt_part_is_refused(tmp_path: Path) -> None:
    pack = GoldenPack(tmp_path)
    (tmp_path / "golden").mkdir()
    pack.cases_path("rides").write_text('{"taxi": {"event": {}, "documnets": []}}')

    with pytest.raises(msgspec.ValidationError, match="documnets"):
        golden_cases(pack)


def test_a_golden_file_of_no_business_line_is_refused(tmp_path: Path) -> None:
    pack = GoldenPack(tmp_path)
    (tmp_path / "golden").mkdir()
    pack.cases_path("taxi").write_text("{}")

    with pytest.raises(LookupError, match=r"taxi\.json is no business line's file; it is one of"):
        golden_cases(pack)


def as_issued(case: GoldenCase) -> list[bytes]:
    """The canonical bytes of its documents."""
    return [canonical_json(read_document(each.encode())) for each in case.expected]


def _is_noticed(content: bytes, pack: GoldenPack, goldens: list[tuple[bytes, list[bytes]]]) -> bool:
    try:
        loaded = unfreeze_pack(content)
        rules = rules_of(replace(loaded, sha256=ANY_PACK_SHA256))
        return any(
            [canonical_json(each) for each in issue(event, pack.facts, rules)] != expected
            for event, expected in goldens
        )
    except (BrokenPack, Rejected):
        return True
