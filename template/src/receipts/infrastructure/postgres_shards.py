"""All shards of a PostgreSQL store: one schema each, in one database."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import psycopg

from receipts.domain.masking import without_password
from receipts.infrastructure.postgres_connection import (
    ANSWER_TIMEOUT_S,
    connect,
    remedy_of,
    said_in,
)
from receipts.infrastructure.postgres_store import PostgresStore, schema_of
from receipts.infrastructure.store import StoreUnavailable
from receipts.infrastructure.stores import other_shards

if TYPE_CHECKING:
    from receipts.infrastructure.store import Store

SHARDS = r"select nspname from pg_namespace where nspname ~ '^receipts_[0-9a-f]{2}$'"


def open_shards(
    url: str, shards: int, *, migrates: bool, answers_within_s: float = ANSWER_TIMEOUT_S
) -> list[Store]:
    """Open every shard of a database.

    Args:
        url: ``postgresql://…``, as libpq reads it.
        shards: How many; fixed while a series year is open.
        migrates: Whether an older schema is brought up to date; if not, it is refused.
        answers_within_s: How long one call waits for the server, in seconds.

    Raises:
        BrokenConfiguration: The address is none, or the database holds other shards.
        StoreUnavailable: It cannot be opened, or its schema is another version's.
    """
    wanted = {schema_of(shard) for shard in range(shards)}
    found = _schemas_in(url)
    if found - wanted or (found and found != wanted and not migrates):
        raise other_shards(shards, without_password(url))
    with ExitStack() as opened:
        stores: list[Store] = [
            opened.enter_context(
                closing(
                    PostgresStore(url, shard, migrates=migrates, answers_within_s=answers_within_s)
                )
            )
            for shard in range(shards)
        ]
        opened.pop_all()
    return stores


def _schemas_in(url: str) -> set[str]:
    try:
        with connect(url) as connection:
            return {row[0] for row in connection.execute(SHARDS)}
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"The store {without_password(url)} cannot be used: {said_in(error)}. "
            f"Nothing was done; {remedy_of(error)}, then run the command again."
        ) from error
