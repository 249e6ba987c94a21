"""What reaches the logs, and what never does."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import TYPE_CHECKING

import structlog
from tests.service import as_lines, ride

from receipts.telemetry.logs import configure_logs

if TYPE_CHECKING:
    import pytest
    from tests.service import Service


def test_a_batch_is_one_json_line_with_its_document_ids_and_no_personal_data(
    service: Service,
) -> None:
    customer = {
        "name": "Zelda Unmistakable",
        "address": {"lines": ["Hidden Road 7"], "city": "Nowhereville", "country": "QQ"},
    }
    service.write("rides.ndjson", as_lines([ride(1, customer=customer), ride(2)]))

    answer = service.run("issue", "rides.ndjson")

    (line,) = [json.loads(text) for text in answer.err.splitlines()]
    assert answer.code == 0
    assert line["message"] == "batch.issued"
    assert line["log.level"] == "info"
    assert line["ecs.version"]
    assert line["@timestamp"].endswith("Z")
    assert len(line["receipts.document_ids"]) == 2
    for personal in ("Zelda", "Hidden Road", "Nowhereville", "1190"):
        assert personal not in answer.err


def test_an_exception_becomes_a_stack_trace_field(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stderr", sink)
    configure_logs(logging.INFO)

    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("batch.failed")
    structlog.get_logger().debug("below the level")

    lines = sink.buffer.getvalue().splitlines()
    assert len(lines) == 1
    assert "ValueError: broken" in json.loads(lines[0])["error.stack_trace"]


def test_a_person_gets_a_line_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    configure_logs(logging.INFO)

    structlog.get_logger().info("batch.issued", received=3)

    assert "batch.issued" in screen.getvalue()
    assert not screen.getvalue().startswith("{")
