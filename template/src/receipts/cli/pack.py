"""``receipts pack``: the rules that are installed."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter

from receipts.countries.loader import load_packs
from receipts.settings import load_settings


def list_packs(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List the country packs, with the rows whose source was not seen.

    Args:
        json: Print one JSON object a line.
    """
    for loaded in load_packs(load_settings().rules.team_packs):
        identity, unverified = loaded.pack.identity, loaded.pack.unverified()
        if json:
            row = {
                "code": identity.code,
                "name": identity.name,
                "sha256": loaded.sha256,
                "rows": len(loaded.pack.rows()),
                "unverified": unverified,
            }
            print(msgspec.json.encode(row).decode())
            continue
        rows = len(loaded.pack.rows())
        print(f"{identity.code:<6} {identity.name}: {rows} rows, {loaded.sha256[:12]}")
        if unverified:
            print(f"       source not seen, refused in production: {', '.join(unverified)}")
    return 0
