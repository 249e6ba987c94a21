"""The store of the settings, for every command that has one.

Apart from `receipts.cli.assembly`, so that a command that only reads loads no pipeline
and no logs; tests/cli/test_imports.py holds it to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receipts.infrastructure.stores import open_stores
from receipts.settings import PRODUCTION

if TYPE_CHECKING:
    from receipts.infrastructure.stores import Stores
    from receipts.settings import Settings


def stores_of(settings: Settings, answers_within_s: float | None = None) -> Stores:
    """The opened shards.

    In production the schema of PostgreSQL changes by `receipts database upgrade` alone, so that a
    release does not change it under the one before.

    Args:
        settings: Where the store is.
        answers_within_s: How long one call waits for a server, in seconds.
    """
    migrates = settings.environment != PRODUCTION
    store = settings.store
    return open_stores(
        store.url, store.shards, migrates=migrates, answers_within_s=answers_within_s
    )
