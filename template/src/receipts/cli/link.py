"""``receipts link``: a signed link to one receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from receipts.cli.public_address import public_address
from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.signed_links import LinkKeys, link_to
from receipts.rendering.canonical import read_document
from receipts.settings import load_settings

DAYS = 30
LONGEST_DAYS = 3660


def link(
    document: str,
    /,
    *,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=LONGEST_DAYS))] = DAYS,
) -> int:
    """Print a link by which a customer reads one receipt.

    Args:
        document: Its id or its number.
        days: When the link expires.
    """
    settings = load_settings()
    if settings.api.link_keys is None:
        raise BrokenConfiguration(
            "api.link_keys is not set: name there the folder of the keys that sign links."
        )
    address = public_address(settings, settings.api.host, settings.api.port)
    if address is None:
        raise BrokenConfiguration("api.public_url is not set, so a link would lead nowhere.")
    keys = LinkKeys(settings.api.link_keys)
    with stores_of(settings) as stores:
        row = stores.document(document)
    if row is None:
        raise BrokenConfiguration(f"There is no document {document!r}; see `receipts list`.")
    document_id = read_document(row.body).document_id
    print(link_to(address, document_id, keys, system_clock() + timedelta(days=days)))
    return 0
