"""``receipts tokens``: the bearer tokens that open the Web API."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.tokens import Scope, Token, add_token, load_tokens, revoke_token
from receipts.settings import load_settings

DAYS = 90
LONGEST_DAYS = 366

ScopeName = Literal["events:write", "receipts:read", "metrics:read", "admin"]
"""Of each `Scope`, as people write it."""


def new(
    name: str,
    /,
    *,
    scope: Annotated[list[ScopeName], Parameter(negative="")],
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=LONGEST_DAYS))] = DAYS,
) -> int:
    """Make a token and print it, once.

    Args:
        name: Whose it is; stands in the log where it is refused.
        scope: What it opens; may be given several times.
        days: When it expires.
    """
    path, now = _path(), system_clock().replace(microsecond=0)
    token = add_token(
        path, name, tuple(map(Scope, dict.fromkeys(scope))), now, now + timedelta(days=days)
    )
    print(token)
    print(f"Kept in {path} as a hash; this line will not be shown again.", file=sys.stderr)
    return 0


def list_tokens() -> int:
    """List the tokens, the oldest first."""
    now = system_clock()
    for token in load_tokens(_path()):
        scopes = " ".join(token.scopes)
        print(f"{token.name:<24} {token.expires:%Y-%m-%d}  {_state(token, now):<8} {scopes}")
    return 0


def revoke(name: str, /) -> int:
    """Let a token open nothing from now on.

    Args:
        name: A name of `receipts tokens list`.
    """
    revoke_token(_path(), name, system_clock().replace(microsecond=0))
    print(f"{name} is revoked.")
    return 0


def _state(token: Token, now: datetime) -> str:
    if token.revoked is not None:
        return "revoked"
    return "expired" if token.expires <= now else "in force"


def _path() -> Path:
    path = load_settings().api.tokens
    if path is None:
        raise BrokenConfiguration(
            "api.tokens is not set: name there the file that keeps the hashes, for example with "
            "RECEIPTS_API__TOKENS=tokens.json; keep it out of the repository."
        )
    return path
