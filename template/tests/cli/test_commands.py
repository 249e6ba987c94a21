"""What a person at the command line may count on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.service import COMMAND, Command, Service, as_lines, ride

from receipts.cli.app import app, installed_version

GROUPS = {"config": ("explain", "show"), "dead-letters": ("list", "show"), "pack": ("list",)}
SINGLE = ("audit", "demo", "issue", "list", "sample", "serve", "show", "verify")
EVERY_COMMAND = [
    *((name,) for name in SINGLE),
    *((group, name) for group, names in GROUPS.items() for name in names),
]


@pytest.fixture
def issued(service: Service, receipts: Command) -> str:
    """Number of the last of three documents of that service."""
    service.write("rides.ndjson", as_lines(ride(number) for number in range(3)))
    assert receipts("issue", "rides.ndjson").code == 0
    number: str = json.loads(receipts("list", "--json", "--limit", "1").out)["number"]
    return number


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_every_command_has_help_with_an_example(
    receipts: Command, command: tuple[str, ...]
) -> None:
    answer = receipts(*command, "--help")

    assert answer.code == 0
    assert (
        f"Example: receipts {' '.join(command)}" in answer.out or "| receipts issue" in answer.out
    )


def test_help_loads_nothing_that_a_command_needs() -> None:
    heavy = [
        "pydantic",
        "msgspec",
        "structlog",
        "starlette",
        "uvicorn",
        "jinja2",
        "babel",
        "zstandard",
    ]
    program = (
        "import sys; from receipts.cli.app import run; code = run(['--help']); "
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stderr.strip() == "[]"


def test_the_version_names_the_distribution() -> None:
    assert installed_version().split()[1][0].isdigit()
    assert app.name == ("receipts",)


def test_the_same_file_again_issues_nothing_and_says_so(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines([ride(1), ride(2)]))

    first = json.loads(receipts("issue", "rides.ndjson", "--json").out)
    again = json.loads(receipts("issue", "rides.ndjson", "--json").out)

    assert (first["events_issued"], first["duplicates"]) == (2, 0)
    assert (again["events_issued"], again["duplicates"]) == (0, 2)


def test_a_dead_letter_is_counted_listed_shown_and_ends_with_one(
    service: Service, receipts: Command
) -> None:
    bad = ride(2, total_minor=1)
    service.write("rides.ndjson", as_lines([ride(1), bad]))

    answer = receipts("issue", "rides.ndjson")

    assert answer.code == 1
    assert "1 total differs" in answer.out
    assert "rides.ndjson:2" in receipts("dead-letters", "list").out
    listed = json.loads(receipts("dead-letters", "list", "--json").out)
    assert (listed["code"], listed["path"]) == ("total_differs", "$.data.total_minor")
    assert receipts("dead-letters", "list", "--code", "other").out == ""
    shown = receipts("dead-letters", "show", str(listed["dead_letter_id"]))
    assert json.loads(shown.out) == bad
    assert receipts("dead-letters", "show", "99").code == 2


def test_documents_are_listed_by_every_filter(issued: str, receipts: Command) -> None:
    everything = receipts("list", "--limit", "0").out.splitlines()

    assert len(everything) == 3
    assert issued in everything[0]
    assert len(receipts("list", "--country", "QQ", "--line", "rides").out.splitlines()) == 3
    assert receipts("list", "--from", "2026-11-24").out == ""
    assert "No document fits" in receipts("list", "--country", "XX").err


def test_a_document_is_shown_as_json_and_as_a_page(
    issued: str, service: Service, receipts: Command
) -> None:
    assert json.loads(receipts("show", issued).out)["number"] == issued
    written = receipts("show", issued, "--format", "html", "-o", "receipt.html")
    assert written.code == 0
    assert issued in (service.folder / "receipt.html").read_text("utf-8")
    assert receipts("show", issued, "-o", "no-folder/receipt.json").code == 2
    unknown = receipts("show", issued, "--format", "html", "--language", "xx")
    assert unknown.code == 2
    assert "xx" in unknown.err
    assert receipts("show", "nothing").code == 2


def test_events_come_from_standard_input_too(service: Service) -> None:
    piped = f"{COMMAND} sample --count 5 | {COMMAND} issue - --json"
    done = subprocess.run(
        ["bash", "-c", piped],  # noqa: S607
        cwd=service.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(done.stdout)["events_issued"] == 5


def test_genuine_documents_verify_and_the_books_are_whole(issued: str, receipts: Command) -> None:
    assert receipts("verify", "--all").out == "verified 3 document(s): all genuine\n"
    assert json.loads(receipts("verify", issued, "--json").out) == {"verified": 1, "findings": []}
    assert "all accounted for" in receipts("audit").out
    assert json.loads(receipts("audit", "--json").out)["documents"] == 3


def test_verify_wants_one_document_or_all(issued: str, receipts: Command) -> None:
    assert receipts("verify").code == 2
    assert receipts("verify", issued, "--all").code == 2
    assert receipts("verify", "nothing").code == 2


def test_samples_repeat_by_seed(service: Service) -> None:
    first = service.run("sample", "--count", "3", "--seed", "5")
    again = service.run("sample", "--count", "3", "--seed", "5")

    assert first.out == again.out
    assert first.out.count("\n") == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("issue", "no-such-file"),
        ("issue",),
        ("lst",),
        ("sample", "--country", "XX"),
        ("sample", "--line", "boats"),
        ("config", "explain", "no.such"),
        ("list", "--from", "yesterday"),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("service")
def test_a_mistake_ends_with_two_and_one_clear_line(
    receipts: Command, arguments: tuple[str, ...]
) -> None:
    answer = receipts(*arguments)

    assert answer.code == 2
    assert answer.err.startswith("receipts: ")
    assert "Traceback" not in answer.err


def test_packs_are_listed_with_the_rows_whose_source_was_not_seen(
    service: Service, receipts: Command
) -> None:
    assert service.folder.is_dir()
    assert "QQ" in receipts("pack", "list").out
    rows = [json.loads(line) for line in receipts("pack", "list", "--json").out.splitlines()]
    assert {"QQ"} <= {row["code"] for row in rows}


def test_a_reader_who_has_seen_enough_ends_it_quietly(service: Service) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{COMMAND} sample --count 20000 | head -n 1"],  # noqa: S607
        cwd=service.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_the_demo_issues_serves_and_stops(service: Service, receipts: Command) -> None:
    answer = receipts("demo", "--exit")
    again = receipts("demo", "--exit")

    assert answer.code == 0, answer.err
    assert "It answers:    200" in answer.out
    assert "100 events that were issued before" in again.out
    assert service.shard.is_file()


def test_production_refuses_examples_unverified_rows_and_open_doors(service: Service) -> None:
    issuers = service.config / "issuers.toml"
    issuers.write_text(
        issuers.read_text("utf-8").replace(
            'country = "QQ"\n', 'country = "QQ"\nexample = true\n', 1
        ),
        "utf-8",
    )
    service.write("rides.ndjson", as_lines([ride(1)]))

    refused = service.run("issue", "rides.ndjson", RECEIPTS_ENVIRONMENT="production")
    closed = service.run("serve", RECEIPTS_ENVIRONMENT="production")

    assert refused.code == 2
    assert "legal entity of QQ is an example" in refused.err
    assert closed.code == 2
    assert "api.token_sha256" in closed.err
