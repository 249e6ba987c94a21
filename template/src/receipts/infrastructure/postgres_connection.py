"""A connection to PostgreSQL that does not wait for ever.

A server that ends closes its connections, which is noticed at once. One that hangs, or a network
that drops what is sent, closes nothing: without a limit a call would wait until the process ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors

if TYPE_CHECKING:
    from psycopg.abc import PQGen

Answer = TypeVar("Answer")

CONNECT_TIMEOUT_S = 5

STATEMENT_TIMEOUT_S = 60
"""How long one statement may take on the server; a batch takes some 20 ms."""

ANSWER_TIMEOUT_S = STATEMENT_TIMEOUT_S + 5
"""How long a call waits for an answer: the server has given the statement up before."""


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """Closes itself where the server does not answer a call in time."""

    answers_within_s: float = ANSWER_TIMEOUT_S
    """How long one call may wait, in seconds."""

    def wait(
        self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None
    ) -> Answer:
        """What every call does until its answer is there.

        Raises:
            ConnectionTimeout: There was none; whether the server did what it was told is not known.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answers_within_s)
        except errors._WaitTimeout as error:
            # An answer that comes later must not be taken for that of the next call.
            self.close()
            raise errors.ConnectionTimeout(
                f"the server has not answered for {self.answers_within_s:g} s"
            ) from error


def connect(url: str) -> Connection:
    """A connection that commits each statement by itself.

    Raises:
        psycopg.Error: There is none.
    """
    return Connection.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, application_name="receipts"
    )
