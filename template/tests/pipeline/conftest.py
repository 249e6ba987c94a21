"""Six rides, issued into one series in two batches of three, so two blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.service import Service, as_batch, as_lines, open_pipeline, open_shards, ride

from receipts.business_lines.business_line import find_business_lines
from receipts.pipeline.audit import audit
from receipts.pipeline.verify import Verifier

if TYPE_CHECKING:
    from pathlib import Path

Found = Callable[[], dict[str, str]]
"""What is wrong, by what it is wrong with."""


@pytest.fixture
def shard(service: Service) -> Path:
    """The file, with everything written into it and nobody using it."""
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        for start in (1, 4):
            pipeline.run(as_batch(as_lines(ride(each) for each in range(start, start + 3))))
    return service.shard


@pytest.fixture
def verified(service: Service) -> Found:
    def verify_all() -> dict[str, str]:
        with open_shards(service) as stores:
            lists = Verifier(stores.shards[0], find_business_lines()).verify_all()
            return {each.subject: each.problem for found in lists for each in found}

    return verify_all


@pytest.fixture
def audited(service: Service) -> Found:
    def audit_all() -> dict[str, str]:
        with open_shards(service) as stores:
            return {each.subject: each.problem for each in audit(stores).findings}

    return audit_all
