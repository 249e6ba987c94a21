"""A store that cannot be used is said in words with exit code 2, and nothing is half done."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.service import COMMAND, PATIENCE_S, as_lines, ride, sample_lines

from receipts.infrastructure import sqlite_store

if TYPE_CHECKING:
    from tests.service import Answer, Command, Service


def assert_refused(answer: Answer, words: str) -> None:
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_a_full_disk_is_said_and_what_was_committed_stays_whole(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", sample_lines(2_000))
    # A limit on the size of files ends a write as a full disk does, without a disk of our own.
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -f 1000; exec {COMMAND} issue rides.ndjson"],
        cwd=service.folder,
        env=os.environ | {"RECEIPTS_ISSUE__BATCH_SIZE": "100"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "shard-00.sqlite3 cannot be used: " in done.stderr
    assert "has room" in done.stderr
    assert "Traceback" not in done.stderr
    assert (receipts("verify", "--all").code, receipts("audit").code) == (0, 0)
    tally = msgspec.json.decode(receipts("issue", "rides.ndjson", "--json").out)
    assert tally["duplicates"] > 0
    assert tally["events_issued"] + tally["duplicates"] == 2_000
    assert receipts("audit").code == 0


def test_a_database_newer_than_the_code_is_left_alone(service: Service, receipts: Command) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    receipts("issue", "rides.ndjson")
    with closing(sqlite3.connect(service.shard)) as connection:
        connection.execute("pragma user_version = 99")

    assert_refused(receipts("issue", "rides.ndjson"), "The database has schema 99")
    assert_refused(receipts("list"), "run the version that wrote it, or a newer one")


def test_a_database_that_another_process_holds_is_said_and_nothing_is_issued(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    sqlite_store.SqliteStore(service.shard).close()
    monkeypatch.setattr(sqlite_store, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(service.shard)) as other:
        other.execute("begin immediate")

        answer = receipts("issue", "rides.ndjson")

        assert_refused(answer, "database is locked")
        assert "another process has been writing to it" in answer.err
    assert receipts("list").out == ""


def test_a_folder_that_may_not_be_written_is_said(service: Service, receipts: Command) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    service.write("rides.ndjson", as_lines([ride(1)]))
    service.shard.parent.mkdir(mode=0o500)

    assert_refused(receipts("issue", "rides.ndjson"), "is writable and has room")


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}])
def test_a_terminal_without_colour_gets_none(service: Service, environment: dict[str, str]) -> None:
    service.write("rides.ndjson", [*as_lines([ride(1)]), b"{"])
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [COMMAND, "issue", "rides.ndjson"],
            cwd=service.folder,
            env=os.environ | environment,
            stdout=theirs,
            stderr=theirs,
            timeout=PATIENCE_S,
            check=False,
        )
        said = os.read(ours, 100_000)
    finally:
        os.close(ours)
        os.close(theirs)

    assert done.returncode == 1
    assert b"batch.issued" in said
    assert b"Nothing is lost" in said
    assert b"\x1b" not in said
