"""Whatever a user does wrong is said in words with exit code 2; help needs no reading of code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.service import PATIENCE_S, as_lines, ride

from receipts.cli.app import app
from receipts.countries.loader import load_packs
from receipts.infrastructure.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cyclopts import App
    from tests.service import Command, Service


def commands(parent: App = app, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command and command group, as the words that call it."""
    for name in parent:
        if not name.startswith("-"):
            yield (*words, name)
            yield from commands(parent[name], *words, name)


COMMANDS = list(commands())


def test_the_commands_are_those_that_are_promised() -> None:
    assert {" ".join(words) for words in COMMANDS} >= {
        "audit",
        "completion",
        "config check",
        "config explain",
        "config schema",
        "config show",
        "dead-letters list",
        "dead-letters replay",
        "dead-letters show",
        "demo",
        "issue",
        "list",
        "pack check",
        "pack explain",
        "pack list",
        "pack new",
        "sample",
        "schema",
        "serve",
        "show",
        "verify",
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("service")
def test_the_help_of_every_command_has_a_sentence_and_an_example_or_its_commands(
    receipts: Command, words: tuple[str, ...]
) -> None:
    answer = receipts(*words, "--help")

    assert answer.code == 0
    _, _, sentence, *_ = answer.out.splitlines()
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    is_group = any(other[:-1] == words for other in COMMANDS)
    assert ("Commands" if is_group else f"Example: receipts {' '.join(words)}") in answer.out


@pytest.mark.usefixtures("service")
def test_every_option_is_explained(receipts: Command) -> None:
    for words in COMMANDS:
        for line in receipts(*words, "--help").out.splitlines():
            # One box line for an option: its name, then what it is for.
            if line.startswith("│ --") and "--help" not in line and "--version" not in line:
                assert len(line.strip("│ ").split()) > 3, line


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
@pytest.mark.usefixtures("service")
def test_a_shell_completes_every_command_and_its_options(receipts: Command, shell: str) -> None:
    answer = receipts("completion", shell)

    assert answer.code == 0
    for word in {each for words in COMMANDS for each in words} | {"counts", "quick"}:
        assert word in answer.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=answer.out, text=True, check=True, timeout=PATIENCE_S)


@pytest.mark.usefixtures("service")
def test_without_a_command_the_commands_are_shown(receipts: Command) -> None:
    answer = receipts()

    assert answer.code == 0
    assert "Usage: receipts COMMAND" in answer.out


MISTAKES = [
    (["nonsense"], "nonsense"),
    (["issue"], "FILE"),
    (["issue", "nowhere.ndjson"], "nowhere.ndjson cannot be read"),
    (["issue", "config"], "config cannot be read"),
    (["issue", "a", "b"], "b"),
    (["issue", "a", "--jsonn"], "--jsonn"),
    (["list", "--from", "2026-99-99"], "2026-99-99"),
    (["list", "--limit", "many"], "many"),
    (["list", "--limit", "-3"], "--limit"),
    (["list", "--country", "XX"], "There is no country 'XX'; there are: "),
    (["show"], "DOCUMENT"),
    (["show", "nothing"], "There is no document 'nothing'; see `receipts list`"),
    (["show", "20261124-00-" + "0" * 32], "There is no document"),
    (["show", "20261124-7f-" + "0" * 32], "There is no document"),
    (["show", "x", "--format", "xml"], "xml"),
    (["verify"], "Name one document, or say --all."),
    (["verify", "x", "--all"], "Name one document, or say --all."),
    (["verify", "nothing"], "There is no document 'nothing'"),
    (["dead-letters", "show", "7"], "There is no dead letter 7; see `receipts dead-letters list"),
    (["dead-letters", "show", "x"], "x"),
    (["sample", "--country", "XX"], "No pack has a sample.toml for XX; see `receipts pack list`"),
    (["sample", "--line", "flights"], "There is no business line 'flights'; there are:"),
    (["sample", "--count", "-1"], "--count is a number of events, not -1"),
    (["pack", "explain"], "EVENT"),
    (["pack", "explain", "nowhere.json"], "nowhere.json cannot be read"),
    (["pack", "explain", "/dev/null"], "/dev/null holds no event; `receipts sample --count 1`"),
    (["pack", "check", "XX"], "There is no pack 'XX'; see `receipts pack list`."),
    (["pack", "check", ""], "There is no pack ''"),
    (["pack", "new"], "CODE"),
    (["pack", "new", "XX"], "'XX' is no country of ISO 3166-1"),
    (["config", "explain", "stor.url"], "There is no setting 'stor.url'"),
    (["serve", "--port", "99999"], "api.port: "),
    (["serve", "--host", "192.0.2.1", "--port", "0"], "192.0.2.1:0 cannot be listened on"),
]


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=lambda each: " ".join(each)[:40])
def test_a_mistake_is_said_in_words_with_exit_code_2(
    receipts: Command, arguments: list[str], words: str
) -> None:
    answer = receipts(*arguments)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("receipts: ")
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_a_file_that_cannot_be_written_is_said_in_words(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    receipts("issue", "rides.ndjson")

    answer = receipts("show", "OURSQQ-QQ-R2026-0-0001", "-o", "no/folder/x.json")

    assert answer.code == 2
    assert (
        answer.err == "receipts: no/folder/x.json cannot be written: No such file or directory.\n"
    )


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_a_language_that_a_document_does_not_have_is_said_in_words(
    service: Service, receipts: Command, form: str
) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    receipts("issue", "rides.ndjson")

    answer = receipts("show", "OURSQQ-QQ-R2026-0-0001", "--format", form, "--language", "xx")

    assert (answer.code, answer.out) == (2, "")
    assert "xx" in answer.err


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda service: (service.config / "development.toml").write_text("="), "development.toml"),
        (lambda service: (service.config / "issuers.toml").unlink(), "issuers.toml cannot be read"),
        (lambda service: (service.config / "issuers.toml").write_text("="), "issuers.toml:1: "),
        (
            lambda service: (service.config / "countries/qq/rates.toml").unlink(),
            "Pack qq lacks rates.toml",
        ),
        (lambda service: (service.folder / "data").write_text(""), "check that the folder"),
        (lambda service: spoil(service.shard), "file is not a database"),
    ],
    ids=["settings", "no companies", "companies", "pack", "no folder", "store"],
)
def test_a_broken_file_is_named_with_exit_code_2_and_nothing_is_issued(
    service: Service, receipts: Command, break_it: Any, words: str
) -> None:
    service.write("rides.ndjson", as_lines([ride(1)]))
    break_it(service)

    answer = receipts("issue", "rides.ndjson")

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "Traceback" not in answer.err


