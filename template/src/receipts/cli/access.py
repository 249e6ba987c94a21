"""Who may do what over HTTP, as the settings say; production refuses to leave it open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receipts.api.access import Access
from receipts.cli.public_address import public_address
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.signed_links import LinkKeys
from receipts.infrastructure.tokens import Tokens
from receipts.settings import PRODUCTION

if TYPE_CHECKING:
    from receipts.settings import Settings

NO_TOKENS = (
    "api.tokens is not set, so everybody could read every receipt: make a token with "
    "`receipts tokens new` and name its file there"
)


def access_of(settings: Settings) -> Access:
    """What the settings let through.

    Raises:
        BrokenConfiguration: With every problem at once.
    """
    api, problems = settings.api, list[str]()
    tokens, link_keys = None, None
    try:
        tokens = None if api.tokens is None else Tokens(api.tokens)
    except BrokenConfiguration as error:
        problems.append(str(error))
    try:
        link_keys = None if api.link_keys is None else LinkKeys(api.link_keys)
    except BrokenConfiguration as error:
        problems.append(str(error))
    if settings.environment == PRODUCTION:
        problems += _open_doors(settings)
    if problems:
        raise BrokenConfiguration(
            "\n  ".join([f"{len(problems)} problem(s) with access to the Web API:", *problems])
        )
    return Access(tokens, link_keys, api.requests_per_minute)


def _open_doors(settings: Settings) -> list[str]:
    """What production refuses besides."""
    problems = list[str]()
    if settings.api.tokens is None:
        problems.append(NO_TOKENS)
    try:
        public_address(settings, settings.api.host, settings.api.port)
    except BrokenConfiguration as error:
        problems.append(str(error))
    return problems
