"""Golden cases: what a pack's law makes of an event, reviewed once and kept."""

from __future__ import annotations

import json

import pytest
from tests.countries.golden import (
    LINE_NAMES,
    LINES,
    cases_as_kept,
    documents_of,
    every_golden_case,
    expectation_of_case,
    golden_cases,
    golden_packs,
    issue_case,
    read_cases,
    read_event,
    rules_of,
)
from tests.countries.independent import said

from receipts.countries.loader import RULE_FILES, load_pack
from receipts.domain.corrections import CORRECTION_EVENTS
from receipts.pipeline.golden import ISSUED_AT, GoldenCase, GoldenPack, indented
from receipts.pipeline.moments import check_moments, check_order
from receipts.pipeline.pack_proof import prove_pack
from receipts.rendering.canonical import canonical_json

each_case = pytest.mark.parametrize("case", every_golden_case(), ids=str)
each_pack = pytest.mark.parametrize("pack", golden_packs(), ids=lambda pack: pack.name)


@each_case
def test_an_issued_document_equals_its_golden_one_byte_for_byte(case: GoldenCase) -> None:
    documents = issue_case(case, case.pack.facts, rules_of(case.pack.load()))

    bodies = [canonical_json(document) for document in documents]
    assert tuple(map(indented, bodies)) == case.expected
    assert bodies == as_issued(case)


@each_case
def test_a_golden_document_says_what_the_independent_calculation_says(case: GoldenCase) -> None:
    assert [said(json.loads(each)) for each in case.expected] == expectation_of_case(
        case, case.pack
    ).says


@pytest.mark.parametrize("case", [each for each in every_golden_case() if each.after], ids=str)
def test_a_golden_correction_comes_after_what_it_corrects(case: GoldenCase) -> None:
    events = [read_event(each) for each in (*case.after, case.event)]
    issued = {(each.source, each.id): each for each in events}
    corrections = [each for each in events if isinstance(each, CORRECTION_EVENTS)]

    assert corrections
    for each in events:
        check_moments(each, ISSUED_AT)
    for each in corrections:
        named = each.data.original
        check_order(each, issued[named.source, named.id])


@each_case
def test_a_golden_case_stands_in_the_file_of_its_business_line(case: GoldenCase) -> None:
    lines = {document.business_line for document in documents_of(case)}

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
    expectations = [expectation_of_case(case, case.pack) for case in golden_cases(pack)]
    reached = frozenset[str]().union(*(each.rows for each in expectations))
    rows = pack.load().pack.rows_in_use(LINE_NAMES)

    assert not rows - reached, f"no golden case of {pack.name} reaches {sorted(rows - reached)}"
    assert reached <= rows


@each_pack
def test_a_pack_is_proven_by_its_golden_cases(pack: GoldenPack) -> None:
    texts = {name: (pack.folder / name).read_text(encoding="utf-8") for name in RULE_FILES}

    proof, findings = prove_pack(pack.folder, texts, tuple(LINES.values()), print)

    assert findings == ()
    counts = (proof.cases, proof.rows, proof.changes, proof.files)
    assert all(count.done == count.of > 0 for count in counts)
    assert proof.cases.of == len(golden_cases(pack))
    assert proof.rows.of == len(pack.load().pack.rows_in_use(LINE_NAMES)) < proof.changes.of


def test_a_document_names_the_pack_that_made_it() -> None:
    pack = golden_packs()[0]
    loaded = load_pack(pack.folder)

    documents = issue_case(golden_cases(pack)[0], pack.facts, rules_of(loaded))

    assert {document.pack_sha256 for document in documents} == {loaded.sha256}


def as_issued(case: GoldenCase) -> list[bytes]:
    """The canonical bytes of its documents."""
    return list(map(canonical_json, documents_of(case)))
