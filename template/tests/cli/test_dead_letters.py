"""What could not be issued can be counted, looked at without personal data, and issued later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.service import (
    ISSUED_AT,
    as_batch,
    as_lines,
    findings_of,
    open_pipeline,
    open_shards,
    ride,
)

from receipts.infrastructure.ndjson import LARGEST_EVENT_BYTES

if TYPE_CHECKING:
    from tests.service import Command, Service

CUSTOMER = {
    "name": "Ada Lovelace",
    "address": {"lines": ["12 St James's Square"], "city": "London", "country": "GB"},
}
LATE = "valid_from = 2027-01-01"
NOW = "valid_from = 2020-01-01"


def set_rates(service: Service, was: str, is_now: str) -> None:
    rates = service.config / "countries" / "qq" / "rates.toml"
    rates.write_text(rates.read_text().replace(was, is_now))


def listed(receipts: Command, *options: str) -> list[dict[str, Any]]:
    lines = receipts("dead-letters", "list", "--json", *options).out.splitlines()
    return [msgspec.json.decode(line) for line in lines]


def refuse_some(service: Service, receipts: Command) -> None:
    """Have a service refuse three rides, two because its pack lacked a row, and half a line."""
    set_rates(service, NOW, LATE)
    rides = [ride(1, customer=CUSTOMER), ride(2), ride(3, country="XX")]
    service.write("rides.ndjson", [*as_lines(rides), b'{"id'])
    assert receipts("issue", "rides.ndjson").code == 1


def test_dead_letters_are_counted_by_reason(service: Service, receipts: Command) -> None:
    refuse_some(service, receipts)
    counts = {"malformed_event": 1, "no_rule_for_charge": 2, "unknown_country": 1}

    for_people = receipts("dead-letters", "list", "--counts").out.splitlines()
    answer = receipts("dead-letters", "list", "--counts", "--json")

    assert {line.split()[1]: int(line.split()[0]) for line in for_people} == counts
    assert msgspec.json.decode(answer.out) == counts


def test_a_dead_letter_is_shown_with_its_reason_and_without_personal_data(
    service: Service, receipts: Command
) -> None:
    refuse_some(service, receipts)
    numbers = {each["origin"]: each["number"] for each in listed(receipts)}

    answer = receipts("dead-letters", "show", numbers["rides.ndjson:1"])
    as_json = msgspec.json.decode(
        receipts("dead-letters", "show", numbers["rides.ndjson:1"], "--json").out
    )
    raw = receipts("dead-letters", "show", numbers["rides.ndjson:1"], "--raw")

    assert answer.code == 0
    for word in ("no_rule_for_charge", "$.data.charges[0]", "rides.ndjson:1", "ride-1", "1190"):
        assert word in answer.out
    for private in ("Ada", "Lovelace", "St James", "London", "Station"):
        assert private not in answer.out
        assert private not in str(as_json)
    assert as_json["input"]["data"]["customer"]["name"] == "<12 characters>"
    assert msgspec.json.decode(raw.out) == ride(1, customer=CUSTOMER)


def test_of_an_input_that_is_not_json_only_its_size_is_shown(
    service: Service, receipts: Command
) -> None:
    refuse_some(service, receipts)
    answer = receipts("dead-letters", "show", listed(receipts)[0]["number"])

    assert "The input is not JSON: 4 bytes" in answer.out
    assert '{"id' not in answer.out.splitlines()[-2]


def test_after_a_fix_of_the_pack_what_it_refused_is_issued_and_its_letters_are_kept_closed(
    service: Service, receipts: Command
) -> None:
    refuse_some(service, receipts)
    set_rates(service, LATE, NOW)

    answer = receipts("dead-letters", "replay", "--code", "no_rule_for_charge", "--json")

    assert answer.code == 0
    assert msgspec.json.decode(answer.out) == {"resolved": 2, "failed": {}}
    closed = [each for each in listed(receipts, "--all") if each["resolved_at"]]
    documents = [msgspec.json.decode(line) for line in receipts("list", "--json").out.splitlines()]
    assert [each["resolved_by"] for each in closed] == [
        [each["document_id"]] for each in reversed(documents)
    ]
    assert {each["code"] for each in listed(receipts)} == {"malformed_event", "unknown_country"}
    assert receipts("dead-letters", "list", "--all").out.count("resolved 20") == 2
    assert (receipts("verify", "--all").code, receipts("audit").code) == (0, 0)


def test_what_is_refused_again_stays_with_its_new_reason_and_is_counted(
    service: Service, receipts: Command
) -> None:
    refuse_some(service, receipts)
    set_rates(service, LATE, NOW)
    set_rates(service, '"10"', '"0"')
    (number,) = [each["number"] for each in listed(receipts) if each["code"] == "unknown_country"]

    one = receipts("dead-letters", "replay", number)
    (after,) = [each for each in listed(receipts) if each["number"] == number]
    everything = receipts("dead-letters", "replay", "--all")
    again = receipts("dead-letters", "replay", "--all")

    assert (one.code, after["times_seen"], after["code"]) == (1, 2, "unknown_country")
    assert everything.code == 1
    assert everything.out.startswith("resolved 2 dead letter(s), 2 stay")
    assert again.out.startswith("resolved 0 dead letter(s), 2 stay")


def test_an_event_that_was_issued_since_closes_its_letter_and_is_not_issued_twice(
    service: Service, receipts: Command
) -> None:
    refuse_some(service, receipts)
    set_rates(service, LATE, NOW)
    receipts("issue", "rides.ndjson")
    before = receipts("list").out

    receipts("dead-letters", "replay", "--code", "no_rule_for_charge")

    assert receipts("list").out == before
    assert len(listed(receipts, "--all")) - len(listed(receipts)) == 2


def test_a_line_that_was_cut_stays_one_that_was_too_long(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", [b" " * 9 + b"x" * LARGEST_EVENT_BYTES])
    receipts("issue", "rides.ndjson")

    assert receipts("dead-letters", "replay", "--all").code == 1
    (letter,) = listed(receipts)
    assert "larger than" in letter["reason"]


def test_a_number_names_one_letter_of_all_shards(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_STORE__SHARDS", "3")
    batch = as_batch(as_lines([ride(1, total_minor=1), ride(2)]))
    with open_shards(service, 3) as stores:
        refused = open_pipeline(stores, service).process(batch).dead_letters
        for shard in stores.shards:
            shard.bury(refused, ISSUED_AT)

    numbers = [each["number"] for each in listed(receipts)]
    assert numbers == ["00-1", "01-1", "02-1"]
    assert receipts("dead-letters", "replay", "01-1").code == 1
    assert [each["times_seen"] for each in listed(receipts)] == [1, 2, 1]
    with open_shards(service, 3) as stores:
        assert list(findings_of(stores)) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name one dead letter, or a --code, or say --all."),
        (["00-1", "--all"], "Name one dead letter, or a --code, or say --all."),
        (["00-9"], "There is no dead letter 00-9"),
        (["nonsense"], "There is no dead letter nonsense"),
    ],
)
@pytest.mark.usefixtures("service")
def test_a_replay_of_nothing_that_is_there_is_wrong_use(
    receipts: Command, arguments: list[str], words: str
) -> None:
    answer = receipts("dead-letters", "replay", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
