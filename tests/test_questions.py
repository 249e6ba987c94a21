"""Every question can be answered by someone who has never seen the template."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier.errors
import pytest
import yaml

from tests.template import Question, UnknownQuestion, questions

BAD_ANSWERS = [
    ("service_name", "Receipts", '"Receipts" cannot name a Kubernetes object.'),
    ("service_name", "receipt-", '"receipt-" cannot name a Kubernetes object.'),
    ("service_name", "r" * 41, "Use 1 to 40 lower-case letters"),
    ("service_name", "receipts\n", "cannot name a Kubernetes object."),
    ("service_title", "", '"" cannot head a page.'),
    ("service_title", "<b>Receipts</b>", '"<b>Receipts</b>" cannot head a page.'),
    ("description", "One.\nTwo.", "cannot describe a package. Use 1 to 200 characters"),
    ("owner", "Receipts Team", '"Receipts Team" does not name a team and its address.'),
    ("owner", "Team <nobody>", "Team Name <address@example.com>"),
    ("countries", [], "Choose at least one country."),
    ("countries", ["DE", "XX"], "'XX' is not in ['DE', 'GB', 'US-NY']"),
    ("business_lines", [], "Choose at least one business line."),
    ("business_lines", ["flights"], "'flights' is not in ['deliveries', 'rides']"),
    ("business_lines", ["deliveries"], "Rides must be among the business lines"),
    ("regions", [], "Name at least one region"),
    ("regions", "eu-central", '"eu-central" is not a list.'),
    ("regions", ["EU"], '"EU" cannot name a region.'),
    ("regions", ["eu-central", "eu-central"], '"eu-central" is listed twice.'),
    ("regions", ["nul"], "Windows keeps that name for a device."),
    ("regions", [1], '"1" cannot name a region.'),
    ("ci", "jenkins", "'jenkins' is not in ['github', 'gitlab', 'none']"),
    ("deployment", "helm", "'helm' is not in ['kubernetes', 'compose', 'none']"),
    ("python_version", "3.10", "'3.10' is not in ['3.11', '3.12', '3.13', '3.14']"),
    ("image_repository", "receipts", '"receipts" is not an image repository.'),
    ("image_repository", "example.com/receipts:1", "no tag"),
    ("image_repository", "Example.com/receipts", "in lower case"),
]


@pytest.fixture(params=questions(), ids=lambda question: question.name)
def question(request: pytest.FixtureRequest) -> Question:
    """Each question in turn."""
    asked: Question = request.param
    return asked


def test_the_questions_are_the_eleven_that_the_design_names() -> None:
    names = [asked.name for asked in questions()]

    assert names == [
        "service_name",
        "service_title",
        "description",
        "owner",
        "countries",
        "business_lines",
        "regions",
        "ci",
        "deployment",
        "python_version",
        "image_repository",
    ]


def test_help_asks_and_says_when_the_answer_can_change(question: Question) -> None:
    asked, *explained = question.form["help"].strip().splitlines()

    assert asked.endswith("?") or "? " in asked
    assert re.search(r"\b(change|changed|added|dropped)\b", " ".join(explained))


def test_an_answer_is_checked(question: Question) -> None:
    assert question.form.get("validator") or question.choices


def test_a_default_answers_the_question(question: Question) -> None:
    default = question.form["default"]

    assert default or default == 0
    if question.choices:
        chosen = default if isinstance(default, list) else [default]
        assert set(chosen) <= set(question.choices)


@pytest.mark.parametrize(("name", "answer", "message"), BAD_ANSWERS)
def test_a_bad_answer_is_refused_in_words(
    generate: Callable[..., Path], name: str, answer: object, message: str
) -> None:
    with pytest.raises((ValueError, copier.errors.UserMessageError)) as refusal:
        generate(**{name: answer})

    assert message in " ".join(str(refusal.value).split())


def test_every_question_has_a_bad_answer_that_is_refused(question: Question) -> None:
    assert question.name in {name for name, _, _ in BAD_ANSWERS}


def test_the_title_follows_the_name_unless_it_is_given(generate: Callable[..., Path]) -> None:
    answers = recorded(generate(service_name="taxi-receipts"))

    assert answers["service_title"] == "Taxi receipts"
    assert answers["image_repository"].endswith("/taxi-receipts")


def test_every_answer_is_recorded_for_later_updates(service: Path, question: Question) -> None:
    assert question.name in recorded(service)


def test_a_test_cannot_answer_what_nobody_asks(generate: Callable[..., Path]) -> None:
    with pytest.raises(UnknownQuestion, match="no question named database"):
        generate(database="oracle")


def recorded(service: Path) -> dict[str, Any]:
    """The answers that a service remembers."""
    text = (service / ".copier-answers.yml").read_text(encoding="utf-8")
    answers: dict[str, Any] = yaml.safe_load(text)
    return answers
