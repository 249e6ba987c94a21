"""Lines of one request can be found by the trace that its caller names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from tests.cli.test_serve import address_of

from receipts.telemetry.tracing import trace_of

if TYPE_CHECKING:
    from typing import Any

    from tests.service import Service

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def answered(service: Service, *headers: dict[str, str]) -> list[dict[str, Any]]:
    """The lines of a server that answered such requests."""
    with service.start("serve", "--port", "0", RECEIPTS_LOG__LEVEL="debug") as process:
        address = address_of(process)
        for each in headers:
            httpx.get(f"{address}/receipts/00-x", headers=each)
        process.terminate()
        _, said = process.communicate()
    lines = map(msgspec.json.decode, said.splitlines())
    return [line for line in lines if line["message"] == "request.answered"]


def test_an_answered_request_is_one_line_in_the_trace_of_its_caller(service: Service) -> None:
    header = {"traceparent": f"00-{TRACE}-{PARENT}-01"}

    first, second, without = answered(service, header, header, {})

    assert first["trace.id"] == second["trace.id"] == TRACE
    assert len({first["span.id"], second["span.id"], without["span.id"], PARENT}) == 4
    assert without["trace.id"] != TRACE
    assert (first["http.request.method"], first["http.response.status_code"]) == ("GET", 404)
    assert first["receipts.route"] == "/receipts/{name}"
    assert 0 < first["event.duration"] < 60 * 10**9
    assert "00-x" not in str(first)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "00",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f'00-{TRACE[:-1]}"-{PARENT}-01',
        f"00-{TRACE}-{PARENT}-01\n",
    ],
)
def test_a_wrong_header_begins_a_trace_of_its_own(wrong: str) -> None:
    trace = trace_of(wrong)

    assert trace.trace_id != TRACE
    assert len(bytes.fromhex(trace.trace_id)) == 16
    assert len(bytes.fromhex(trace.span_id)) == 8


def test_a_later_version_of_the_header_is_followed() -> None:
    assert trace_of(f"01-{TRACE}-{PARENT}-01-more").trace_id == TRACE
