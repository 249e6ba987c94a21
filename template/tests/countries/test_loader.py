"""A pack is whole and sound, or it is refused in words."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.countries.golden import golden_packs
from tests.countries.made_up import SOUND, Files, added, changed, loaded, offer_row, write_pack
from tests.countries.unsound_packs import UNSOUND

from receipts.business_lines.business_line import find_business_lines
from receipts.countries import loader
from receipts.countries.loader import (
    RULE_FILES,
    load_pack,
    load_packs,
    shipped_packs,
    team_packs,
    unfreeze_pack,
)
from receipts.domain.errors import BrokenPack
from receipts.engine.rules import Rules

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("files", "message"),
    [case[1:] for case in UNSOUND],
    ids=[case[0] for case in UNSOUND],
)
def test_an_unsound_pack_is_refused_with_file_and_row(files: Files, message: str) -> None:
    with pytest.raises(BrokenPack, match=message):
        loaded(files)


def test_what_a_person_wrote_is_named_by_its_path_where_there_is_one(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, changed("rates.toml", "category ", "categoryy "))

    with pytest.raises(BrokenPack, match=rf"^Pack refused:\n  {folder}/rates\.toml:6: row qq-fare"):
        load_pack(folder)


def test_every_problem_of_a_pack_is_named_at_once() -> None:
    files = changed("rates.toml", '["fare"]', '["fair"]') | {
        "rounding.toml": changed(
            "rounding.toml", "2020-01-01", "2020-01-01\nvalid_to = 2019-01-01"
        )["rounding.toml"]
    }

    with pytest.raises(BrokenPack, match=r"^Pack refused:\n.*qq-rounding ends .*\n.*'fair'.*$"):
        loaded(files)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            changed("rates.toml", "{ licence =", "{ license ="),
            r"Row qq-fare depends on 'license', which no business line states; .*licence",
        ),
        (
            changed("documents.toml", '"supplier.name"', '"supplier.nam"'),
            r"Row qq-receipt demands 'supplier\.nam', which no document has",
        ),
        (
            changed("documents.toml", '"lines"', '"lines.gross_minor"'),
            r"Row qq-receipt demands 'lines\.gross_minor', which no document has",
        ),
    ],
    ids=["misspelt condition", "misspelt field", "field of a list"],
)
def test_a_pack_is_refused_where_no_event_or_document_has_what_it_asks_for(
    files: Files, message: str
) -> None:
    with pytest.raises(BrokenPack, match=message):
        Rules(loaded(files), find_business_lines())


@pytest.mark.parametrize("file", RULE_FILES)
def test_a_pack_without_one_of_its_files_is_refused(tmp_path: Path, file: str) -> None:
    folder = write_pack(tmp_path, SOUND)
    (folder / file).unlink()

    with pytest.raises(BrokenPack, match=rf"^Pack qq lacks {file}\.$"):
        load_pack(folder)


def test_a_pack_has_law_for_combined_offers_where_it_has_the_file(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, {**SOUND, "combined_offers.toml": offer_row("highest_rate")})

    pack = load_pack(folder)

    assert [row.id for row in pack.pack.combined_offers] == ["qq-highest-rate"]
    assert "qq-highest-rate" in {row.id for row in pack.pack.rows()}
    assert pack.sha256 != loaded(SOUND).sha256
    assert loaded(SOUND).pack.combined_offers == ()


def test_a_pack_in_a_folder_of_another_name_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, SOUND, name="qx")

    with pytest.raises(BrokenPack, match=r"qx/pack\.toml has code QQ; its folder must be named qq"):
        load_pack(folder)


def test_a_pack_is_what_its_files_say(tmp_path: Path) -> None:
    found = load_pack(write_pack(tmp_path, SOUND))

    assert found.pack.identity.code == "QQ"
    assert len(found.pack.rows()) == sum(text.count("\n[[") for text in SOUND.values())
    assert found.pack.unverified() == ()


def test_a_frozen_pack_is_the_pack_that_was_loaded(tmp_path: Path) -> None:
    found = load_pack(write_pack(tmp_path, SOUND))

    assert unfreeze_pack(found.content) == found


def test_a_pack_has_another_hash_when_a_letter_of_a_law_file_changes(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, SOUND)
    before = load_pack(folder).sha256
    (folder / "sample.toml").write_text("# not law\n", encoding="utf-8")
    beside_the_law = load_pack(folder).sha256
    (folder / "rates.toml").write_text(SOUND["rates.toml"] + "# law\n", encoding="utf-8")

    assert beside_the_law == before
    assert load_pack(folder).sha256 != before


def test_texts_are_sorted_by_language_whatever_the_order_in_the_file() -> None:
    pack = loaded(SOUND).pack

    assert pack.identity.languages == ("en", "de")
    assert list(pack.charges["fare"]) == ["de", "en"]
    assert list(pack.phrases[0].text) == ["de", "en"]
    assert list(pack.identity.taxes["vat"]) == ["de", "en"]


def test_rows_whose_source_was_not_seen_are_named() -> None:
    files = changed("rates.toml", "verified   = true", "verified   = false")

    assert loaded(files).pack.unverified() == ("qq-fare",)


def test_packs_of_the_template_and_of_the_team_are_found_by_listing_folders(tmp_path: Path) -> None:
    write_pack(tmp_path, SOUND)
    (tmp_path / "notes").mkdir()

    codes = [each.pack.identity.code for each in load_packs(tmp_path)]

    assert codes == sorted(["QQ", *(folder.name.upper() for folder in shipped_packs())])


def test_a_team_without_packs_of_its_own_has_those_of_the_template(tmp_path: Path) -> None:
    assert team_packs(tmp_path / "absent") == ()
    assert len(load_packs(tmp_path / "absent")) == len(shipped_packs())


def test_a_team_pack_cannot_stand_in_for_a_shipped_one(tmp_path: Path) -> None:
    shipped = next(pack.folder for pack in golden_packs())
    shutil.copytree(shipped, tmp_path / shipped.name)

    with pytest.raises(BrokenPack, match=rf"Pack {shipped.name.upper()} exists twice; remove the"):
        load_packs(tmp_path)


def test_a_service_without_any_pack_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "shipped_packs", tuple)

    with pytest.raises(BrokenPack, match="No country pack is installed; add one under"):
        load_packs(tmp_path)


def test_the_sound_pack_of_these_tests_stays_sound_with_a_row_more() -> None:
    row = '[[rounding]]\nid = "qq-more"\nscope = "line"\nmode = "down"'

    assert len(loaded(added("rounding.toml", row)).pack.rounding) == 2
