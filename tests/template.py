"""The template as the tests see it: its questions, and services rendered from it.

Rendering happens in this process, from a plain copy of the template without git
history: half as long as the command takes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import copier
import yaml

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template"
QUESTIONS_FILE = ROOT / "copier.yml"

Answers = dict[str, Any]


class UnknownQuestion(Exception):
    """A test answers what nobody asks; Copier would take the answer without a word."""

    def __init__(self, keys: set[str]) -> None:
        """Name the keys that are no question."""
        super().__init__(f"copier.yml asks no question named {', '.join(sorted(keys))}.")


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as copier.yml words it."""

    name: str
    form: dict[str, Any]

    @property
    def choices(self) -> list[Any]:
        """The values that can be chosen; empty when the answer is free."""
        choices = self.form.get("choices", [])
        return list(choices.values()) if isinstance(choices, dict) else list(choices)


@cache
def configuration() -> dict[str, Any]:
    """Everything in copier.yml, as written."""
    loaded: dict[str, Any] = yaml.safe_load(QUESTIONS_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def questions() -> tuple[Question, ...]:
    """Every question, in the order in which it is asked."""
    asked = {key: form for key, form in configuration().items() if not key.startswith("_")}
    return tuple(Question(name, form) for name, form in asked.items())


def copy_template(target: Path, source: Path = ROOT, leave_out: tuple[str, ...] = ()) -> Path:
    """A copy of the template that a test may change, without files of these names."""
    ignored = shutil.ignore_patterns(".*cache", ".hypothesis", "__pycache__", *leave_out)
    target.mkdir(parents=True)
    shutil.copy(source / QUESTIONS_FILE.name, target)
    shutil.copytree(source / TEMPLATE.name, target / TEMPLATE.name, ignore=ignored)
    return target


def render(template: Path, target: Path, answers: Answers) -> Path:
    """Generate a service; a question without an answer takes its default.

    Raises:
        UnknownQuestion: An answer belongs to no question.
    """
    unknown = answers.keys() - {question.name for question in questions()}
    if unknown:
        raise UnknownQuestion(set(unknown))
    copier.run_copy(str(template), target, data=answers, defaults=True, overwrite=True, quiet=True)
    return target


def files_in(folder: Path) -> list[str]:
    """Every file, relative to the folder, with forward slashes, sorted."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
