"""``receipts pack explain`` answers in words, refuses in words and stores nothing."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.service import as_lines, refund, ride

if TYPE_CHECKING:
    from tests.service import Command, Service

TIPPED = {
    "charges": [{"amount_minor": 11_90, "code": "fare"}, {"amount_minor": 2_00, "code": "tip"}],
    "total_minor": 13_90,
}

IN_WORDS = """\
Event ride-1 from /tests leads to 1 document; nothing was stored.

1. Receipt in QQ, supplied 2026-11-23
issuer: Our Rides QQ (OURSQQ) sells it as principal
   row qq-own: made up
   because supplier_stated = false
kind: receipt
   row qq-receipt: made up
   because gross_minor = 1190
fare: 11.90 EUR with VAT 10 % (1.08), category S
   row qq-fare (source not seen): made up
   because licence = taxi
tip: 2.00 EUR passed through to the driver, a tip
   row qq-tip: made up
phrase: Thank you.
   row qq-phrase-tip: made up
   because kind = receipt, row = qq-tip
rounding and numbering
   row qq-rounding: made up
   row qq-numbering: made up
kept until 2033-12-31
   row qq-retention: made up
totals: net 10.82, tax 1.08, gross 11.90, passed through 2.00, payable 13.90 EUR
"""


def test_an_event_is_explained_in_words_with_the_row_and_source_of_every_decision(
    service: Service, receipts: Command
) -> None:
    rates = service.config / "countries" / "qq" / "rates.toml"
    rates.write_text(rates.read_text("utf-8").replace("= true", "= false"), "utf-8")
    service.write("rides.ndjson", as_lines([ride(1, **TIPPED), ride(2)]))

    answer = receipts("pack", "explain", "rides.ndjson")

    assert answer == (0, IN_WORDS, "")
    assert not (service.folder / "data").exists()


def test_a_machine_reads_the_same_as_one_object(service: Service, receipts: Command) -> None:
    service.write("ride.json", as_lines([ride(1, **TIPPED)]))

    answer = receipts("pack", "explain", "ride.json", "--json")

    found = msgspec.json.decode(answer.out)
    assert answer.code == 0
    assert (found["outcome"], found["event_id"]) == ("explained", "ride-1")
    (document,) = found["documents"]
    assert document["issuer"]["reasons"][0]["row"] == "qq-own"
    assert [each["treatment"] for each in document["charges"]] == ["taxed", "passed_through"]
    assert document["totals"]["payable_minor"] == 13_90


def test_standard_input_is_read_for_a_hyphen(
    service: Service, receipts: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\n".join([b"", *as_lines([ride(1)])])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    answer = receipts("pack", "explain", "-")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Event ride-1 from /tests")
    assert service.folder.exists()


REFUSED = [
    (as_lines([ride(1, total_minor=5)])[0], "total_differs", "$.data.total_minor"),
    (as_lines([ride(1, country="XX")])[0], "unknown_country", "$.data.country"),
    (as_lines([ride(1, licence="boat")])[0], "no_rule_for_charge", "$.data.charges[0]"),
    (b"{", "malformed_event", "$"),
]


@pytest.mark.parametrize(("content", "code", "path"), REFUSED, ids=[each[1] for each in REFUSED])
def test_an_event_that_is_refused_is_answered_with_the_refusal_and_exit_code_1(
    service: Service, receipts: Command, content: bytes, code: str, path: str
) -> None:
    service.write("ride.json", [content])

    answer = receipts("pack", "explain", "ride.json")
    found = msgspec.json.decode(receipts("pack", "explain", "ride.json", "--json").out)

    head, reason = answer.out.splitlines()
    assert (answer.code, answer.err) == (1, "")
    assert head == f"Refused, {code} at {path}:"
    assert found == {"outcome": "refused", "code": code, "path": path, "reason": reason.strip()}
    assert not (service.folder / "data").exists()


REFUND_IN_WORDS = """\
Event refund-2 from /tests corrects ride-1 and leads to 1 document; nothing was stored.

1. Credit note in QQ, supplied 2026-11-23
corrects: receipt OURSQQ-QQ-R2026-0-0001, whose seller it keeps
cause: refund, goodwill
issuer: Our Rides QQ
kind: credit note
   row qq-credit-note: made up
fare: -2.00 EUR with VAT 10 % (-0.18), category S
   row qq-fare: made up
   because licence = taxi
rounding and numbering
   row qq-rounding: made up
   row qq-numbering: made up
totals: net -1.82, tax -0.18, gross -2.00, passed through 0.00, payable -2.00 EUR
"""


def test_a_correction_is_explained_by_what_was_issued_and_changes_nothing(
    service: Service, receipts: Command
) -> None:
    service.write("rides.ndjson", as_lines([ride(1), refund(1, of=1)]))
    service.write("refund.json", as_lines([refund(2, of=1, amount_minor=2_00)]))
    receipts("issue", "rides.ndjson")

    answer = receipts("pack", "explain", "refund.json")
    found = msgspec.json.decode(receipts("pack", "explain", "refund.json", "--json").out)

    assert answer == (0, REFUND_IN_WORDS, "")
    assert (found["outcome"], found["original_id"]) == ("explained", "ride-1")
    assert found["documents"][0]["totals"]["payable_minor"] == -2_00
    assert len(receipts("list", "--json").out.splitlines()) == 2


def test_a_correction_of_nothing_that_was_issued_is_refused(
    service: Service, receipts: Command
) -> None:
    service.write("refund.json", as_lines([refund(1, of=7)]))

    answer = receipts("pack", "explain", "refund.json")

    assert answer.code == 1
    assert answer.out.startswith("Refused, unknown_original at $.data.original:")
    assert service.folder.exists()


def test_more_than_is_left_is_refused_as_it_would_be(service: Service, receipts: Command) -> None:
    service.write("rides.ndjson", as_lines([ride(1), refund(1, of=1, amount_minor=6_00)]))
    service.write("refund.json", as_lines([refund(2, of=1, amount_minor=6_00)]))
    receipts("issue", "rides.ndjson")

    answer = receipts("pack", "explain", "refund.json")

    assert answer.code == 1
    assert "refund_too_large at $.data.charges[0].amount_minor" in answer.out
