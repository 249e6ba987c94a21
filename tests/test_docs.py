"""What a page tells you to type works as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.first_change import PAGE, Step, read_steps
from tests.template import ROOT, TEMPLATE, copy_template, questions

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SERVICE_PAGES = sorted([*TEMPLATE.glob("*.md*"), *(TEMPLATE / "docs").rglob("*.md*")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
DECISION_PARTS = ["Context", "Options", "Decision", "Price", "Reconsider when"]
LINK = re.compile(r'\]\(([^)#:]+)(?:#[^)]*)?\)|src(?:set)?="([^":]+)"')
SESSION = re.compile(r"\bnox -s \"?([a-z-]+)")
TEMPLATE_PATH = "/path/to/kvitto"


def name_of(path: Path) -> str:
    """The page's path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def setup_lines(readme: Path) -> list[str]:
    """The lines that a README offers for a fresh machine."""
    text = readme.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("python3 -m venv")]


def sessions_in(noxfile: Path) -> set[str]:
    """Names of the sessions that a noxfile defines."""
    text = noxfile.read_text(encoding="utf-8")
    found = re.findall(r"^@nox\.\w+\(?[^\n]*\n(?:@nox[^\n]+\n)?def (\w+)", text, re.MULTILINE)
    return {name.replace("_", "-") for name in found}


def typed_in(page: Path) -> list[str]:
    """Commands after a `$ ` in the console blocks of a page."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("readme", [ROOT / "README.md", TEMPLATE / "README.md.jinja"], ids=name_of)
def test_two_lines_do_all_the_setting_up(readme: Path) -> None:
    first, second = setup_lines(readme)

    assert first.endswith(".venv/bin/nox -s demo")
    assert second.endswith(".venv/bin/nox")
    assert first.removesuffix(" -s demo") == second


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_session_that_a_page_names_is_there(page: Path) -> None:
    named = set(SESSION.findall(page.read_text(encoding="utf-8")))
    known = sessions_in(ROOT / "noxfile.py")
    # It is read by who updates a service, too.
    if page.name == "CHANGELOG.md":
        known |= sessions_in(TEMPLATE / "noxfile.py")

    assert named - known == set()


@pytest.mark.parametrize("page", SERVICE_PAGES, ids=name_of)
def test_a_session_that_a_page_of_the_service_names_is_there(page: Path) -> None:
    named = set(SESSION.findall(page.read_text(encoding="utf-8")))

    assert named - sessions_in(TEMPLATE / "noxfile.py") == set()


def test_the_first_change_still_fits() -> None:
    steps = list(read_steps((ROOT / PAGE).read_text(encoding="utf-8")))
    diffs = [step for step in steps if step.stdin]

    assert len(diffs) == 2
    assert len(steps) > len(diffs)
    # Who follows the page has applied them already.
    assert all(_applies(step) or _applies(step, "--reverse") for step in diffs)


def _applies(step: Step, *more: str) -> bool:
    command = [*shlex.split(step.command), "--check", *more]
    return not subprocess.run(
        command, cwd=ROOT, input=step.stdin, text=True, capture_output=True, check=False
    ).returncode


def test_every_session_of_the_template_is_explained() -> None:
    page = (ROOT / "docs" / "maintain.md").read_text(encoding="utf-8")

    assert sessions_in(ROOT / "noxfile.py") - set(SESSION.findall(page)) == set()


@pytest.mark.parametrize("house", [ROOT, TEMPLATE], ids=["template", "service"])
def test_the_help_of_a_session_shows_how_to_call_it(house: Path) -> None:
    text = (house / "noxfile.py").read_text(encoding="utf-8")
    shown = set(re.findall(r'^    nox -s "?([a-z-]+)', text, re.MULTILINE))

    assert sessions_in(house / "noxfile.py") - shown == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    links = [first or second for first, second in LINK.findall(page.read_text(encoding="utf-8"))]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_of_the_site_is_in_its_menu() -> None:
    menu = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]

    assert [page for page in pages if f'"{page}"' not in menu] == []


def test_every_page_of_a_service_is_in_its_menu(service: Path) -> None:
    menu = tomllib.loads((service / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    pages = [path.relative_to(service / "docs").as_posix() for path in service.glob("docs/**/*.md")]

    assert [page for page in pages if page not in str(menu)] == []


def test_decisions_are_numbered_one_by_one() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_states_its_price_and_what_keeps_it(page: Path) -> None:
    title, accepted, *_ = [line for line in page.read_text(encoding="utf-8").splitlines() if line]
    number, _, words = page.stem.partition("-")

    assert title.startswith(f"# {int(number)}. ")
    assert title.partition(". ")[2].lower().replace(" ", "-") == words
    enforced = re.fullmatch(r"Accepted \d{4}-\d\d-\d\d · enforced by (\S+)", accepted)
    assert enforced
    assert (ROOT / enforced[1]).exists()
    assert re.findall(r"^\*\*([A-Z][a-z ]+?)\.?\*\*", page.read_text(), re.M) == DECISION_PARTS
    assert f"({page.name})" in (page.parent / "index.md").read_text(encoding="utf-8")


def test_the_page_on_generating_explains_every_question() -> None:
    page = (ROOT / "docs" / "generate.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [one.name for one in questions()]


@pytest.mark.parametrize(
    "command",
    [one for one in typed_in(ROOT / "docs" / "generate.md") if "--defaults" in one],
    ids=["defaults", "answers"],
)
def test_a_service_is_generated_as_the_page_says(
    light_template: Path, tmp_path: Path, command: str
) -> None:
    run_copier(command.replace(TEMPLATE_PATH, str(light_template)), tmp_path)

    assert (tmp_path / "receipt-service" / "README.md").exists()


def test_a_service_is_updated_as_the_page_says(light_template: Path, tmp_path: Path) -> None:
    template, service = copy_template(tmp_path / "kvitto", light_template), tmp_path / "service"
    commit_all(template)
    run_copier(f"copier copy --defaults --data countries=[DE] {template} {service}", tmp_path)
    (service / "LICENSE").write_text("Ours.\n", encoding="utf-8")
    append(service / "README.md", "Written by the team.")
    commit_all(service)
    append(template / "template" / ".editorconfig", "# Newer.")
    append(template / "template" / "LICENSE", "Newer.")
    commit_all(template)

    merged, answered = typed_in(ROOT / "docs" / "update.md")
    run_copier(merged, service)
    commit_all(service)
    run_copier(answered, service)

    assert (service / ".editorconfig").read_text().endswith("# Newer.\n")
    assert (service / "README.md").read_text().endswith("Written by the team.\n")
    assert (service / "LICENSE").read_text() == "Ours.\n"
    assert (service / "src" / "receipts" / "countries" / "us-ny").is_dir()


def run_copier(command: str, folder: Path) -> None:
    """Run a documented command of Copier, which may not ask for trust or answers."""
    program, *arguments = shlex.split(command)
    assert program == "copier"
    subprocess.run(
        [sys.executable, "-m", "copier", *arguments],
        capture_output=True,
        check=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
    )


def commit_all(repository: Path) -> None:
    """Commit whatever stands in a folder, which becomes a repository if it is none."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*who, "commit", "--quiet", "--message", "Change it"],
    ):
        subprocess.run(["git", *arguments], check=True, cwd=repository)


def append(path: Path, line: str) -> None:
    """Add a line at the end of a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
