"""Build the distributions twice, then use the wheel where nothing else is installed.

python -m tests.packaging FOLDER     scratch files go into FOLDER, what is built into dist/
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.packaging.builds import build, difference, install, sha256, source_date_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parents[2]
DIST = PROJECT / "dist"


def main(scratch: Path) -> int:
    """Run; exit code 1 where something is not as promised."""
    shutil.rmtree(scratch, ignore_errors=True)
    epoch = source_date_epoch(PROJECT)
    first, second = (build(PROJECT, scratch / name, epoch) for name in ("first", "second"))
    if differs := difference(first, second):
        return _failed(f"two builds of one source differ: {differs}")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    for name, path in first.items():
        shutil.copy(path, DIST)
        print(f"dist/{name}  twice the same bytes, SHA-256 {sha256(path)}")

    (wheel,) = DIST.glob("*.whl")
    commands = install(PROJECT, wheel, scratch / "clean")
    folder = scratch / "elsewhere"
    shutil.copytree(PROJECT / "config", folder / "config")
    where_is_it = "import receipts; print(receipts.__file__)"
    where = _output([commands / "python", "-c", where_is_it], folder)
    if not Path(where).is_relative_to(scratch / "clean"):
        return _failed(f"not the wheel was used, but {where}")
    return _issue_and_show(commands / "receipts", folder)


def _issue_and_show(receipts: Path, folder: Path) -> int:
    """One receipt, from its event to its page, with the installed command alone."""
    event = _output([receipts, "sample", "--count", "1", "--line", "rides"], folder)
    _output([receipts, "issue", "-"], folder, given=event + "\n")
    document_id = _output([receipts, "list", "--limit", "1"], folder).partition(" ")[0]
    page = _output([receipts, "show", document_id, "--format", "html"], folder)
    if document_id not in page:
        return _failed(f"the page of {document_id} does not name it:\n{page[:500]}")
    (folder / "receipt.pdf").write_bytes(
        subprocess.run(
            [receipts, "show", document_id, "--format", "pdf"],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
    )
    if not (folder / "receipt.pdf").read_bytes().startswith(b"%PDF"):
        return _failed(f"the PDF of {document_id} is none")
    _output([receipts, "verify", "--all"], folder)
    print(f"the wheel alone issued {document_id}, showed it as HTML and PDF, and verified it")
    return 0


def _output(command: Sequence[str | Path], folder: Path, *, given: str | None = None) -> str:
    """What a command that must work prints, without white space around it.

    Raises:
        SystemExit: It did not work, with what it said.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = " ".join(str(part) for part in command)
        raise SystemExit(f"{told} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """The environment without what would lead Python or the service back to the source."""
    ours = ("RECEIPTS_", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _failed(problem: str) -> int:
    print(f"FAILED  {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
