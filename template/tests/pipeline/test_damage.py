"""Damage in one place of a store is named, and everything behind it is still proven.

Nine rides are issued into one series, in three batches of three, so three blocks.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.pipeline.hand_edits import change_entry, execute, with_body
from tests.service import as_batch, as_lines, open_pipeline, open_shards, refund, ride

from receipts.business_lines.business_line import find_business_lines
from receipts.domain.document_ids import event_digest
from receipts.infrastructure.store import DamagedStore, StoreUnavailable, stored_documents
from receipts.infrastructure.stores import open_stores
from receipts.pipeline.audit import audit
from receipts.pipeline.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.service import Command, Service

    from receipts.pipeline.walk import Finding

SERIES = "OURSQQ/QQ/receipt/2026/0"

FLIP = (
    "update blocks set content = "
    "cast(substr(content, 1, 60) || x'5a' || substr(content, 62) as blob) "
)

PAGE_BYTES = 8192


class Proof(NamedTuple):
    """What a proof of a shard came to."""

    documents: int
    findings: list[Finding]

    def told(self) -> list[tuple[str, str]]:
        """The findings, but for what they say of blocks."""
        return [(each.subject, each.problem) for each in self.findings if each.subject != "store"]

    def blocks(self) -> list[Finding]:
        """What they say of blocks."""
        return [each for each in self.findings if each.subject == "store"]


@pytest.fixture
def three_blocks(service: Service) -> Path:
    """The file, with everything written into it and nobody using it."""
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        for start in (1, 4, 7):
            pipeline.run(as_batch(as_lines(ride(each) for each in range(start, start + 3))))
    return service.shard


def verified(shard: Path) -> Proof:
    with open_stores(f"sqlite:{shard.parent}", 1) as stores:
        verifier = Verifier(stores.shards[0], find_business_lines())
        findings = [each for found in verifier.verify_all() for each in found]
        return Proof(verifier.verified, findings)


def audited(shard: Path) -> Proof:
    with open_stores(f"sqlite:{shard.parent}", 1) as stores:
        result = audit(stores)
        return Proof(result.documents, result.findings)


def number(sequence: int) -> str:
    return f"OURSQQ-QQ-R2026-0-{sequence:04}"


def digests(rides: Sequence[int]) -> tuple[str, ...]:
    return tuple([event_digest("/tests", f"ride-{each}").hex() for each in rides])


@pytest.mark.parametrize(
    ("block_id", "lost", "numbers"),
    [
        (1, (1, 2, 3), "numbers 1 to 3 lie"),
        (2, (4, 5, 6), "numbers 4 to 6 lie"),
        (3, (7, 8, 9), "numbers 7 to 9 lie"),
    ],
)
def test_a_flipped_byte_is_named_with_its_block_and_events_and_the_rest_is_proven(
    three_blocks: Path, block_id: int, lost: tuple[int, ...], numbers: str
) -> None:
    assert execute(three_blocks, FLIP + "where block_id = ?", block_id) == 1

    for proof in (verified(three_blocks), audited(three_blocks)):
        (block,) = proof.blocks()
        assert block.problem.startswith(
            f"{three_blocks}: block {block_id}: the block cannot be unpacked: "
        )
        assert f"It holds 3 event(s) that cannot be read: {digests(lost)[0]}, " in block.problem
        assert block.events == digests(lost)
        assert proof.told() == [(SERIES, f"{numbers} in a damaged block and cannot be proven")]
        assert proof.documents == 6


def test_what_was_changed_behind_a_damaged_block_is_found_all_the_same(three_blocks: Path) -> None:
    for place in (0, 1):
        change_entry(three_blocks, 3, place, lambda each: with_body(each, b"Station", b"Statiom"))
    execute(three_blocks, FLIP + "where block_id = 2")

    changed = [each for each in verified(three_blocks).told() if "computed again" in each[1]]
    assert changed == [(number(each), "computed again it differs in: supply") for each in (7, 8)]
    # The link of number 7 rests on one that is lost, so its recomputation alone accuses it.
    assert (SERIES, "the chain breaks at number 8") in audited(three_blocks).told()


def test_a_number_that_is_missing_behind_a_damaged_block_is_not_excused_by_it(
    three_blocks: Path,
) -> None:
    execute(three_blocks, FLIP + "where block_id = 1")
    execute(three_blocks, "delete from blocks where block_id = 3")

    told = audited(three_blocks).told()

    assert (SERIES, "it stands at 9, its last document is 6") in told
    assert ("index", "the blocks hold 6 events, 3 of them damaged, the index names 9") in told


def test_every_block_of_a_shard_may_be_damaged(three_blocks: Path) -> None:
    execute(three_blocks, FLIP)

    for proof in (verified(three_blocks), audited(three_blocks)):
        assert len(proof.blocks()) == 3
        assert proof.documents == 0


def test_a_correction_of_what_cannot_be_read_says_so(service: Service, three_blocks: Path) -> None:
    with open_shards(service) as stores:
        open_pipeline(stores, service).run(as_batch(as_lines([refund(1, of=5), refund(2, of=8)])))
    execute(three_blocks, FLIP + "where block_id = 2")

    (credit_note,) = [each for each in verified(three_blocks).told() if each[0] != SERIES]

    assert "it cannot be computed again: " in credit_note[1]
    assert "block 2: the block cannot be unpacked" in credit_note[1]


def test_a_broken_page_anywhere_is_named_and_what_can_be_read_is_proven(
    service: Service, three_blocks: Path, tmp_path: Path
) -> None:
    pages = three_blocks.stat().st_size // PAGE_BYTES
    whole = three_blocks.read_bytes()
    seen: set[int] = set()
    # The first page is the file's head: without it there is no store to be opened.
    for page in range(1, pages):
        broken = bytearray(whole)
        broken[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = b"\x5a" * PAGE_BYTES
        folder = tmp_path / "broken"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / service.shard.name).write_bytes(broken)

        for prove in (verified, audited):
            proof = prove(folder / service.shard.name)
            seen.add(proof.documents)
            assert proof.documents == 9 or proof.findings, page
    assert {0, 9} <= seen


def test_who_asks_nobody_to_be_told_of_damage_is_told_by_an_error(three_blocks: Path) -> None:
    execute(three_blocks, FLIP + "where block_id = 2")

    with open_stores(f"sqlite:{three_blocks.parent}", 1) as stores:
        rows = stored_documents(stores.shards[0])
        assert [next(rows).sequence for _ in range(3)] == [1, 2, 3]
        with pytest.raises(DamagedStore, match="block 2: the block cannot be unpacked"):
            next(rows)


def test_the_commands_say_what_is_lost_and_how_much_is_proven(
    receipts: Command, three_blocks: Path
) -> None:
    execute(three_blocks, FLIP + "where block_id = 2")

    verify, audit_ = receipts("verify", "--all"), receipts("audit")

    assert (verify.code, audit_.code) == (1, 1)
    assert "verified 6 document(s): 2 finding(s)" in verify.out
    assert "audited 6 document(s) in 1 series from 6 event(s): 2 finding(s)" in audit_.out
    assert "shard-00.sqlite3: block 2: " in verify.out


def test_a_file_without_a_head_is_refused_in_words(three_blocks: Path) -> None:
    three_blocks.write_bytes(b"\x5a" * PAGE_BYTES + three_blocks.read_bytes()[PAGE_BYTES:])

    with pytest.raises(StoreUnavailable, match="file is not a database"):
        verified(three_blocks)
