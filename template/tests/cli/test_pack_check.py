"""``receipts pack check`` answers with every problem, its file and its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

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
    answer = receipts("pack", "check")

    said = [line.split() for line in answer.out.splitlines() if not line.startswith(" ")]
    assert (answer.code, answer.err) == (0, "")
    assert sorted(said) == sorted(
        [code, "sound"] for code in ["QQ", *(pack.name.upper() for pack in shipped_packs())]
    )


@pytest.mark.usefixtures("service")
def test_one_pack_is_checked_alone_in_either_case(receipts: Command) -> None:
    assert receipts("pack", "check", "QQ") == (0, "QQ     sound\n", "")
    assert receipts("pack", "check", "qq") == (0, "QQ     sound\n", "")


def test_a_finding_is_told_with_file_and_line_and_exit_code_1(
    service: Service, receipts: Command
) -> None:
    edit(service, "rates.toml", "2020-01-01", "2020-01-01\nvalid_to = 2025-12-31")

    answer = receipts("pack", "check")

    assert (answer.code, answer.err) == (1, "")
    assert (
        f"QQ     1 finding(s)\n  {RATES}:3: row qq-fare ends on 2025-12-31 and no row follows "
        "for fare\n"
    ) in answer.out


def test_a_pack_that_is_refused_is_told_the_same_way(service: Service, receipts: Command) -> None:
    edit(service, "rates.toml", 'category     = "S"', 'category     = "X"')

    answer = receipts("pack", "check", "QQ")

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

    answer = receipts("pack", "check", "QQ")

    assert answer.code == 1
    assert words in answer.out


def test_rows_whose_source_was_not_seen_are_listed_with_it(
    service: Service, receipts: Command
) -> None:
    edit(service, "rates.toml", "verified   = true", "verified   = false")

    answer = receipts("pack", "check", "QQ")

    assert answer.out == f"QQ     sound\n  {RATES}:3: source of qq-fare not seen: made up\n"
    assert answer.code == 0


def test_a_machine_reads_a_line_for_each_pack(service: Service, receipts: Command) -> None:
    edit(service, "rates.toml", "verified   = true", "verified   = false")
    edit(service, "charges.toml", "tip   =", 'extra = { en = "A", de = "B" }\ntip   =')

    answer = receipts("pack", "check", "QQ", "--json")

    assert answer.code == 1
    assert msgspec.json.decode(answer.out) == {
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

    answer = receipts("pack", "check", shipped.name)

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

    answer = receipts("pack", "check")

    assert service.folder.exists()
    assert (answer.code, answer.out) == (2, "")
    assert "No country pack is installed; add one under nowhere/." in answer.err


@pytest.mark.usefixtures("service")
def test_a_new_pack_is_sound_and_every_row_of_it_is_unseen(receipts: Command) -> None:
    receipts("pack", "new", "IS")

    answer = receipts("pack", "check", "IS")

    assert (answer.code, answer.out.splitlines()[0]) == (0, "IS     sound")
    assert answer.out.count(" not seen: ") == 5
