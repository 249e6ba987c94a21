"""No two answers break each other."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.formats import problems_of
from tests.names import windows_problems
from tests.pairs import all_pairs, cover
from tests.template import Question, files_in, questions, render

FREE_ANSWERS: dict[str, list[Any]] = {
    "service_name": ["receipt-service", "r"],
    "service_title": ["Receipt service", 'Ada\'s "Quittungen": 100 % #1 — größte \\ 领収書'],
    "description": [
        "Issues receipts.",
        "It's \"one\": sentence, 'quoted' \\ & #hashed, über alles 🧾",
    ],
    "owner": [
        "Receipts Team <receipts@example.com>",
        "Équipe Reçus & Co. <a.b+c@mail.example.org>",
    ],
    "regions": [["eu-central"], ["eu-central", "us-east-1", "a"]],
    "image_repository": ["registry.example.com/receipts/receipt-service", "localhost:5000/r"],
}
"""An everyday answer and an awkward one for each question that has no choices."""


NEEDED = {"business_lines": "rides"}
"""A choice without which a set of them is refused."""


def values_of(question: Question) -> list[Any]:
    """Each choice; each set of choices where several can be made; else examples."""
    if not question.choices:
        return FREE_ANSWERS[question.name]
    if not question.form.get("multiselect"):
        return question.choices
    sizes = range(1, len(question.choices) + 1)
    sets = [list(chosen) for size in sizes for chosen in combinations(question.choices, size)]
    return [chosen for chosen in sets if NEEDED.get(question.name, chosen[0]) in chosen]


class Chosen(NamedTuple):
    """Answers, and the service that they give."""

    answers: dict[str, Any]
    service: Path


VALUES = {question.name: values_of(question) for question in questions()}
COVER = cover(VALUES)


def test_the_cover_holds_every_pair_of_answers() -> None:
    held = {
        frozenset(
            {(first, VALUES[first].index(row[first])), (second, VALUES[second].index(row[second]))}
        )
        for row in COVER
        for first, second in combinations(VALUES, 2)
    }

    assert held == all_pairs(VALUES)


def test_every_question_takes_part() -> None:
    assert VALUES.keys() == {question.name for question in questions()}


@pytest.fixture(scope="module", params=COVER, ids=range(len(COVER)))
def chosen(
    request: pytest.FixtureRequest,
    light_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Chosen:
    """Each answer set of the cover with the service that it renders."""
    answers: dict[str, Any] = request.param
    return Chosen(answers, render(light_template, tmp_path_factory.mktemp("it") / "it", answers))


def test_a_service_of_any_two_answers_can_be_read(chosen: Chosen) -> None:
    answers, service = chosen
    pyproject = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    (author,) = project["authors"]

    assert problems_of(service) == []
    assert windows_problems(files_in(service)) == []
    assert project["name"] == answers["service_name"]
    assert project["description"] == answers["description"]
    assert f"{author['name']} <{author['email']}>" == answers["owner"]


def test_a_service_holds_what_was_chosen_and_nothing_else(chosen: Chosen) -> None:
    answers, service = chosen
    countries = folders_in(service / "src" / "receipts" / "countries")
    overlays = folders_in(service / "deploy" / "kubernetes" / "overlays")
    regions = answers["regions"] if answers["deployment"] == "kubernetes" else []

    assert countries == sorted(code.lower() for code in answers["countries"])
    assert overlays == sorted(regions)
    assert (service / ".github").exists() == (answers["ci"] == "github")
    assert (service / ".gitlab-ci.yml").exists() == (answers["ci"] == "gitlab")
    assert (service / "deploy" / "Dockerfile").exists() == (answers["deployment"] != "none")


def folders_in(folder: Path) -> list[str]:
    """Names of the folders inside; none when there is no such folder."""
    return sorted(path.name for path in folder.glob("*") if path.is_dir())
