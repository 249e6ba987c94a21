"""Events are read as people write them, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.service import as_lines, ride

from receipts.cli.inputs import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service import Command, Service


def test_one_event_over_many_lines_is_one_event(service: Service, receipts: Command) -> None:
    (service.folder / "ride.json").write_text(json.dumps(ride(1), indent=2), "utf-8")

    answer = receipts("issue", "ride.json", "--json")

    assert (answer.code, json.loads(answer.out)["events_issued"]) == (0, 1)


def test_a_list_of_events_is_as_many_events(service: Service, receipts: Command) -> None:
    (service.folder / "rides.json").write_text(json.dumps([ride(1), ride(2)], indent=2), "utf-8")

    answer = receipts("issue", "rides.json", "--json")

    assert (answer.code, json.loads(answer.out)["events_issued"]) == (0, 2)


def test_an_event_over_many_lines_is_explained(service: Service, receipts: Command) -> None:
    (service.folder / "ride.json").write_text(json.dumps(ride(1), indent=2), "utf-8")

    assert receipts("pack", "explain", "ride.json").code == 0


@pytest.mark.parametrize(
    "content",
    [b"\n".join(as_lines([ride(1), ride(2)])), b"[1, {", b"\xff\n{}", b"[" * 100_000, b""],
    ids=["lines", "no-json", "no-utf-8", "deep", "empty"],
)
def test_what_is_no_single_json_value_is_read_as_it_stands(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "events.json"
    file.write_bytes(content)

    with opened(str(file)) as (stream, name):
        assert (stream.read(), name) == (content, "events.json")
