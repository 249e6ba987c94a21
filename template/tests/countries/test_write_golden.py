from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.countries import write_golden as module
from tests.countries.golden import GoldenCase, GoldenPack, golden_cases, golden_packs
from tests.countries.write_golden import NotWritten, main, write_golden

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> GoldenCase:
    """A golden case of a copied pack, whose document is not written yet."""
    original = golden_packs()[0]
    folder = shutil.copytree(original.folder, tmp_path / original.name)
    copied = golden_cases(GoldenPack(folder))[0]
    copied.pack.document_path(copied.name).unlink()
    return copied


def test_a_new_golden_is_the_document_that_both_calculations_agree_on(case: GoldenCase) -> None:
    path = write_golden(case.pack, case.name)

    reviewed = golden_packs()[0].document_path(case.name)
    assert path.read_bytes() == reviewed.read_bytes()


def test_a_golden_that_exists_is_never_overwritten(case: GoldenCase) -> None:
    path = case.pack.document_path(case.name)
    path.write_text("reviewed", encoding="utf-8")

    with pytest.raises(NotWritten, match="exists: review it, delete it, then write it anew"):
        write_golden(case.pack, case.name)

    assert path.read_text(encoding="utf-8") == "reviewed"


def test_a_golden_needs_its_event_first(case: GoldenCase) -> None:
    with pytest.raises(NotWritten, match=r"nothing\.event\.json is missing: write the event first"):
        write_golden(case.pack, "nothing")


def test_an_event_that_is_due_no_document_becomes_no_golden(case: GoldenCase) -> None:
    event = case.pack.event_path(case.name)
    event.write_bytes(event.read_bytes().replace(b'"total_minor": ', b'"total_minor": 1'))

    with pytest.raises(NotWritten, match="No document is due: The event says"):
        write_golden(case.pack, case.name)


def test_no_golden_is_written_while_the_two_calculations_differ(
    case: GoldenCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "said", lambda document: {**document, "totals": {}})

    with pytest.raises(NotWritten, match="the independent calculation differ"):
        write_golden(case.pack, case.name)

    assert not case.pack.document_path(case.name).exists()


def test_the_command_says_what_it_did(
    case: GoldenCase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "golden_packs", lambda: (case.pack,))

    assert main([case.pack.name, case.name]) == 0
    assert "review it line by line" in capsys.readouterr().out
    assert main([case.pack.name, case.name]) == 1
    assert "exists" in capsys.readouterr().err
    assert main(["nowhere"]) == 2
    assert f"Name a pack ({case.pack.name}) and a case." in capsys.readouterr().err
