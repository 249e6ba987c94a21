"""``receipts pack check`` answers with every problem, its file and its line."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.countries.made_up_golden import write_proven_pack

from receipts.countries.loader import load_pack, shipped_packs

if TYPE_CHECKING:
    from tests.service import Command, Service

RATES = "config/countries/qq/rates.toml"


def edit(service: Service, file: str, old: str, new: str) -> None:
    path = service.config / "countries" / "qq" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.usefixtures("service")
def test_packs_that_are_sound_are_said_to_be_so(receipts: Command) -> None:
    answer = receipts("pack", "check", "--quick")

    said = [line.split() for line in answer.out.splitlines() if not line.startswith(" ")]
    assert (answer.code, answer.err) == (0, "")
    assert sorted(said) == sorted(
        [code, "sound;", "not", "proven"]
        for code in ["QQ", *(pack.name.upper() for pack in shipped_packs())]
    )


@pytest.mark.usefixtures("service")
def test_one_pack_is_checked_alone_in_either_case(receipts: Command) -> None:
    assert receipts("pack", "check", "--quick", "QQ") == (0, "QQ     sound; not proven\n", "")
    assert receipts("pack", "check", "--quick", "qq") == (0, "QQ     sound; not proven\n", "")


def test_a_finding_is_told_with_file_and_line_and_exit_code_1(
    service: Service, receipts: Command
) -> None:
    edit(service, "rates.toml", "2020-01-01", "2020-01-01\nvalid_to = 2025-12-31")

    answer = receipts("pack", "check", "--quick")

    assert (answer.code, answer.err) == (1, "")
    assert (
        f"QQ     1 finding(s); not proven\n  {RATES}:3: row qq-fare ends on 2025-12-31 and no row "
        "follows for fare\n"
    ) in answer.out


def test_a_pack_that_is_refused_is_told_the_same_way(service: Service, receipts: Command) -> None:
    edit(service, "rates.toml", 'category     = "S"', 'category     = "X"')

    answer = receipts("pack", "check", "--quick", "QQ")

    assert answer.code == 1
    assert f"  {RATES}:6: row qq-fare, category: 'X' is none of S, Z, E, O\n" in answer.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("licence =", "license =", "rates.toml:3: Row qq-fare depends on 'license'"),
        (
            '"supplier.name"',
            '"supplier.nam"',
            "documents.toml:3: Row qq-receipt demands 'supplier.nam', which no document has",
        ),
    ],
)
def test_what_no_event_states_and_no_document_has_is_a_finding(
    service: Service, receipts: Command, old: str, new: str, words: str
) -> None:
    edit(service, words.partition(":")[0], old, new)

    answer = receipts("pack", "check", "--quick", "QQ")

    assert answer.code == 1
    assert words in answer.out


def test_rows_whose_source_was_not_seen_are_listed_with_it(
    service: Service, receipts: Command
) -> None:
    edit(service, "rates.toml", "verified   = true", "verified   = false")

    answer = receipts("pack", "check", "--quick", "QQ")

    assert (
        answer.out
        == f"QQ     sound; not proven\n  {RATES}:3: source of qq-fare not seen: made up\n"
    )
    assert answer.code == 0


def test_a_machine_reads_a_line_for_each_pack(service: Service, receipts: Command) -> None:
    edit(service, "rates.toml", "verified   = true", "verified   = false")
    edit(service, "charges.toml", "tip   =", 'extra = { en = "A", de = "B" }\ntip   =')

    answer = receipts("pack", "check", "--quick", "QQ", "--json")

    assert answer.code == 1
    assert msgspec.json.decode(answer.out) == {
        "seconds": msgspec.json.decode(answer.out)["seconds"],
        "proof": None,
        "code": "QQ",
        "folder": "config/countries/qq",
        "findings": [
            {
                "file": "charges.toml",
                "line": 3,
                "problem": "no_row",
                "text": "charge extra has no row in rates.toml or pass_through.toml",
            }
        ],
        "unseen": [{"file": "rates.toml", "line": 3, "row": "qq-fare", "source": "made up"}],
    }


def test_a_pack_of_a_shipped_code_is_a_finding(service: Service, receipts: Command) -> None:
    shipped = next(iter(shipped_packs()))
    folder = service.config / "countries" / shipped.name
    folder.mkdir()
    for name, text in msgspec.json.decode(load_pack(shipped).content).items():
        (folder / name).write_text(text, "utf-8")

    answer = receipts("pack", "check", "--quick", shipped.name)

    assert answer.code == 1
    assert (
        f"config/countries/{shipped.name}/pack.toml: a pack of this code is shipped" in answer.out
    )
    assert answer.out.count("cannot be replaced") == 1


def test_a_service_without_any_pack_is_told_so_in_words(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receipts.cli.pack_check.shipped_packs", tuple)
    monkeypatch.setenv("RECEIPTS_RULES__TEAM_PACKS", "nowhere")

    answer = receipts("pack", "check", "--quick")

    assert service.folder.exists()
    assert (answer.code, answer.out) == (2, "")
    assert "No country pack is installed; add one under nowhere/." in answer.err


@pytest.fixture
def proven(service: Service) -> Service:
    """The service, its pack with golden cases that prove it."""
    shutil.rmtree(service.config / "countries" / "qq")
    write_proven_pack(service.config / "countries")
    return service


@pytest.mark.usefixtures("proven")
def test_a_pack_is_proven_by_its_golden_cases_and_says_by_how_many(receipts: Command) -> None:
    answer = receipts("pack", "check", "QQ")

    assert (answer.code, answer.err) == (0, "")
    assert re.fullmatch(
        r"QQ     sound; 5 of 5 golden cases hold, 12 of 12 rows reached, 30 of 30 changes noticed, "
        r"10 of 10 files read back, in \d+\.\d s\n",
        answer.out,
    )


def test_what_is_not_proven_is_told_with_file_and_line_and_exit_code_1(
    proven: Service, receipts: Command
) -> None:
    edit(proven, "golden/rides.json", '"payable_minor": 1386', '"payable_minor": 1387')

    answer = receipts("pack", "check", "QQ")

    assert (answer.code, answer.err) == (1, "")
    assert answer.out.startswith("QQ     2 finding(s); 4 of 5 golden cases hold, 12 of 12 rows ")
    assert (
        "  config/countries/qq/golden/rides.json:2: case every-charge: documents[0].totals."
        "payable_minor is 1387 in the golden, the rules make 1386\n"
    ) in answer.out


def test_a_machine_reads_what_was_proven(proven: Service, receipts: Command) -> None:
    edit(proven, "charges.toml", "tip   =", 'extra = { en = "A", de = "B" }\ntip   =')

    answer = receipts("pack", "check", "QQ", "--json")

    told = msgspec.json.decode(answer.out)
    assert answer.code == 1
    assert [each["problem"] for each in told["findings"]] == ["no_row"]
    assert told["proof"] == {
        "cases": {"done": 5, "of": 5},
        "rows": {"done": 12, "of": 12},
        "changes": {"done": 30, "of": 30},
        "files": {"done": 10, "of": 10},
    }
    assert told["seconds"] > 0


def test_a_pack_whose_rules_cannot_be_used_is_not_put_to_the_proof(
    proven: Service, receipts: Command
) -> None:
    edit(proven, "rates.toml", "licence =", "license =")

    answer = receipts("pack", "check", "QQ")

    assert answer.code == 1
    assert answer.out.startswith("QQ     1 finding(s); not proven\n")


@pytest.mark.usefixtures("proven")
def test_who_waits_at_a_screen_sees_what_is_being_done(
    receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    answer = receipts("pack", "check", "QQ")

    assert "\r\033[KQQ     change 30 of 30\r\033[KQQ     file 1 of 10" in answer.err
    assert answer.err.endswith("\r\033[K")


@pytest.mark.usefixtures("service")
def test_a_new_pack_waits_for_the_documents_of_its_golden_case(receipts: Command) -> None:
    receipts("pack", "new", "IS")

    answer = receipts("pack", "check", "IS")

    assert answer.code == 1
    assert (
        "golden/rides.json:2: case fare: has no documents; `python -m tests.countries.write_golden "
        "is rides fare` issues them for your review\n"
    ) in answer.out


@pytest.mark.usefixtures("service")
def test_a_new_pack_is_sound_and_every_row_of_it_is_unseen(receipts: Command) -> None:
    receipts("pack", "new", "IS")

    answer = receipts("pack", "check", "--quick", "IS")

    assert (answer.code, answer.out.splitlines()[0]) == (0, "IS     sound; not proven")
    assert answer.out.count(" not seen: ") == 6
