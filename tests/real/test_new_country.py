"""What is said to be written for a new country is what was written."""

from __future__ import annotations

from pathlib import Path

from tests.real.new_country import changed_lines, files_in


def test_lines_that_are_new_or_otherwise_count_and_no_others() -> None:
    before = {"a": "one\ntwo\nthree\n", "b": "same\n"}
    after = {"a": "one\n\n2\n", "b": "same\n", "c": "new\n\nmore\n"}

    assert changed_lines(before, after) == 3
    assert changed_lines(before, before) == 0


def test_what_python_compiles_while_it_runs_is_not_what_a_person_writes(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "rules.pyc").write_bytes(b"\xff")
    (tmp_path / "rules.py").write_bytes(b"\xff\n")

    assert files_in(tmp_path) == {"rules.py": "\N{REPLACEMENT CHARACTER}\n"}