def spoil(shard: Path) -> None:
    shard.parent.mkdir()
    shard.write_bytes(b"not a database, but long enough to be looked at" * 100)


def test_another_number_of_shards_is_refused_with_exit_code_2(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteStore(service.shard).close()
    monkeypatch.setenv("RECEIPTS_STORE__SHARDS", "4")

    answer = receipts("list")

    assert answer.code == 2
    assert "made with another number" in answer.err


def test_a_team_pack_of_a_shipped_code_is_refused(service: Service, receipts: Command) -> None:
    shipped = next(each for each in load_packs(service.config / "nothing"))
    code = shipped.pack.identity.code
    folder = service.config / "countries" / code.lower()
    folder.mkdir()
    for name, text in msgspec.json.decode(shipped.content).items():
        (folder / name).write_text(text, "utf-8")

    answer = receipts("issue", "-")

    assert answer.code == 2
    assert f"Pack {code} exists twice; remove the one under config/countries/" in answer.err


def test_production_refuses_example_companies_and_unseen_sources_naming_each(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuers = service.config / "issuers.toml"
    issuers.write_text(issuers.read_text().replace('"QQ"\n', '"QQ"\nexample = true\n', 1))
    numbering = service.config / "countries" / "qq" / "numbering.toml"
    numbering.write_text(numbering.read_text().replace("true", "false"))
    service.write("rides.ndjson", as_lines([ride(1)]))
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "production")

    answer = receipts("issue", "rides.ndjson")

    assert (answer.code, answer.out) == (2, "")
    assert "config/issuers.toml: the legal entity of QQ is an example" in answer.err
    for loaded in load_packs(service.config / "countries"):
        for row in loaded.pack.unverified():
            assert row in answer.err
    assert "qq-numbering" in answer.err
    assert not receipts("list").out


def test_production_issues_with_real_companies_and_rows_that_are_accepted_by_id(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbering = service.config / "countries" / "qq" / "numbering.toml"
    numbering.write_text(numbering.read_text().replace("true", "false"))
    service.accept_unseen_sources()
    service.write("rides.ndjson", as_lines([ride(1)]))
    monkeypatch.setenv("RECEIPTS_ENVIRONMENT", "production")

    answer = receipts("issue", "rides.ndjson")

    assert '"qq-numbering"' in (service.config / "production.toml").read_text()
    assert (answer.code, "1 documents (1 receipt)" in answer.out) == (0, True)


def test_a_reader_that_has_seen_enough_is_no_mistake(service: Service) -> None:
    with service.start("sample", "--count", "100000") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        problems = process.stderr.read()

    assert msgspec.json.decode(first)["specversion"] == "1.0"
    assert (process.returncode, problems) == (0, "")


def test_the_installed_command_ends_with_the_exit_code_of_its_answer(service: Service) -> None:
    service.write("rides.ndjson", [b"{"])

    assert service.run("issue", "rides.ndjson").code == 1
    assert service.run("issue", "nowhere").code == 2
    assert service.run("list").code == 0


def test_interrupting_a_command_says_nothing_and_ends_with_130(service: Service) -> None:
    with service.start("issue", "-", RECEIPTS_ISSUE__BATCH_SIZE="1") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(as_lines([ride(1)])[0].decode() + "\n")
        process.stdin.flush()
        # It logs the batch, so it waits for the next line by now.
        process.stderr.readline()
        process.send_signal(2)
        problems = process.stderr.read()

    assert (process.returncode, problems) == (130, "")


HEAVY = [
    "babel",
    "jinja2",
    "msgspec",
    "pydantic",
    "sqlite3",
    "starlette",
    "structlog",
    "uvicorn",
    "zstandard",
]
TELL_LOADED = f"""
import sys
from receipts.cli.app import run

code = run(sys.argv[1:])
print("loaded:", *(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_what_needs_no_command_loads_none(service: Service, argument: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELL_LOADED, argument],
        cwd=service.folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "loaded:"
