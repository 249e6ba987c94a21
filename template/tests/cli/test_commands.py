"""Each command answers with what was asked for and the exit code that scripts rely on."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.pipeline.hand_edits import change_entry, execute, with_body
from tests.service import COMMAND, as_lines, ride, sample_lines

from receipts.countries.loader import load_packs, shipped_packs
from receipts.rendering.canonical import read_document
from receipts.rendering.pdf import write_pdf
from receipts.rendering.view import stored_view
from receipts.settings import environment_variable, setting_keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service import Command, Service

    from receipts.domain.documents import Document


@pytest.fixture
def issued(service: Service, receipts: Command) -> Service:
    """A service that has issued three rides of its own and three samples."""
    service.write("rides.ndjson", [*as_lines(map(ride, range(3))), *sample_lines(3)])
    assert receipts("issue", "rides.ndjson").code == 0
    return service


def listed(receipts: Command, *options: str) -> list[dict[str, object]]:
    answer = receipts("list", "--json", *options)
    assert answer.code == 0
    return [msgspec.json.decode(line) for line in answer.out.splitlines()]


def shown(receipts: Command, document: object) -> Document:
    return read_document(receipts("show", str(document)).out.encode())


def test_issue_answers_with_a_summary_whose_parts_add_up(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", [*as_lines([ride(1), ride(1), ride(2)]), b"{"])

    answer = receipts("issue", "rides.ndjson")

    assert answer.code == 1
    assert [line.split()[:2] for line in answer.out.splitlines()[:3]] == [
        ["received", "4"],
        ["issued", "2"],
        ["duplicates", "1"],
    ]
    assert "2 documents (2 receipt)" in answer.out
    assert "1 events (1 malformed event)" in answer.out
    assert "receipts dead-letters list" in answer.out


def test_issue_answers_a_machine_with_the_same_numbers(service: Service, receipts: Command) -> None:
    service.write("rides.ndjson", [*as_lines([ride(1), ride(1)]), b"{"])

    answer = receipts("issue", "rides.ndjson", "--json")

    assert answer.code == 1
    assert msgspec.json.decode(answer.out) == {
        "received": 3,
        "issued": {"receipt": 1},
        "events_issued": 1,
        "duplicates": 1,
        "dead_letters": {"malformed_event": 1},
    }


def test_issue_reads_standard_input(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\n".join(as_lines([ride(1), ride(2)]))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content + b"\n{")))

    answer = receipts("issue", "-")

    assert service.shard.exists()
    assert answer.code == 1
    assert "standard input:3" in receipts("dead-letters", "list").out


def test_an_empty_file_is_no_mistake(service: Service, receipts: Command) -> None:
    service.write("rides.ndjson", [])

    answer = receipts("issue", "rides.ndjson")

    assert (answer.code, answer.err) == (0, "")


def test_list_shows_the_latest_first_with_number_day_kind_and_amount(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines([ride(1), ride(2)]))
    receipts("issue", "rides.ndjson")

    latest, first = receipts("list").out.splitlines()

    assert latest.split()[1:] == ["OURSQQ-QQ-R2026-0-0002", "2026-11-23", "receipt", "11.90", "EUR"]
    assert first.split()[1] == "OURSQQ-QQ-R2026-0-0001"
    assert len(receipts("list", "--limit", "1").out.splitlines()) == 1


@pytest.mark.usefixtures("issued")
def test_list_shows_only_what_fits_and_all_for_no_limit(receipts: Command) -> None:
    everything = listed(receipts, "--limit", "0")
    ours = listed(receipts, "--country", "QQ", "--line", "rides")

    assert len(everything) == 6
    assert [row["event_id"] for row in ours] == ["ride-2", "ride-1", "ride-0"]
    assert {row["payable_minor"] for row in ours} == {11_90}
    assert listed(receipts, "--country", "QQ", "--from", "2026-11-24") == []
    assert listed(receipts, "--country", "QQ", "--to", "2026-11-22") == []
    day = str(date(2026, 11, 23))
    assert len(listed(receipts, "--country", "QQ", "--from", day, "--to", day)) == 3
    series = shown(receipts, ours[0]["number"]).series
    assert listed(receipts, "--series", series) == ours


@pytest.mark.usefixtures("service")
def test_list_says_what_to_do_when_nothing_fits(receipts: Command) -> None:
    answer = receipts("list")

    assert (answer.code, answer.out) == (0, "")
    assert "receipts sample" in answer.err


@pytest.mark.usefixtures("issued")
def test_show_prints_a_document_by_id_and_by_number(receipts: Command) -> None:
    for row in listed(receipts):
        by_id, by_number = (receipts("show", str(row[key])) for key in ("document_id", "number"))

        assert by_id == by_number
        assert read_document(by_id.out.encode()).number == row["number"]


def test_show_writes_a_page_into_a_file(issued: Service, receipts: Command) -> None:
    (number, *_) = [str(row["number"]) for row in listed(receipts)]

    answer = receipts("show", number, "--format", "html", "-o", "page.html")

    assert (answer.code, answer.out) == (0, f"{number} written to page.html\n")
    page = (issued.folder / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert number in page
    assert receipts("show", number, "--format", "html").out == page + "\n"


def test_show_writes_a_pdf_into_a_file_or_a_pipe_byte_for_byte(
    issued: Service, receipts: Command
) -> None:
    number = "OURSQQ-QQ-R2026-0-0001"
    body = receipts("show", number).out.rstrip("\n").encode()
    laptop = "http://127.0.0.1:8080"

    answer = receipts("show", number, "--format", "pdf", "-o", "receipt.pdf")

    assert (answer.code, answer.out) == (0, f"{number} written to receipt.pdf\n")
    pdf = (issued.folder / "receipt.pdf").read_bytes()
    assert pdf == write_pdf(stored_view(body, None, laptop))
    command = [str(COMMAND), "show", number, "--format", "pdf", "--language", "de"]
    piped = subprocess.run(command, cwd=issued.folder, capture_output=True, check=True)
    assert piped.stdout == write_pdf(stored_view(body, "de", laptop))


@pytest.mark.usefixtures("issued")
def test_show_speaks_the_language_that_is_asked_for(receipts: Command) -> None:
    page = receipts("show", "OURSQQ-QQ-R2026-0-0001", "--format", "html", "--language", "de")

    assert 'lang="de"' in page.out
    assert "Fahrpreis" in page.out


@pytest.mark.usefixtures("issued")
def test_verify_and_audit_answer_yes_for_what_nobody_touched(receipts: Command) -> None:
    assert receipts("verify", "--all") == (0, "verified 6 document(s): all genuine\n", "")
    assert receipts("verify", "OURSQQ-QQ-R2026-0-0002").out.startswith(
        "verified 1 document(s): all"
    )
    audit = receipts("audit")
    assert audit.code == 0
    assert "audited 6 document(s) in" in audit.out
    assert "from 6 event(s): all accounted for; 0 dead letter(s) explained" in audit.out
    assert msgspec.json.decode(receipts("verify", "--all", "--json").out) == {
        "verified": 6,
        "findings": [],
    }
    assert msgspec.json.decode(receipts("audit", "--json").out)["documents"] == 6


def test_verify_and_audit_answer_no_and_name_what_was_changed(
    issued: Service, receipts: Command
) -> None:
    change_entry(issued.shard, 1, 0, lambda entry: with_body(entry, b"Station", b"Statiom"))

    verify, audit = receipts("verify", "--all"), receipts("audit")

    assert (verify.code, audit.code) == (1, 1)
    assert "OURSQQ-QQ-R2026-0-0001: computed again it differs in: supply" in verify.out
    assert "OURSQQ-QQ-R2026-0-0001: its bytes do not have the chain value" in verify.out
    assert "6 document(s): 2 finding(s)" in verify.out
    assert "OURSQQ/QQ/receipt/2026/0: the chain breaks at number 1" in audit.out
    assert receipts("verify", "OURSQQ-QQ-R2026-0-0001").code == 1
    for command, found in ((("verify", "--all"), 2), (("audit",), 1)):
        answer = receipts(*command, "--json")
        assert answer.code == 1
        assert len(msgspec.json.decode(answer.out)["findings"]) == found


def test_verify_shows_people_only_the_first_findings_and_says_how_many_more(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines(map(ride, range(60))))
    receipts("issue", "rides.ndjson")
    execute(service.shard, "delete from frozen_inputs where kind = 'pack'")

    answer = receipts("verify", "--all")

    assert answer.code == 1
    assert len(answer.out.splitlines()) == 52
    assert "… and 10 more\nverified 60 document(s): 60 finding(s)" in answer.out
    assert len(msgspec.json.decode(receipts("verify", "--all", "--json").out)["findings"]) == 60


def test_dead_letters_are_listed_with_place_and_reason_and_shown_as_they_came(
    service: Service, receipts: Command
) -> None:
    broken = b'{"id": "\xc3\xa4'
    (wrong,) = as_lines([ride(1, total_minor=12_00)])
    service.write("rides.ndjson", [broken, wrong])
    for _ in range(2):
        assert receipts("issue", "rides.ndjson").code == 1

    listing = receipts("dead-letters", "list")

    assert listing.code == 0
    lines = listing.out.splitlines()
    assert lines[0] == "00-1  rides.ndjson:1 (2 times)  malformed_event at $"
    assert lines[2] == "00-2  rides.ndjson:2 (2 times)  total_differs at $.data.total_minor"
    assert "add up to 1190" in lines[3]
    assert receipts("dead-letters", "list", "--code", "total_differs").out.startswith("00-2  ")
    assert receipts("dead-letters", "show", "00-1", "--raw").out.encode() == broken + b"\n"
    rows = receipts("dead-letters", "list", "--json").out.splitlines()
    decoded = [msgspec.json.decode(row) for row in rows]
    assert [row["times_seen"] for row in decoded] == [2, 2]
    assert "content" not in decoded[0]


def test_pack_list_names_each_pack_and_the_rows_whose_source_was_not_seen(
    service: Service, receipts: Command
) -> None:
    rates = service.config / "countries" / "qq" / "rates.toml"
    rates.write_text(rates.read_text().replace("verified   = true", "verified = false"))

    for_people = receipts("pack", "list")
    rows = [msgspec.json.decode(row) for row in receipts("pack", "list", "--json").out.splitlines()]

    packs = load_packs(service.config / "countries")
    assert [row["code"] for row in rows] == [pack.pack.identity.code for pack in packs]
    assert [row["unverified"] for row in rows] == [list(pack.pack.unverified()) for pack in packs]
    assert "qq-fare" in next(row for row in rows if row["code"] == "QQ")["unverified"]
    assert "source not seen, refused in production: qq-fare" in for_people.out


@pytest.mark.usefixtures("service")
def test_sample_is_repeatable_by_seed(receipts: Command) -> None:
    first = receipts("sample", "--count", "20", "--seed", "7")

    assert first.code == 0
    assert len(first.out.splitlines()) == 20
    assert receipts("sample", "--count", "20", "--seed", "7") == first
    assert receipts("sample", "--count", "20", "--seed", "8") != first


@pytest.mark.usefixtures("service")
def test_sample_makes_events_of_one_pack_only_when_asked(receipts: Command) -> None:
    for pack in shipped_packs():
        code = pack.name.upper()
        answer = receipts("sample", "--count", "5", "--country", code, "--line", "rides")

        events = [msgspec.json.decode(line) for line in answer.out.splitlines()]
        assert [event["data"]["country"] for event in events] == [code] * 5


@pytest.mark.usefixtures("service")
def test_config_show_names_value_and_source_of_every_setting(
    receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_API__TOKENS", "tokens.json")

    rows = {line.split()[0]: line for line in receipts("config", "show").out.splitlines()}
    answer = msgspec.json.decode(receipts("config", "show", "--json").out)

    assert list(rows) == list(answer)
    assert rows["store.url"].split() == ["store.url", "sqlite:data", "default"]
    assert answer["api.tokens"] == {"value": "tokens.json", "source": "environment variables"}


def test_config_explain_says_what_a_setting_is_for_and_how_to_change_it(
    service: Service, receipts: Command
) -> None:
    (service.config / "development.toml").write_text("api.port = 1")

    answer = receipts("config", "explain", "api.port")

    assert answer.code == 0
    assert answer.out.splitlines() == [
        "api.port = 1  (from config/development.toml)",
        "Port to listen on; 0 takes a free one.",
        "Change it in config/development.toml or with RECEIPTS_API__PORT.",
    ]


@pytest.mark.usefixtures("service")
def test_every_setting_is_shown_and_explained(receipts: Command) -> None:
    shown = receipts("config", "show").out

    for key, documentation in setting_keys():
        answer = receipts("config", "explain", key)

        assert f"{key} " in shown
        assert answer.code == 0
        assert documentation in answer.out
        assert environment_variable(key) in answer.out


@pytest.mark.usefixtures("service")
def test_version_names_the_distribution(receipts: Command) -> None:
    answer = receipts("--version")

    assert answer.code == 0
    assert answer.out.split()[1][0].isdigit()


def test_commands_that_write_elsewhere_say_so_and_leave_standard_output_alone(
    issued: Service, receipts: Command, tmp_path: Path
) -> None:
    assert issued.shard.exists()
    target = tmp_path / "record.json"

    answer = receipts("show", "OURSQQ-QQ-R2026-0-0001", "-o", str(target))

    assert answer.out == f"OURSQQ-QQ-R2026-0-0001 written to {target}\n"
    assert read_document(target.read_bytes()).number == "OURSQQ-QQ-R2026-0-0001"
