"""The page of bad input promises only what a test holds, and names every code by its own name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from receipts.domain import errors

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "reference" / "bad-input.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^\]]+)\])?`", PAGE)
ROWS = [
    line
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| Input |", "| What happens |"))
]
CODES = {each.code for each in vars(errors).values() if hasattr(each, "code")}


def test_every_row_names_a_test() -> None:
    assert len(ROWS) == len(NAMED) > 20
    assert all("`tests/" in row for row in ROWS)


@pytest.mark.parametrize(("file", "test", "case"), NAMED, ids="-".join)
def test_a_test_that_the_page_names_exists(file: str, test: str, case: str) -> None:
    tree = ast.parse((PROJECT / file).read_text("utf-8"))

    assert test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    texts = {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)}
    assert not case or case in texts


def test_every_code_of_the_page_is_one_that_is_given() -> None:
    codes = set(re.findall(r"\| `([a-z_]+)` \|", PAGE))

    assert codes
    assert codes <= CODES
