"""``receipts verify`` and ``receipts audit``: the books, proven."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter

from receipts.business_lines.business_line import find_business_lines
from receipts.cli.progress import Progress
from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.stores import Stores
from receipts.pipeline.audit import audit as audit_stores
from receipts.pipeline.verify import Verifier
from receipts.pipeline.walk import Finding
from receipts.rendering.canonical import read_document
from receipts.settings import load_settings

MOST_SHOWN = 50
"""Findings printed for people; ``--json`` prints all."""


def verify(
    document: str | None = None,
    /,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Compute documents again from their input records and compare them byte for byte.

    Exit code 1 when one is not genuine.

    Args:
        document: Id or number of one document.
        all_: Every document.
        json: Print the result as JSON.
    """
    if (document is None) != all_:
        raise BrokenConfiguration("Name one document, or say --all.")
    with stores_of(load_settings()) as stores:
        count, findings = _verify_all(stores) if document is None else _verify_one(stores, document)
    if json:
        print(msgspec.json.encode({"verified": count, "findings": findings}).decode())
    else:
        _print(findings)
        verdict = f"{len(findings)} finding(s)" if findings else "all genuine"
        print(f"verified {count:,} document(s): {verdict}")
    return 1 if findings else 0


def audit(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Check that numbers are dense, chains unbroken and every event accounted for.

    Exit code 1 when something is not.

    Args:
        json: Print the result as JSON.
    """
    with stores_of(load_settings()) as stores:
        progress = Progress("documents")
        result = audit_stores(stores, progress)
        progress.clear()
    if json:
        print(msgspec.json.encode(result).decode())
    else:
        _print(result.findings)
        verdict = f"{len(result.findings)} finding(s)" if result.findings else "all accounted for"
        letters = result.dead_letters.total()
        print(
            f"audited {result.documents:,} document(s) in {result.series:,} series "
            f"from {result.events:,} event(s): {verdict}; {letters:,} dead letter(s) explained"
        )
    return 1 if result.findings else 0


def _verify_all(stores: Stores) -> tuple[int, list[Finding]]:
    lines = find_business_lines()
    progress = Progress("documents")
    count, findings = 0, []
    for store in stores.shards:
        verifier = Verifier(store, lines)
        for problems in verifier.verify_all():
            findings += problems
            progress(count + verifier.verified)
        count += verifier.verified
    progress.clear()
    return count, findings


def _verify_one(stores: Stores, id_or_number: str) -> tuple[int, list[Finding]]:
    row = stores.document(id_or_number)
    if row is None:
        raise BrokenConfiguration(f"There is no document {id_or_number!r}; see `receipts list`.")
    shard = stores.shards[read_document(row.body).shard]
    return 1, Verifier(shard, find_business_lines()).verify(row)


def _print(findings: list[Finding]) -> None:
    for finding in findings[:MOST_SHOWN]:
        print(f"{finding.subject}: {finding.problem}")
    if len(findings) > MOST_SHOWN:
        print(f"… and {len(findings) - MOST_SHOWN:,} more")
