"""What several promises need: a plain copy of the template, and services made from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.template import copy_template, files_in, render

pytest_plugins = ["pytester"]

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

Generate = Callable[..., Path]


@pytest.fixture(scope="session")
def plain_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template without its git history."""
    return copy_template(tmp_path_factory.mktemp("template") / "kvitto")


@pytest.fixture(scope="session")
def light_template(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template without most of what is copied as it stands, whatever is answered.

    Copier takes some 5 ms a file, so this renders in a third of the time.
    """
    light = tmp_path_factory.mktemp("light") / "kvitto"
    return copy_template(light, plain_template, leave_out=("*.py", "golden"))


@pytest.fixture
def generate(light_template: Path, tmp_path: Path) -> Generate:
    """Generate a service from answers given by keyword."""

    def with_answers(**answers: Any) -> Path:
        return render(light_template, tmp_path / "service", answers)

    return with_answers


@pytest.fixture(scope="session")
def service(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with every answer at its default; read it, do not change it."""
    return render(plain_template, tmp_path_factory.mktemp("defaults") / "service", {})


@pytest.fixture(scope="session")
def all_files(
    service: Path, plain_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """Every file that some set of answers renders."""
    gitlab = render(plain_template, tmp_path_factory.mktemp("gitlab") / "it", {"ci": "gitlab"})
    return sorted({*files_in(service), *files_in(gitlab)})
