"""The list of owners is true in both directions, and Copier keeps to it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.ownership import PAGE, Row, read_rows
from tests.template import TEMPLATE, configuration, files_in, render

ROWS = read_rows(TEMPLATE / PAGE)


def test_every_rendered_file_has_exactly_one_owner(all_files: list[str]) -> None:
    owners = Counter(name for row in ROWS for name in row.files(all_files))

    assert {name: owners[name] for name in all_files if owners[name] != 1} == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.pattern)
def test_every_row_speaks_of_a_file(row: Row, all_files: list[str]) -> None:
    assert row.files(all_files)
    assert row.owner in {"team", "template"}
    assert row.why


def test_copier_leaves_alone_exactly_what_the_team_owns() -> None:
    team = {f"/{row.pattern}" for row in ROWS if row.owner == "team"}

    assert team == set(configuration()["_skip_if_exists"])


def test_the_table_is_sorted_so_that_a_row_is_found() -> None:
    patterns = [row.pattern for row in ROWS]

    assert patterns == sorted(patterns)


def test_what_a_team_wrote_outlives_another_copy(light_template: Path, tmp_path: Path) -> None:
    service = render(light_template, tmp_path / "service", {})
    owned = sorted(
        name for row in ROWS if row.owner == "team" for name in row.files(files_in(service))
    )
    for name in [*owned, "README.md"]:
        (service / name).write_text("Written by the team.\n", encoding="utf-8")

    render(light_template, service, {"description": "Issues receipts."})

    kept = [name for name in owned if "by the team" in (service / name).read_text()]
    assert kept == owned
    assert "Issues receipts." in (service / "README.md").read_text()
