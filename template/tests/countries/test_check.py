"""Every problem of a pack is found, in the file and on the line where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.countries.golden import golden_packs
from tests.countries.made_up import (
    CORRECTABLE,
    EVIDENCE,
    SOUND,
    Files,
    added,
    changed,
    offer_row,
    write_pack,
)
from tests.countries.unsound_packs import UNSOUND

from receipts.countries.check import Problem, Report, check_pack
from receipts.countries.loader import RULE_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from receipts.pipeline.golden import GoldenPack


def checked(folder: Path, files: Files) -> Report:
    return check_pack(write_pack(folder, files))


def found(report: Report) -> list[tuple[str, str, str]]:
    """File, text of the line and problem of each finding, so that a line is seen to be right."""
    return [
        (
            finding.file,
            ""
            if finding.line is None
            else " ".join(report.texts[finding.file].splitlines()[finding.line - 1].split()),
            finding.problem.value,
        )
        for finding in report.findings
    ]


def test_a_sound_pack_has_no_findings(tmp_path: Path) -> None:
    report = checked(tmp_path, SOUND)

    assert (report.findings, report.unseen) == ((), ())
    assert report.loaded is not None


@pytest.mark.parametrize("pack", golden_packs(), ids=lambda pack: pack.name)
def test_the_packs_of_this_service_are_sound(pack: GoldenPack) -> None:
    report = check_pack(pack.folder)

    assert report.findings == ()
    assert report.loaded is not None
    assert [row.row for row in report.unseen] == list(report.loaded.pack.unverified())


@pytest.mark.parametrize("case", UNSOUND, ids=[case[0] for case in UNSOUND])
def test_whatever_the_loader_refuses_is_a_finding_in_the_file_that_was_broken(
    tmp_path: Path, case: tuple[str, Files, str]
) -> None:
    name, files, _ = case
    (broken,) = [file for file in files if files[file] != SOUND.get(file)]

    report = checked(tmp_path, files)

    assert report.loaded is None
    assert {finding.problem for finding in report.findings} == {Problem.SCHEMA}
    # One id for two rows is found where it stands first.
    places = ("rates.toml", "pass_through.toml") if name == "duplicated id" else (broken,)
    assert all(finding.file in places for finding in report.findings), report.findings


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (changed("rates.toml", "category ", "categoryy "), 'categoryy = "S"'),
        (changed("rates.toml", '"10"', "10.0"), "rate_percent = 10.0"),
        (changed("rates.toml", 'id           = "qq-fare"', ""), "[[rates]]"),
        (changed("rates.toml", 'tax          = "vat"', "tax ="), "tax ="),
        (changed("issuers.toml", 'role = "agent_for"', ""), 'id = "qq-operator"'),
        (changed("issuers.toml", '"agent_for"', '"agent"'), 'role = "agent"'),
        (changed("pack.toml", "vat =", "gst ="), 'id = "qq-fare"'),
        (changed("pack.toml", ', de = "USt."', ""), 'taxes = { vat = { en = "VAT" } }'),
        (
            changed("rates.toml", 'when         = { licence = "taxi" }', "[rates.when]\nday = 1.5"),
            "[rates.when]",
        ),
        (
            changed("rates.toml", 'when         = { licence = "taxi" }', "when.day = 1.5"),
            "when.day = 1.5",
        ),
        (changed("rates.toml", '["fare"]', '["fair"]'), 'id = "qq-fare"'),
        (changed("pack.toml", '"EUR"', '"euro"'), 'currency = "euro"'),
        (
            changed("charges.toml", '{ en = "Tip", de = "Trinkgeld" }', '"Tip"'),
            'tip = "Tip"',
        ),
        (
            changed("charges.toml", '{ en = "Tip", de = "Trinkgeld" }', '{ en = "Tip" }'),
            'tip = { en = "Tip" }',
        ),
        (
            changed("phrases.toml", '"qq-tip"', '"qq-tipp"'),
            'id = "qq-phrase-tip"',
        ),
    ],
)
def test_a_problem_of_the_schema_is_found_on_its_line(
    tmp_path: Path, files: Files, line: str
) -> None:
    report = checked(tmp_path, files)

    assert [each[1] for each in found(report)] == [line]


def test_every_file_that_does_not_fit_is_reported_at_once(tmp_path: Path) -> None:
    files = {
        **changed("rates.toml", "category ", "categoryy "),
        "rounding.toml": SOUND["rounding.toml"].replace('"rate"', '"document"'),
    }
    del files["phrases.toml"]

    report = checked(tmp_path, files)

    assert [(finding.file, finding.text) for finding in report.findings] == [
        ("phrases.toml", "cannot be read: No such file or directory"),
        ("rates.toml", "row qq-fare, categoryy: is no field here; did you mean category?"),
        ("rounding.toml", "row qq-rounding, scope: 'document' is none of line, rate"),
    ]


def test_a_file_that_is_not_text_is_a_finding(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, SOUND)
    (folder / "rates.toml").write_bytes(b"\xff")

    (finding,) = check_pack(folder).findings

    assert (finding.file, finding.text) == ("rates.toml", "is not UTF-8: invalid start byte")


def test_a_folder_of_another_name_is_a_finding(tmp_path: Path) -> None:
    (finding,) = check_pack(write_pack(tmp_path, SOUND, name="qx")).findings

    assert finding.file == "pack.toml"
    assert "its folder must be named qq" in finding.text


RATE = """
[[rates]]
id           = "qq-more"
charge       = [{charges}]
tax          = "vat"
category     = "S"
rate_percent = "5"
valid_from   = {since}
source       = "made up"
checked_on   = 2026-11-24
verified     = true
when         = {{ {when} }}
"""


def more_rate(
    *, charges: str = '"fare"', since: str = "2026-01-01", when: str = 'licence = "taxi"'
) -> Files:
    row = RATE.format(charges=charges, since=since, when=when)
    return {**SOUND, "rates.toml": SOUND["rates.toml"] + row}


def test_two_rows_of_one_condition_charge_and_day_overlap(tmp_path: Path) -> None:
    report = checked(tmp_path, more_rate())

    assert found(report) == [("rates.toml", 'id = "qq-more"', "overlap")]
    assert report.findings[0].text == (
        "row qq-more and row qq-fare both decide fare from 2026-01-01"
    )


@pytest.mark.parametrize(
    "files",
    [
        more_rate(when='licence = "limousine"'),
        more_rate(charges='"levy"', when="pooled = true"),
        {
            **more_rate(),
            "rates.toml": more_rate()["rates.toml"].replace(
                "2020-01-01", "2020-01-01\nvalid_to = 2025-12-31", 1
            ),
        },
        CORRECTABLE,
    ],
    ids=["another condition", "another charge", "from the day after", "another cause"],
)
def test_rows_that_never_apply_together_do_not_overlap(tmp_path: Path, files: Files) -> None:
    assert checked(tmp_path, files).findings == ()


LEVY = 'charge=["tip"]\nkind="tip"\nreceiver="x"'
OWN = 'role="principal"\ncharge=["fare"]\nwhen = { supplier_stated = false }'
RECEIPT = 'kind="receipt"\nmandatory=[]\nwhen = { gross_minor = { below = 100_00 } }'
CREDIT_NOTES = (
    'kind="credit_note"\nmandatory=[]\ncauses=["refund"]\n'
    f'{EVIDENCE}\n[[documents]]\nid="qq-3"\nkind="receipt"\nmandatory=[]\ncauses=["refund", "tip"]'
)
NUMBERING = 'digits=4\nkind_codes={}\nformat="{supplier}-{country}-{kind}{year}-{shard}-{sequence}"'


@pytest.mark.parametrize(
    ("member", "row"),
    [
        ("pass_through", LEVY),
        ("issuers", OWN),
        ("documents", RECEIPT),
        ("documents", CREDIT_NOTES),
        ("rounding", 'scope="line"\nmode="down"'),
        ("numbering", NUMBERING),
    ],
)
def test_rows_of_every_file_that_decide_may_overlap(tmp_path: Path, member: str, row: str) -> None:
    file = f"{member}.toml"

    report = checked(tmp_path, added(file, f'[[{member}]]\nid="qq-2"\n{row}'))

    last = 'id="qq-3"' if "qq-3" in row else 'id="qq-2"'
    assert found(report) == [(file, last, "overlap")]


def test_a_charge_that_is_taxed_and_passed_through_at_once_overlaps(tmp_path: Path) -> None:
    report = checked(tmp_path, more_rate(charges='"tip"', when=""))

    assert [each[2] for each in found(report)] == ["overlap"]


def test_a_check_knows_the_file_of_combined_offers(tmp_path: Path) -> None:
    twice = offer_row("highest_rate") + offer_row("single_prices", valid_to="2025-12-31")

    report = checked(tmp_path, {**SOUND, "combined_offers.toml": twice})

    assert found(report) == [
        ("combined_offers.toml", 'id = "qq-single-prices"', "overlap"),
    ]


def test_phrases_are_free_to_stand_together(tmp_path: Path) -> None:
    row = '[[phrases]]\nid="qq-2"\ntext = { en = "a", de = "b" }'

    assert checked(tmp_path, added("phrases.toml", row)).findings == ()


CLOSED = changed("rates.toml", "2020-01-01", "2020-01-01\nvalid_to = 2025-12-31")


def closed_and(row: str) -> Files:
    return {**CLOSED, "rates.toml": CLOSED["rates.toml"] + row}


def test_a_row_that_ends_without_a_successor_leaves_a_hole(tmp_path: Path) -> None:
    report = checked(tmp_path, CLOSED)

    assert found(report) == [("rates.toml", 'id = "qq-fare"', "hole")]
    assert report.findings[0].text == ("row qq-fare ends on 2025-12-31 and no row follows for fare")


@pytest.mark.parametrize(
    ("since", "when", "holes"),
    [
        ("2026-01-01", 'licence = "taxi"', 0),
        ("2025-06-01", 'licence = "taxi"', 0),
        ("2026-01-02", 'licence = "taxi"', 1),
        ("2026-01-01", 'licence = "limousine"', 1),
        ("2026-01-01", "", 1),
    ],
)
def test_a_successor_begins_the_day_after_on_the_same_condition(
    tmp_path: Path, since: str, when: str, holes: int
) -> None:
    row = RATE.format(charges='"fare"', since=since, when=when)

    report = checked(tmp_path, closed_and(row))

    assert [each[2] for each in found(report)].count("hole") == holes


def test_a_successor_of_one_charge_leaves_a_hole_for_the_others(tmp_path: Path) -> None:
    files = {**CLOSED, "rates.toml": CLOSED["rates.toml"].replace('"fare"', '"fare", "extra"', 1)}
    files["charges.toml"] += 'extra = { en = "Extra", de = "Zuschlag" }\n'
    files["rates.toml"] += RATE.format(
        charges='"fare"', since="2026-01-01", when='licence = "taxi"'
    )

    (finding,) = checked(tmp_path, files).findings

    assert finding.text.endswith("no row follows for extra")


def test_a_law_that_moves_a_limit_leaves_no_hole(tmp_path: Path) -> None:
    old = SOUND["documents.toml"].replace("2020-01-01", "2020-01-01\nvalid_to = 2025-12-31")
    new = SOUND["documents.toml"].replace("100_00", "250_00").replace("2020-", "2026-")
    new = new.replace('id        = "qq-', 'id        = "qq-new-')

    assert checked(tmp_path, {**SOUND, "documents.toml": old + new}).findings == ()


def test_a_charge_without_a_row_is_found_on_its_line(tmp_path: Path) -> None:
    files = changed("charges.toml", "tip   =", 'extra = { en = "A", de = "B" }\ntip   =')

    report = checked(tmp_path, files)

    assert found(report) == [("charges.toml", 'extra = { en = "A", de = "B" }', "no_row")]


def test_a_row_whose_source_was_not_seen_is_listed_and_no_finding(tmp_path: Path) -> None:
    report = checked(tmp_path, changed("rates.toml", "verified   = true", "verified   = false"))

    (row,) = report.unseen
    assert report.findings == ()
    assert (row.file, row.line, row.row, row.source) == ("rates.toml", 3, "qq-fare", "made up")


def test_every_file_of_a_pack_is_read(tmp_path: Path) -> None:
    assert sorted(checked(tmp_path, SOUND).texts) == sorted(RULE_FILES)
