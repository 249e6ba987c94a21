"""The reference says what the code says, about everything there is."""

from __future__ import annotations

import re
import shlex

import pytest
from tests.api.test_contract import operations
from tests.docs.errors_said import REMEDIES
from tests.docs.reference import PAGES, command_names, example_of
from tests.docs.write_reference import FOLDER
from tests.domain.test_errors import EVERY_ERROR

from receipts.cli.app import app
from receipts.settings import setting_keys

COMMANDS = [*command_names()]
OPERATIONS = operations()
THINGS = {
    "commands": {f"receipts {' '.join(words)}" for words in COMMANDS},
    "settings": {f"`{key}`" for key, text in setting_keys() if text},
    "errors": {f"`{error.code}`" for error in EVERY_ERROR if error.__doc__},
    "api": {f"{method} {path}" for path, method in OPERATIONS},
}
TOTALS = {
    "commands": len(COMMANDS),
    "settings": len(setting_keys()),
    "errors": len(EVERY_ERROR),
    "api": len(OPERATIONS),
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
