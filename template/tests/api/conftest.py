"""A store with one receipt, and a reader of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.api.serving import serving
from tests.service import as_batch, as_lines, open_pipeline, open_shards, ride

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from tests.service import Service

    from receipts.infrastructure.stores import Stores


@pytest.fixture
def stores(service: Service) -> Iterator[Stores]:
    """A store with one receipt."""
    with open_shards(service) as opened:
        open_pipeline(opened, service).run(as_batch(as_lines([ride(1)])))
        yield opened


@pytest.fixture
def client(stores: Stores) -> Iterator[httpx.Client]:
    """A reader of a server that lets everyone read."""
    with serving(stores, None) as opened:
        yield opened
