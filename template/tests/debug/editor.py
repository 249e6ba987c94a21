"""What an editor does with launch.json: read it, fill in its variables, start, stop at a line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.debug.adapter import Adapter

PROJECT = Path(__file__).parents[2]
LAUNCH = PROJECT / ".vscode" / "launch.json"

Configuration = dict[str, Any]

_TEXT_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class Breakpoint(NamedTuple):
    """A line, named by what stands there: line numbers move."""

    file: Path
    text: str

    @property
    def line(self) -> int:
        """Its number; the text must stand there once."""
        lines = self.file.read_text("utf-8").splitlines()
        (number,) = [n for n, line in enumerate(lines, start=1) if line.strip() == self.text]
        return number


def read_configurations(file: Path) -> list[Configuration]:
    """The entries of a launch.json, whose comments JSON does not know."""
    plain = _TEXT_OR_COMMENT.sub(lambda found: found[1] or "", file.read_text("utf-8"))
    entries: list[Configuration] = json.loads(plain)["configurations"]
    return entries


def filled_in(value: Any, file: Path) -> Any:
    """The entry with an editor's variables replaced.

    Raises:
        KeyError: It uses a variable that this editor does not know.
    """
    known = {"workspaceFolder": str(PROJECT), "file": str(file)}
    if isinstance(value, str):
        return re.sub(r"\$\{([^}]+)\}", lambda found: known[found[1]], value)
    if isinstance(value, list):
        return [filled_in(each, file) for each in value]
    if isinstance(value, dict):
        return {name: filled_in(each, file) for name, each in value.items()}
    return value


def begin(adapter: Adapter, configuration: Configuration, stop: Breakpoint) -> None:
    """Start or attach as the entry says, with one breakpoint set."""
    adapter.ask("initialize", adapterID="debugpy", linesStartAt1=True, pathFormat="path")
    # It answers only once the configuration is done.
    begun = adapter.send(configuration["request"], **configuration)
    adapter.event("initialized")
    adapter.ask(
        "setBreakpoints", source={"path": str(stop.file)}, breakpoints=[{"line": stop.line}]
    )
    adapter.ask("configurationDone")
    adapter.answer(begun)
