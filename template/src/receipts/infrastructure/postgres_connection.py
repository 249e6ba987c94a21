"""A connection to PostgreSQL that does not wait for ever.

A server that ends closes its connections, which is noticed at once. One that hangs, or a network
that drops what is sent, closes nothing: without a limit a call would wait until the process ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from receipts.domain.errors import BrokenConfiguration
from receipts.domain.masking import without_password

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
        BrokenConfiguration: The address cannot be read.
        psycopg.Error: There is none.
    """
    _check_address(url)
    return Connection.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, application_name="receipts"
    )


def _check_address(url: str) -> None:
    """Refuse an address that libpq would misread, before it repeats a part of the password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Not its words, and not as a cause: both hold what could not be read.
        parts = None
    is_split_wrongly = parts is None or (
        "@" in f"{parts.get('host', '')}{parts.get('dbname', '')}"
        or not re.fullmatch(r"[\d,]*", str(parts.get("port", "")))
    )
    if is_split_wrongly:
        raise BrokenConfiguration(
            f"store.url, {without_password(url)}, cannot be read: it is "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE with the parameters of "
            "libpq; in a name or a password write % as %25, @ as %40, : as %3A, / as %2F and a "
            "space as %20."
        )


def said_in(error: psycopg.Error) -> str:
    """What the server said, or what was seen of it, on one line."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    # libpq's own question is asked again by the remedy.
    return " ".join(text.split()).partition(" Is the server running")[0].rstrip(".")


_REMEDIES = {
    r"password authentication failed|no password supplied": (
        "write this user's password into store.url, best in the secret file RECEIPTS_STORE__URL, "
        "or give the user that password on the server"
    ),
    r"pg_hba\.conf|authentication failed": (
        "let this user in from this machine, in pg_hba.conf of the server"
    ),
    r'database ".*" does not exist': "make it with `createdb`, or name another one in store.url",
    r'role ".*" does not exist': "make it with `createuser`, or name another one in store.url",
    r"failed to resolve host": (
        "correct the host in store.url, or let this machine's name server know it"
    ),
    r"Connection refused|No such file|timeout|timed out|unreachable|No route": (
        "check that the server runs, that host and port in store.url are its own, and that nothing "
        "stands between"
    ),
}
"""By the words of libpq and the server: of a connection that was refused there is no code."""


def remedy_of(error: psycopg.Error) -> str:
    """What to do about a connection that there is not."""
    said = str(error)
    found = (remedy for words, remedy in _REMEDIES.items() if re.search(words, said))
    return next(found, "check that the server runs, may be reached and lets this user in")
