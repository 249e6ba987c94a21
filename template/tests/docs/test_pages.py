"""Nothing stands on a page that no test follows: links, commands, code."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from tests.docs.test_commands import PROJECT, WITH_COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted(PROJECT.glob("docs/**/*.md"))
FENCE = re.compile(r"^```(?P<head>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
NOT_RUN = {
    "text": "a formula, or what a program printed; test_reference.py compares the help",
    "json": "an event: test_events.py has the service take it",
    "toml": "read here",
    "diff": "applied by test_changes.py",
    "sh": "prepares the reader's own shell; the tests bring a shell of their own",
}
"""Why a block of a kind is not run as a command."""


def blocks(page: Path) -> list[re.Match[str]]:
    return [*FENCE.finditer(page.read_text("utf-8"))]


def slug(heading: str) -> str:
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_within_the_pages_leads_to_a_page_and_a_heading(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for link in LINK.finditer(text):
        target, _, anchor = link["target"].partition("#")
        if "://" in target:
            continue  # The world's; a test that asks it would fail on the world's account.
        there = (page.parent / target).resolve() if target else page
        assert there.is_file(), link["target"]
        headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
        assert not anchor or anchor in map(slug, headings), link["target"]


def test_every_page_has_its_place_in_the_navigation() -> None:
    settings = (PROJECT / "zensical.toml").read_text("utf-8")
    named = re.findall(r'= "([\w/-]+\.md)" }', settings)

    folder = PROJECT / "docs"
    assert sorted(named) == sorted(page.relative_to(folder).as_posix() for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_is_run_or_read_by_a_test(page: Path) -> None:
    for block in blocks(page):
        kind, _, title = block["head"].partition(" ")
        if kind == "toml":
            tomllib.loads(block["text"])
        assert title.startswith("title=") or kind == "console" or kind in NOT_RUN, block[0]
        assert kind != "console" or page in WITH_COMMANDS


def test_every_command_of_the_pages_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    shown = {page: [each for each in blocks(page) if each["head"] == "console"] for page in PAGES}
    total = sum(
        len(re.findall(r"^\s*\$ ", page.read_text("utf-8"), re.MULTILINE)) for page in PAGES
    )
    run = sum(
        len(re.findall(r"^\$ ", each["text"], re.MULTILINE))
        for page in WITH_COMMANDS
        for each in shown[page]
    )

    with capsys.disabled():
        print(f"\npages: {run} of {total} commands run, {100 * run / total:.0f} %")  # noqa: T201
    assert run == total > 0
