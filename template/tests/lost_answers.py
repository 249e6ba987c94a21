"""A way to a PostgreSQL server that is cut at a commit, before or after it is done, or silent."""

from __future__ import annotations

import socket
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET = ".s.PGSQL.5432"

Cut = Literal["the commit", "the answer to it"]


class Way:
    """Passes on what client and server say to each other, but for one thing that it loses."""

    def __init__(self, folder: Path, server: Path) -> None:
        """Listen in a folder on behalf of a server's socket."""
        self.loses: Cut | None = None
        """What to lose next; then the connection is gone and this None again."""
        self.is_silent = False
        """Whether the server never learns what it is told, though nobody hangs up."""
        self._server = str(server)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        # One that waits for a connection would take one more.
        _hang_up(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._server)
            answers = threading.Thread(target=_copy, args=(server, client), daemon=True)
            answers.start()
            with suppress(OSError):
                while said := client.recv(65_536):
                    if self.is_silent:
                        continue
                    if self.loses is not None and b"commit\0" in said:
                        self._lose(said, client, server)
                        break
                    server.sendall(said)
            _hang_up(server)
            answers.join()

    def _lose(self, said: bytes, client: socket.socket, server: socket.socket) -> None:
        _hang_up(client)
        if self.loses == "the answer to it":
            server.sendall(said)
        self.loses = None


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on until one of both hangs up; what cannot be passed on is lost."""
    with suppress(OSError):
        while said := source.recv(65_536):
            with suppress(OSError):
                target.sendall(said)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def lossy_way(url: str) -> Iterator[tuple[Way, str]]:
    """A way to a database of a server in a folder, and its address, until the block ends."""
    parts = urlsplit(url)
    (server,) = parse_qs(parts.query)["host"]
    with tempfile.TemporaryDirectory(prefix="way-", dir="/tmp") as folder:
        way = Way(Path(folder), Path(server) / SOCKET)
        try:
            yield way, parts._replace(query=f"host={quote(folder, safe='')}").geturl()
        finally:
            way.close()
