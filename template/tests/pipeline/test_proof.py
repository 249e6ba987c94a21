"""Verification and audit find every change behind the service's back, and name the place.

Six rides are issued into one series, in two batches of three, so two blocks: numbers
1 to 3 and 4 to 6.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.countries import made_up
from tests.pipeline.hand_edits import (
    blocks,
    change_entry,
    execute,
    with_body,
    with_chain,
    with_record,
    with_sequence,
    write_block,
)
from tests.service import ride

from receipts.business_lines.business_line import find_business_lines
from receipts.domain.numbering import first_link, next_link
from receipts.infrastructure.store import DamagedStore
from receipts.infrastructure.stores import open_stores
from receipts.pipeline.audit import audit
from receipts.pipeline.verify import Verifier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.conftest import Found

    from receipts.infrastructure.blocks import BlockEntry
    from receipts.infrastructure.stores import Stores

SERIES = "OURSQQ/QQ/receipt/2026/0"


NOT_CLAIMED = "the index does not find it, so it could be issued again"

DELETE_CLAIM = "delete from events where block_id = ? and place = ?"


def claim(sequence: int) -> tuple[int, int]:
    """Block and place of a ride."""
    return 1 + (sequence - 1) // 3, (sequence - 1) % 3


def number(sequence: int) -> str:
    return f"OURSQQ-QQ-R2026-0-{sequence:04}"


def test_what_nobody_touched_is_genuine_and_whole(
    shard: Path, verified: Found, audited: Found
) -> None:
    assert shard.exists()
    assert verified() == {}
    assert audited() == {}


def test_another_text_in_a_document_is_found_in_that_document_and_no_other(
    shard: Path, verified: Found, audited: Found
) -> None:
    change_entry(shard, 1, 1, lambda entry: with_body(entry, b"Station", b"Station!"))

    assert verified() == {number(2): "computed again it differs in: supply"}
    assert audited() == {SERIES: "the chain breaks at number 2"}


def test_another_amount_is_found_although_its_link_was_made_to_fit(
    shard: Path, verified: Found, audited: Found
) -> None:
    def cheaper(entry: BlockEntry) -> BlockEntry:
        changed = with_body(entry, b'"payable_minor":1190', b'"payable_minor":190')
        return with_chain(changed, next_link(first_link(SERIES), digest_of(changed)))

    change_entry(shard, 1, 0, cheaper)

    assert verified()[number(1)] == "computed again it differs in: totals"
    assert audited() == {SERIES: "the chain breaks at number 2"}


def test_another_amount_is_found_although_every_link_was_made_to_fit(
    shard: Path, verified: Found, audited: Found
) -> None:
    chain = first_link(SERIES)
    for block_id, entries in blocks(shard):
        changed = [with_body(entry, b'"tax_minor":108', b'"tax_minor":8') for entry in entries]
        for place, entry in enumerate(changed):
            chain = next_link(chain, digest_of(entry))
            changed[place] = with_chain(entry, chain)
        write_block(shard, block_id, changed)
    execute(shard, "update series set last_chain = ?", chain)

    problem = "computed again it differs in: lines, tax_subtotals, totals"
    assert verified() == {number(sequence): problem for sequence in range(1, 7)}
    assert audited() == {}


def test_a_changed_link_is_found(shard: Path, verified: Found, audited: Found) -> None:
    change_entry(shard, 2, 0, lambda entry: with_chain(entry, b"\0" * 32))

    assert "chain value" in verified()[number(4)]
    assert "the chain breaks at number" in audited()[SERIES]


def test_a_changed_last_link_of_a_series_is_found(shard: Path, audited: Found) -> None:
    execute(shard, "update series set last_chain = zeroblob(32)")

    assert audited() == {SERIES: "its last chain value is not the one of its last document"}


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_a_claim_that_was_deleted_is_missed(shard: Path, audited: Found, sequence: int) -> None:
    assert execute(shard, DELETE_CLAIM, *claim(sequence)) == 1

    assert audited() == {
        f"event ride-{sequence} of /tests": NOT_CLAIMED,
        "index": "the blocks hold 6 events, the index names 5",
    }


def test_a_claim_without_an_event_is_found(shard: Path, audited: Found) -> None:
    execute(shard, "insert into events values (zeroblob(16), 2, 3)")

    assert audited() == {"index": "the blocks hold 6 events, the index names 7"}


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_a_document_that_was_deleted_is_missed(shard: Path, audited: Found, sequence: int) -> None:
    block_id, place = claim(sequence)
    entries = dict(blocks(shard))[block_id]
    write_block(shard, block_id, entries[:place] + entries[place + 1 :])

    assert audited()["index"] == "the blocks hold 5 events, the index names 6"
    with open_again(shard) as stores:
        problems = [each.problem for each in audit(stores).findings if each.subject == SERIES]
    assert f"number {sequence} is missing before {sequence + 1}" in problems


def test_the_last_document_is_missed_although_its_series_was_moved_back(
    shard: Path, audited: Found
) -> None:
    write_block(shard, 2, dict(blocks(shard))[2][:2])
    execute(shard, "update series set last_sequence = 5")

    assert audited()["index"] == "the blocks hold 5 events, the index names 6"


def test_a_document_cannot_be_proven_without_the_one_before_it(shard: Path) -> None:
    with open_again(shard) as stores:
        row = stores.document(number(3))
        assert row is not None
        entries = dict(blocks(shard))[1]
        write_block(shard, 1, [entries[0], entries[2]])

        (finding,) = Verifier(stores.shards[0], find_business_lines()).verify(row)

    assert finding.subject == number(3)
    assert finding.problem == "the document before it in its series is missing"


def test_an_event_that_was_deleted_with_its_document_is_missed(shard: Path, audited: Found) -> None:
    entries = dict(blocks(shard))[2]
    write_block(shard, 2, entries[:2])
    execute(shard, DELETE_CLAIM, *claim(6))

    assert audited() == {SERIES: "it stands at 6, its last document is 5"}


@pytest.mark.parametrize("kept", [[], [0]])
def test_events_that_were_deleted_without_their_claims_are_missed(
    shard: Path, verified: Found, audited: Found, kept: list[int]
) -> None:
    entries = dict(blocks(shard))[1]
    write_block(shard, 1, [entries[place] for place in kept])

    assert "chain value" in verified()[number(4)]
    held = 3 + len(kept)
    assert audited()["index"] == f"the blocks hold {held} events, the index names 6"


def test_a_block_that_was_deleted_is_missed(shard: Path, audited: Found) -> None:
    execute(shard, "delete from blocks where block_id = 2")

    assert audited() == {
        SERIES: "it stands at 6, its last document is 3",
        "index": "the blocks hold 3 events, the index names 6",
    }


def test_a_document_whose_block_lacks_it_is_no_answer_but_a_damage(shard: Path) -> None:
    with open_again(shard) as stores:
        row = stores.document(number(6))
        assert row is not None
        execute(shard, "delete from blocks where block_id = 2")

        with pytest.raises(DamagedStore, match="block 2 lacks an event it must hold"):
            stores.shards[0].document(row.digest, 0)


def test_a_claim_that_leads_to_another_event_is_a_damage_and_no_answer(shard: Path) -> None:
    with open_again(shard) as stores:
        row = stores.document(number(6))
        assert row is not None
        execute(shard, "update events set place = 1 where block_id = 2 and place = 2")

        with pytest.raises(DamagedStore, match="block 2 lacks an event it must hold"):
            stores.shards[0].document(row.digest, 0)


def test_a_document_taken_out_of_its_event_is_missed(shard: Path, audited: Found) -> None:
    change_entry(shard, 2, 2, lambda entry: replace(entry, documents=()))

    assert audited()["event ride-6 of /tests"] == "its record names 1 documents, 0 are there"


def test_a_renumbered_document_is_found(shard: Path, verified: Found, audited: Found) -> None:
    change_entry(shard, 2, 2, lambda entry: with_sequence(entry, 60))

    assert verified()[number(60)] == f"it is kept as this number, but says {number(6)}"
    assert audited()[SERIES] == "it stands at 6, its last document is 60"


def test_two_documents_that_changed_numbers_are_found(shard: Path, verified: Found) -> None:
    change_entry(shard, 1, 0, lambda entry: with_sequence(entry, 2))
    change_entry(shard, 1, 1, lambda entry: with_sequence(entry, 1))

    assert verified()[number(1)] == f"it is kept as this number, but says {number(2)}"
    assert verified()[number(2)] == f"it is kept as this number, but says {number(1)}"


@pytest.mark.parametrize("moved_to", [0, 5, 7])
def test_a_moved_counter_is_found(shard: Path, audited: Found, moved_to: int) -> None:
    execute(shard, "update series set last_sequence = ?", moved_to)

    assert audited() == {SERIES: f"it stands at {moved_to}, its last document is 6"}


def test_an_index_that_claims_another_event_is_found(shard: Path, audited: Found) -> None:
    execute(shard, "update events set event_digest = zeroblob(16) where block_id = 2 and place = 2")

    assert audited() == {"event ride-6 of /tests": NOT_CLAIMED}


def test_a_document_that_is_kept_with_another_event_is_found(shard: Path, verified: Found) -> None:
    change_entry(shard, 2, 2, lambda entry: replace(entry, digest=bytes(16)))

    assert verified() == {number(6): "it is kept with another event than the one it names"}


def test_a_pack_that_was_changed_is_found_by_every_document_that_rests_on_it(
    shard: Path, verified: Found
) -> None:
    digest = made_up.loaded(made_up.CORRECTABLE).sha256
    other = made_up.loaded(made_up.changed("rates.toml", '"10"', '"0"')).content
    execute(shard, "update frozen_inputs set content = ? where sha256 = ?", other, digest)

    problem = f"it cannot be computed again: the frozen input {digest[:12]}… was changed"
    assert verified() == {number(sequence): problem for sequence in range(1, 7)}


def test_a_pack_that_was_put_in_its_place_under_its_own_digest_is_found(
    shard: Path, verified: Found
) -> None:
    other = made_up.loaded(made_up.changed("rates.toml", '"10"', '"0"'))
    execute(shard, "insert into frozen_inputs values (?, 'pack', ?)", other.sha256, other.content)
    change_entry(shard, 1, 0, lambda entry: with_record(entry, pack_sha256=other.sha256))

    assert verified() == {
        number(1): "computed again it differs in: lines, pack_sha256, tax_subtotals, totals"
    }


@pytest.mark.parametrize("kind", ["pack", "legal_entities"])
def test_a_frozen_input_that_is_missing_is_found(shard: Path, verified: Found, kind: str) -> None:
    execute(shard, "delete from frozen_inputs where kind = ?", kind)

    found = verified()
    assert set(found) == {number(sequence) for sequence in range(1, 7)}
    assert all("is missing" in problem for problem in found.values())


def test_an_event_that_was_changed_is_found(shard: Path, verified: Found) -> None:
    event = ride(1, licence="limousine")
    change_entry(shard, 1, 0, lambda entry: with_record(entry, event=event))

    assert "No row applies to charge 'fare'" in verified()[number(1)]


def test_records_that_were_exchanged_are_found(
    shard: Path, verified: Found, audited: Found
) -> None:
    first, second, third = dict(blocks(shard))[1]
    swapped = [replace(first, record=second.record), replace(second, record=first.record), third]
    write_block(shard, 1, swapped)

    assert {number(1), number(2)} <= set(verified())
    assert "the chain breaks at number" in audited()[SERIES]


@pytest.mark.parametrize("record", [b"", b"{", b"{}", b"\xff", b'{"numbers":[]}'])
def test_a_record_that_cannot_be_read_is_found(
    shard: Path, verified: Found, audited: Found, record: bytes
) -> None:
    change_entry(shard, 1, 1, lambda entry: replace(entry, record=record))

    assert "it cannot be computed again" in verified()[number(2)]
    assert audited()[SERIES] == "the chain breaks at number 2"
    assert "its record" in audited()["event 2"]


def test_a_block_that_was_overwritten_with_text_is_found(
    shard: Path, verified: Found, audited: Found
) -> None:
    execute(shard, "update blocks set content = 'damaged' where block_id = 2")

    assert "shard-00.sqlite3: block 2: " in verified()["store"]
    assert "shard-00.sqlite3: block 2: " in audited()["store"]


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_a_flipped_byte_in_a_block_is_found_and_the_block_named(
    shard: Path, verified: Found, audited: Found, part: float
) -> None:
    position = 1 + int(part * len(content_of(shard, 2)))
    damaged = bytearray(content_of(shard, 2))
    damaged[position - 1] ^= 0x5A
    execute(shard, "update blocks set content = ? where block_id = 2", bytes(damaged))

    assert "shard-00.sqlite3: block 2: the block cannot be unpacked" in verified()["store"]
    assert "shard-00.sqlite3: block 2: the block cannot be unpacked" in audited()["store"]


def open_again(shard: Path) -> Stores:
    return open_stores(f"sqlite:{shard.parent}", 1)


def digest_of(entry: BlockEntry) -> bytes:
    return sha256(entry.documents[0].body).digest()


def content_of(shard: Path, block_id: int) -> bytes:
    with closing(sqlite3.connect(shard)) as connection:
        row = connection.execute("select content from blocks where block_id = ?", (block_id,))
        content: bytes = row.fetchone()[0]
        return content
