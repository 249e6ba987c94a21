"""A planted hot spot and a planted leak are found, and what cannot be profiled is said in words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.profile import cpu, memory
from tests.profile.flame import as_svg
from tests.service import as_lines, ride

HOT = """
import time
def burns(): return sum(number * number for number in [*range(2_000)])
def idles_along(): return [1] * 50
def main():
    until = time.monotonic() + 8
    while time.monotonic() < until:
        burns()
        idles_along()
main()
"""

LEAK = """
kept = []
def leaks(): kept.append(bytearray(5_000))
def frees(): bytearray(50_000)
for _ in range(400):
    leaks()
    frees()
"""

SVG = "{http://www.w3.org/2000/svg}"

PROJECT = Path(__file__).parents[2]


def program(folder: Path, text: str) -> Path:
    """A program in a folder that looks like our package."""
    file = folder / "receipts" / "planted.py"
    file.parent.mkdir()
    # py-spy shows a path from its outermost package on.
    file.with_name("__init__.py").touch()
    file.write_text(text, "utf-8")
    return file


def test_a_planted_hot_spot_leads_and_the_picture_shows_it(tmp_path: Path) -> None:
    command = [sys.executable, str(program(tmp_path, HOT))]

    recording = cpu.start_child(command, tmp_path, 2, dict(os.environ))
    profile = cpu.finish(recording, tmp_path, "planted")

    # What sums calls the expression in it: both are the planted spot, and most of the time.
    planted = [hot for hot in profile.hot[:2] if re.match(r"burns|<genexpr>|burns\.", hot.function)]
    assert len(planted) == 2
    assert sum(hot.percent for hot in planted) > 80
    assert profile.samples > 100
    shown = [each.text or "" for each in ET.parse(profile.picture).getroot().iter(SVG + "title")]  # noqa: S314
    assert any(each.startswith("burns (") for each in shown)
    frames = json.loads(profile.speedscope.read_text("utf-8"))["shared"]["frames"]
    assert any(frame["name"].startswith("burns (") for frame in frames)


def test_a_planted_leak_is_told_from_memory_that_is_freed(tmp_path: Path) -> None:
    file = program(tmp_path, LEAK)

    subprocess.run(memory.memray_command(tmp_path, [str(file)]), check=True, timeout=60)
    profile = memory.read_memory(tmp_path)

    leaked = {held.function.partition(" ")[0]: held.size_bytes for held in profile.never_freed}
    assert next(iter(leaked)) == "leaks"
    assert leaked["leaks"] >= 400 * 5_000
    assert "frees" not in leaked
    for page in (profile.picture, profile.leaks):
        assert "<script src=" not in page.read_text("utf-8")


def test_a_command_is_looked_at_to_its_end_and_stores_nothing_of_ours(tmp_path: Path) -> None:
    events = tmp_path / "events.ndjson"
    events.write_bytes(b"\n".join(as_lines(ride(number) for number in range(2_000))))
    kept = {"RECEIPTS_STORE__URL": f"sqlite:{tmp_path / 'kept'}"}

    answer = subprocess.run(
        [sys.executable, "-m", "tests.profile", "cpu", "--run", "issue", str(events)],
        cwd=PROJECT,
        env=os.environ | kept,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert f"Ran:        receipts issue {events}; " in answer.stdout
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("pid", "said"),
    [("4194304", "There is no process 4194304"), ("sleep", "that process runs no Python")],
)
def test_what_cannot_be_profiled_is_said_in_words(pid: str, said: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:  # noqa: S607
        asked = [sys.executable, "-m", "tests.profile", "cpu", "--seconds", "1", "--pid"]
        answer = subprocess.run(
            [*asked, str(other.pid) if pid == "sleep" else pid],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        other.kill()

    assert answer.returncode == 1
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_missing_right_to_attach_is_said_with_what_gives_it() -> None:
    said = cpu.reason_of("Error: Permission Denied: Try running again with elevated permissions")

    assert "this user may not look into that process" in said
    assert "SYS_PTRACE" in said


def test_names_that_look_like_markup_do_not_break_the_picture() -> None:
    picture = as_svg({("<module> (a.py)", "a & b (receipts/b.py)"): 3}, "<title>")

    assert len(list(ET.fromstring(picture).iter(SVG + "title"))) == 2  # noqa: S314
