"""A lab as its folder describes it: a text, a start, a solution, wrong answers and a check."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from labs.attempt import Attempt

LABS = Path(__file__).parent


class Lab(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What lab.toml says."""

    number: int
    """Place in the list: a lab rests on what those before it have taught."""
    title: str
    minutes: int
    """How long it takes whoever does it for the first time."""
    edit: tuple[str, ...]
    """All that a learner touches."""
    hints: tuple[str, ...]
    """From a direction to nearly the answer."""
    start: str
    """What the check says of the untouched start."""
    wrong: dict[str, str]
    """For each plausible wrong answer, ``wrong-NAME.patch``, what the check says of it."""
    folder: Path = LABS

    @property
    def name(self) -> str:
        """As people write it."""
        return self.folder.name.replace("_", "-")

    @property
    def text(self) -> Path:
        """What a learner reads."""
        return self.folder / "README.md"

    @property
    def starting(self) -> Path:
        """What the start changes in the service; there may be nothing."""
        return self.folder / "start.patch"

    @property
    def solution(self) -> Path:
        """One good answer."""
        return self.folder / "solution.patch"

    def wrong_answer(self, name: str) -> Path:
        """One plausible wrong answer, as what it does otherwise than the solution."""
        return self.folder / f"wrong-{name}.patch"

    @property
    def checks(self) -> Sequence[Callable[[Attempt], None]]:
        """Each raises `NotYet` unless what its docstring says is true."""
        found: Sequence[Callable[[Attempt], None]] = self._module().CHECKS
        return found

    def prepare(self, folder: Path) -> None:
        """Put into a copy of the service what the lab needs and a patch cannot bring."""
        prepare = getattr(self._module(), "prepare", None)
        if prepare is not None:
            prepare(folder)

    def _module(self) -> ModuleType:
        return import_module(f"labs.{self.folder.name}.check")


def find_labs() -> list[Lab]:
    """Every lab, in the order in which they are learned.

    Raises:
        LookupError: There is none.
    """
    files = LABS.glob("*/lab.toml")
    labs = [
        msgspec.structs.replace(
            msgspec.toml.decode(file.read_bytes(), type=Lab), folder=file.parent
        )
        for file in files
    ]
    if not labs:
        raise LookupError(f"{LABS} holds no lab.")
    return sorted(labs, key=lambda lab: lab.number)
