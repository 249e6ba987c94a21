"""Schema of a PostgreSQL shard: numbered SQL files, applied once each, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receipts.infrastructure.migration_files import migrations, newer_than_code

if TYPE_CHECKING:
    import psycopg


def schema_version(connection: psycopg.Connection[Any], schema: str) -> int:
    """Steps that were applied to a shard; 0 where there is none yet.

    Args:
        connection: To its database.
        schema: Name of the PostgreSQL schema that holds the shard.
    """
    found = connection.execute(
        "select 1 from information_schema.tables where table_schema = %s "
        "and table_name = 'schema_version'",
        (schema,),
    ).fetchone()
    if found is None:
        return 0
    row = connection.execute("select max(version) from schema_version").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def latest_version() -> int:
    """The version that this code works with."""
    return max(migrations("postgres"))


def migrate(connection: psycopg.Connection[Any], schema: str) -> None:
    """Bring a shard to this version's schema; another process may be doing the same.

    Args:
        connection: To its database, outside a transaction, with that schema first in its path.
        schema: Name of the PostgreSQL schema that holds the shard.

    Raises:
        StoreUnavailable: A newer version wrote it.
    """
    steps = migrations("postgres")
    latest = max(steps)
    with connection.transaction():
        # Two processes must not make one table; the number stands for that job alone.
        connection.execute("select pg_advisory_xact_lock(7221001)")
        connection.execute(f'create schema if not exists "{schema}"')
        connection.execute(
            "create table if not exists schema_version (version integer primary key)"
        )
        found = schema_version(connection, schema)
        if found > latest:
            raise newer_than_code(found, latest)
        for version in range(found + 1, latest + 1):
            for statement in steps[version]:
                connection.execute(statement)
            connection.execute("insert into schema_version values (%s)", (version,))
