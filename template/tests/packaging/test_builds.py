"""Two builds are told apart by what is in them, and one is made of the project's files alone."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.packaging.builds import BUILT_FROM, NO_COMMIT, difference, source_date_epoch

if TYPE_CHECKING:
    import pytest

PROJECT = Path(__file__).parents[2]


def wheel(folder: Path, files: dict[str, str], year: int = 1980) -> dict[str, Path]:
    """A wheel with these files, as a build answers with it."""
    folder.mkdir()
    path = folder / "it-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
    return {path.name: path}


def test_equal_bytes_are_no_difference(tmp_path: Path) -> None:
    first, second = (wheel(tmp_path / name, {"a.py": "1"}) for name in ("first", "second"))

    assert difference(first, second) is None


def test_a_difference_names_the_file_inside(tmp_path: Path) -> None:
    first = wheel(tmp_path / "first", {"a.py": "1", "b.py": "1"})
    second = wheel(tmp_path / "second", {"a.py": "1", "b.py": "2"})

    assert difference(first, second) == "it-1-py3-none-any.whl: b.py"


def test_a_time_in_the_archive_is_a_difference(tmp_path: Path) -> None:
    first = wheel(tmp_path / "first", {"a.py": "1"})
    second = wheel(tmp_path / "second", {"a.py": "1"}, year=2026)

    assert "times of its members" in str(difference(first, second))


def test_a_missing_distribution_is_a_difference(tmp_path: Path) -> None:
    first = wheel(tmp_path / "first", {"a.py": "1"})

    assert difference(first, {}) == "one has it-1-py3-none-any.whl, the other "


def test_a_distribution_is_made_of_files_that_exist() -> None:
    assert [name for name in BUILT_FROM if not (PROJECT / name).exists()] == []


def test_a_build_names_the_time_that_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")

    assert source_date_epoch(tmp_path) == "1700000000"


def test_a_build_names_the_time_of_the_last_commit_or_the_first_day_of_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-11-24T12:00:00Z")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    assert source_date_epoch(tmp_path) == NO_COMMIT

    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=One"], check=True)

    assert source_date_epoch(tmp_path) == "1795521600"
