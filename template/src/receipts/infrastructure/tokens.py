"""The bearer tokens that open the Web API: a file that holds their hashes, never a token.

The file travels as any secret does, so every process and data centre agrees; each reads it
again as soon as it changes, so a revoked token is refused without a restart.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

import msgspec

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.watched_files import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "receipts_"
"""What secret scanners look for, followed by 43 letters, digits, hyphens and underscores."""

RANDOM_BYTES = 32

LONGEST = 256
"""Longer than any token; nothing longer is hashed."""

FEWEST_DIGITS = 8
"""Different hexadecimal digits of a hash; ``abab…`` has fewer, a hash hardly ever."""


class Scope(StrEnum):
    """What a token opens."""

    EVENTS_WRITE = "events:write"
    RECEIPTS_READ = "receipts:read"
    METRICS_READ = "metrics:read"
    ADMIN = "admin"
    """Everything."""


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is kept of a token."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    """Of 32 random bytes nobody can guess, so a slow hash would protect nothing more."""
    created: Annotated[datetime, msgspec.Meta(tz=True)]
    expires: Annotated[datetime, msgspec.Meta(tz=True)]
    revoked: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def opens(self, scope: Scope) -> bool:
        """Whether it may do that."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tokens: tuple[Token, ...]


class Tokens:
    """The tokens of a file, as it is now."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            BrokenConfiguration: It cannot be used.
        """
        self._watched = Watched(path, load_tokens)

    def find(self, token: str) -> Token | None:
        """What is kept of a token, whether or not it still opens anything.

        Raises:
            BrokenConfiguration: The file was changed into one that cannot be used.
        """
        if len(token) > LONGEST:
            return None
        found, digest = None, sha256(token.encode()).hexdigest()
        # All are compared, each in the same time, so the time tells nothing of any.
        for each in self._watched.content():
            if hmac.compare_digest(each.sha256, digest):
                found = each
        return found


def load_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens of a file.

    Raises:
        BrokenConfiguration: It is absent, does not fit, or holds an example.
    """
    try:
        tokens = msgspec.json.decode(path.read_bytes(), type=_File).tokens
    except OSError as error:
        raise BrokenConfiguration(
            f"{path} cannot be read ({error.strerror}): `receipts tokens new` makes it."
        ) from error
    except msgspec.MsgspecError as error:
        raise BrokenConfiguration(f"{path}: {error}.") from error
    names = [token.name for token in tokens]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BrokenConfiguration(f"{path}: {', '.join(twice)} stands there twice.")
    if examples := [each.name for each in tokens if len(set(each.sha256)) < FEWEST_DIGITS]:
        raise BrokenConfiguration(
            f"{path}: the hash of {', '.join(examples)} is an example; revoke it and make a token "
            "of your own."
        )
    return tokens


def add_token(
    path: Path, name: str, scopes: tuple[Scope, ...], created: datetime, expires: datetime
) -> str:
    """Make a token and keep its hash; answers with the token, which nothing can show again.

    Raises:
        BrokenConfiguration: The name is taken or no name, or the file cannot be used.
    """
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    digest = sha256(token.encode()).hexdigest()
    with _changing(path) as tokens:
        if name in {each.name for each in tokens}:
            raise BrokenConfiguration(
                f"{path} has a token {name!r}, in force or revoked: choose another name, so that "
                "the log tells them apart."
            )
        tokens.append(Token(name, scopes, digest, created, expires))
    return token


def revoke_token(path: Path, name: str, revoked: datetime) -> None:
    """Let a token open nothing from now on; its name stays, for the log.

    Raises:
        BrokenConfiguration: There is no such token in force, or the file cannot be used.
    """
    with _changing(path) as tokens:
        for place, token in enumerate(tokens):
            if token.name == name and token.revoked is None:
                tokens[place] = msgspec.structs.replace(token, revoked=revoked)
                return
        raise BrokenConfiguration(
            f"{path} has no token {name!r} that could be revoked; see `receipts tokens list`."
        )


@contextmanager
def _changing(path: Path) -> Iterator[list[Token]]:
    """The tokens to change; written whole, by one at a time."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise BrokenConfiguration(f"{path.parent} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        tokens = list(load_tokens(path)) if path.exists() else []
        yield tokens
        _write(path, tokens)
    finally:
        os.close(folder)


def _write(path: Path, tokens: list[Token]) -> None:
    try:
        content = msgspec.json.format(msgspec.json.encode(_File(tuple(tokens))), indent=2)
        msgspec.json.decode(content, type=_File)
    except msgspec.ValidationError as error:
        raise BrokenConfiguration(
            f"The token does not fit: {error}. A name is lower-case letters, digits and hyphens."
        ) from error
    try:
        # Readable by its owner alone, and never half written.
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise BrokenConfiguration(f"{path} cannot be written: {error.strerror}.") from error
