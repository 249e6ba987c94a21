"""A store with one receipt, and a reader of it: shared by tests that only read, or a test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.api.serving import serving
from tests.service import as_batch, as_lines, make_service, open_pipeline, open_shards, ride

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from tests.service import Service

    from receipts.infrastructure.stores import Stores


def _stores_with_one_receipt(service: Service) -> Iterator[Stores]:
    with open_shards(service) as opened:
        open_pipeline(opened, service).run(as_batch(as_lines([ride(1)])))
        yield opened


@pytest.fixture(scope="package")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """A store with one receipt that no test changes."""
    yield from _stores_with_one_receipt(make_service(tmp_path_factory.mktemp("read")))


@pytest.fixture(scope="package")
def client(stores: Stores) -> Iterator[httpx.Client]:
    """A reader of a server that lets everyone read."""
    # To start and stop one takes longer than most tests.
    with serving(stores) as opened:
        yield opened


@pytest.fixture
def own_stores(service: Service) -> Iterator[Stores]:
    """A store with one receipt, for a test that changes it."""
    yield from _stores_with_one_receipt(service)


@pytest.fixture
def own_client(own_stores: Stores) -> Iterator[httpx.Client]:
    """A reader of a server of this test's own store."""
    with serving(own_stores) as opened:
        yield opened
