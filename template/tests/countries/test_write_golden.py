from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.countries import write_golden as module
from tests.countries.golden import golden_cases, golden_packs, read_cases
from tests.countries.write_golden import NotWritten, main, write_golden

from receipts.pipeline.golden import GoldenCase, GoldenPack

if TYPE_CHECKING:
    from pathlib import Path

REVIEWED = golden_packs()[0]
"""The pack whose copies these tests write into."""


@pytest.fixture
def case(tmp_path: Path) -> GoldenCase:
    """A golden case of a copied pack that was just added: last in its file, not issued yet."""
    folder = shutil.copytree(REVIEWED.folder, tmp_path / REVIEWED.name)
    copied = next(each for each in golden_cases(GoldenPack(folder)) if not each.after)
    path = copied.pack.cases_path(copied.line)
    cases = json.loads(path.read_bytes())
    cases[copied.name] = {"event": cases.pop(copied.name)["event"]}
    path.write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")
    return copied


def kept(case: GoldenCase) -> bytes:
    """The file of the case."""
    return case.pack.cases_path(case.line).read_bytes()


def test_a_new_golden_is_the_document_that_both_calculations_agree_on_in_its_place(
    case: GoldenCase,
) -> None:
    path = write_golden(case.pack, case.line, case.name)

    assert path == case.pack.cases_path(case.line)
    assert path.read_bytes() == REVIEWED.cases_path(case.line).read_bytes()


def test_a_golden_that_exists_is_never_overwritten(case: GoldenCase) -> None:
    path = case.pack.cases_path(case.line)
    path.write_bytes(b'{"taxi": {"event": {}, "documents": [{"totals": "reviewed"}]}}')

    with pytest.raises(NotWritten, match="has the documents of 'taxi': review them, delete"):
        write_golden(case.pack, case.line, "taxi")

    assert kept(case) == b'{"taxi": {"event": {}, "documents": [{"totals": "reviewed"}]}}'


@pytest.mark.parametrize("line", ["rides", "walks"])
def test_a_golden_needs_its_event_first(case: GoldenCase, line: str) -> None:
    before = kept(case)

    with pytest.raises(NotWritten, match=rf'{line}\.json has no \'no\': write "no": {{"event": '):
        write_golden(case.pack, line, "no")

    assert kept(case) == before
    assert not case.pack.cases_path("walks").exists()


def test_an_event_that_is_due_no_document_becomes_no_golden(case: GoldenCase) -> None:
    path = case.pack.cases_path(case.line)
    path.write_bytes(path.read_bytes().replace(b'"total_minor": ', b'"total_minor": 1'))

    with pytest.raises(NotWritten, match="No document is due: The event says"):
        write_golden(case.pack, case.line, case.name)


def test_no_golden_is_written_while_the_two_calculations_differ(
    case: GoldenCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "said", lambda document: {**document, "totals": {}})

    with pytest.raises(NotWritten, match="the independent calculation differ"):
        write_golden(case.pack, case.line, case.name)

    assert not read_cases(case.pack.cases_path(case.line))[case.name].documents


def test_the_command_says_what_it_did(
    case: GoldenCase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "golden_packs", lambda: (case.pack,))
    named = [case.pack.name, case.line, case.name]

    assert main(named) == 0
    assert f"review '{case.name}' line by line" in capsys.readouterr().out
    assert main(named) == 1
    assert f"has the documents of '{case.name}'" in capsys.readouterr().err
    assert main(["nowhere"]) == 2
    wanted = f"Name a pack ({case.pack.name}), a business line and a case."
    assert wanted in capsys.readouterr().err
