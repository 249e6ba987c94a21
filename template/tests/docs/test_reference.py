"""The reference says what the code says, about everything there is."""

from __future__ import annotations

import re
import shlex

import pytest
from tests.api.test_contract import operations
from tests.docs.errors_said import REMEDIES
from tests.docs.event_pages import event_types, issued_examples
from tests.docs.metrics_page import metrics
from tests.docs.reference import PAGES, command_names, example_of
from tests.docs.write_reference import FOLDER
from tests.domain.test_errors import EVERY_ERROR

from receipts.cli.app import app
from receipts.settings import setting_keys

COMMANDS = [*command_names()]
OPERATIONS = operations()
EVENTS = event_types()
METRICS = metrics()
THINGS = {
    "commands": {f"receipts {' '.join(words)}" for words in COMMANDS},
    "settings": {f"`{key}`" for key, text in setting_keys() if text},
    "errors": {f"`{error.code}`" for error in EVERY_ERROR if error.__doc__},
    "api": {f"{method} {path}" for path, method in OPERATIONS},
    "events": {f"`{tag}`" for tag, (page, _) in EVENTS.items() if page == "events"},
    "metrics": {f"`{name}`" for name in METRICS},
}
TOTALS = {
    "commands": len(COMMANDS),
    "settings": len(setting_keys()),
    "errors": len(EVERY_ERROR),
    "api": len(OPERATIONS),
    "events": len([page for page, _ in EVENTS.values() if page == "events"]),
    "metrics": len(METRICS),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text("utf-8") == PAGES[name](), (
        "Run `python -m tests.docs.write_reference`."
    )


@pytest.mark.parametrize("name", THINGS)
def test_everything_there_is_has_its_place_on_the_page(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (FOLDER / f"{name}.md").read_text("utf-8")
    documented = THINGS[name] & set(re.findall(r"^## (.+)$", page, re.MULTILINE))

    with capsys.disabled():
        share = 100 * len(documented) / TOTALS[name]
        print(f"\n{name}: {len(documented)} of {TOTALS[name]}, {share:.0f} %")  # noqa: T201
    assert len(documented) == TOTALS[name] > 0


def test_every_error_says_what_to_do() -> None:
    assert set(REMEDIES) == {error.code for error in EVERY_ERROR}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_example_of_a_command_can_be_typed(words: tuple[str, ...]) -> None:
    example = example_of(words)
    assert example.startswith(f"receipts {' '.join(words)}")

    # The first of a pipeline and every other `receipts` in it, without what goes to a file.
    for part in example.split(" | "):
        _, *arguments = shlex.split(re.split(r" >>? ", part)[0])
        app.parse_args(arguments, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("tag", EVENTS)
def test_every_event_type_has_a_page_an_example_and_a_meaning_for_each_field(tag: str) -> None:
    page = (FOLDER / f"{EVENTS[tag][0]}.md").read_text("utf-8")

    assert f"\n## `{tag}`\n" in page
    assert issued_examples()[tag][1]
    assert [line for line in page.splitlines() if line.endswith(("| yes |  |", "| no |  |"))] == []
