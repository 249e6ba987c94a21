"""What is rendered is whole, and the same everywhere."""

from __future__ import annotations

import filecmp
import re
import shutil
import subprocess
from pathlib import Path

import jinja2
import pytest

from tests.formats import problems_of
from tests.names import windows_problems
from tests.template import TEMPLATE, copy_template, files_in, render

REGION_FOLDER = "{% yield region from regions %}{{ region }}{% endyield %}"
SUFFIX = ".jinja"
MOST_CONDITIONS_PER_FILE = 0.3
CONDITION = re.compile(r"\{%-?\s*(?:el)?if\b|\{\{[^}]*\sif\s")


def test_a_name_that_no_question_answers_stops_the_copy(
    plain_template: Path, tmp_path: Path
) -> None:
    template = copy_template(tmp_path / "kvitto", plain_template)
    readme = template / "template" / "README.md.jinja"
    readme.write_text(f"{readme.read_text()}{{{{ service_tilte }}}}\n", encoding="utf-8")

    with pytest.raises(jinja2.UndefinedError, match="service_tilte"):
        render(template, tmp_path / "service", {})


def test_two_renders_of_one_answer_set_are_equal_byte_for_byte(
    plain_template: Path, service: Path, tmp_path: Path
) -> None:
    again = render(plain_template, tmp_path / "again", {})

    assert files_in(again) == files_in(service)
    _, different, unreadable = filecmp.cmpfiles(service, again, files_in(again), shallow=False)
    assert (different, unreadable) == ([], [])


def test_every_rendered_name_is_safe_on_windows(all_files: list[str]) -> None:
    assert windows_problems(all_files) == []


@pytest.mark.parametrize(
    "path",
    ["a/nul", "a/Com1.txt", "a:b", "what?", "dot./a", "space /a", 'quo"te', "a/" + "b" * 140],
)
def test_a_name_that_windows_refuses_is_found(path: str) -> None:
    assert windows_problems([path])


def test_names_that_differ_by_case_only_are_found() -> None:
    assert windows_problems(["Readme.md", "README.md"])


def test_every_text_file_has_unix_line_ends_and_a_last_one(service: Path) -> None:
    ragged = [name for name in files_in(service) if _is_ragged((service / name).read_bytes())]

    assert ragged == []


def test_every_data_file_can_be_parsed(service: Path) -> None:
    assert problems_of(service) == []


def test_python_is_copied_verbatim(plain_template: Path, service: Path) -> None:
    source = plain_template / "template"
    python = [name for name in files_in(source) if name.endswith((".py", f".py{SUFFIX}"))]
    rendered = [name for name in python if (service / name).exists()]

    assert len(rendered) > 10
    assert not [name for name in python if name.endswith(SUFFIX)]
    _, different, unreadable = filecmp.cmpfiles(source, service, rendered, shallow=False)
    assert (different, unreadable) == ([], [])


def test_only_the_region_folder_carries_jinja_in_its_name() -> None:
    parts = {part for name in files_in(TEMPLATE) for part in name.split("/")}

    assert {part for part in parts if re.search(r"[{}%\[\]]", part)} == {REGION_FOLDER}


def test_conditions_on_lines_are_rare() -> None:
    templates = [TEMPLATE / name for name in files_in(TEMPLATE) if name.endswith(SUFFIX)]
    conditions = sum(len(CONDITION.findall(path.read_text())) for path in templates)

    assert conditions / len(templates) < MOST_CONDITIONS_PER_FILE


def test_a_condition_in_a_line_is_counted() -> None:
    text = "{% if a %}{%- elif b %}{% endif %}{{ 'x' if c else 'y' }}{{ d }}"

    assert len(CONDITION.findall(text)) == 3


def test_no_trace_of_work_on_the_template_is_rendered(
    plain_template: Path, tmp_path: Path, service: Path
) -> None:
    template = copy_template(tmp_path / "kvitto", plain_template)
    leavings = [
        ".git/config",
        ".venv/bin/python",
        ".nox/tests/bin/nox",
        ".mypy_cache/3.11/x.json",
        "build/lib/x.py",
        "data/shard-0.sqlite",
        "dist/x.whl",
        "site/index.html",
        "src/receipts/__pycache__/x.cpython-311.pyc.140",
        "src/receipt_service.egg-info/PKG-INFO",
    ]
    for name in leavings:
        path = template / "template" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left behind", encoding="utf-8")

    rendered = files_in(render(template, tmp_path / "service", {}))

    assert rendered == files_in(service)


def test_git_keeps_every_rendered_file(service: Path, tmp_path: Path) -> None:
    project = shutil.copytree(service, tmp_path / "service")
    subprocess.run(["git", "init", "--quiet", str(project)], check=True)

    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        input="\n".join(files_in(service)),
        capture_output=True,
        check=False,
        cwd=project,
        encoding="utf-8",
    )

    assert ignored.stdout == ""


def _is_ragged(content: bytes) -> bool:
    if b"\0" in content or not content:
        return False
    return b"\r" in content or not content.endswith(b"\n")
