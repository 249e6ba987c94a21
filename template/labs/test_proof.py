"""Every lab is proved three ways: its start is red, its solution green, wrong answers are red."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from labs.lab import Lab, find_labs
from labs.proof import answers_of, prove

if TYPE_CHECKING:
    from pathlib import Path

LABS = find_labs()
ANSWERS = [
    pytest.param(lab, answer, id=f"{lab.name}-{answer}")
    for lab in LABS
    for answer in answers_of(lab)
]


@pytest.mark.parametrize(("lab", "answer"), ANSWERS)
def test_an_answer_is_judged_as_it_must_be(lab: Lab, answer: str, tmp_path: Path) -> None:
    proof = prove(lab, answer, tmp_path / lab.name)

    assert proof.holds, proof.said


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_lab_says_all_that_a_learner_needs(lab: Lab) -> None:
    kept = {file.name for file in lab.folder.glob("wrong-*.patch")}

    assert kept == {lab.wrong_answer(name).name for name in lab.wrong}
    assert len(lab.wrong) >= 3
    assert len(lab.hints) >= 3
    assert lab.edit
    assert lab.checks
    assert lab.text.read_text("utf-8").startswith("# ")


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_page_that_a_lab_points_to_is_there(lab: Lab) -> None:
    links = re.findall(r"\]\(([^)#]+)", lab.text.read_text("utf-8"))

    assert [link for link in links if not (lab.folder / link).exists()] == []


def test_labs_are_numbered_from_one_on() -> None:
    assert [lab.number for lab in LABS] == list(range(1, len(LABS) + 1))
