"""The repository says nothing about the machine it was written on, and stays small."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.template import ROOT

LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60

FORBIDDEN = {
    "a folder of one machine": re.compile(r"(?<![\w.$}~])/(?:root|home|work|Users)/\w"),
    "an index of packages": re.compile(
        r"--(?:extra-)?index-url\b|--(?:find)-links|--(?:trusted)-host"
        r"|https?://[\w.-]*(?:pypi|pythonhosted|npmjs|crates|maven|goproxy|mirror)\w*\.",
    ),
    "an unfinished thought": re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b"),
}


def repository_files() -> list[Path]:
    """Every text file that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        encoding="utf-8",
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


FILES = repository_files()
PYTHON = [path for path in FILES if path.suffix == ".py"]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a folder of one machine", "path = /ho_me/ada/kvitto"),
        ("an index of packages", "--index_-url=https://example.com/simple"),
        ("an index of packages", "https://files.python_hosted.org/packages"),
        ("an unfinished thought", "# TO_DO: later"),
    ],
)
def test_what_must_not_stand_there_is_found(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line.replace("_", ""))


def test_every_text_file_has_unix_line_ends_and_a_last_one() -> None:
    ragged = [
        str(path.relative_to(ROOT))
        for path in FILES
        if (content := path.read_bytes()) and (b"\r" in content or not content.endswith(b"\n"))
    ]

    assert ragged == []


def test_a_file_is_read_in_one_sitting() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in PYTHON
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE_LINES
    ]

    assert long == []


def test_a_function_is_read_on_one_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name} has {length} lines"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION_LINES
    ]

    assert long == []
