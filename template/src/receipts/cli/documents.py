"""``receipts list`` and ``receipts show``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter

from receipts.cli.public_address import public_address
from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.domain.money import major_units
from receipts.infrastructure.store import DocumentFilter, StoredDocument
from receipts.rendering.canonical import read_document
from receipts.settings import load_settings

if TYPE_CHECKING:
    from receipts.infrastructure.stores import Stores
    from receipts.settings import Settings

EVERYTHING = -1
"""What SQL's ``limit`` takes for no limit."""


class ListedDocument(msgspec.Struct, frozen=True):
    """One line of ``receipts list --json``."""

    country: str
    currency: str
    document_id: str
    event_id: str
    event_source: str
    kind: str
    lines: int
    """How many taxed lines it has."""
    number: str
    payable_minor: int
    supply_date: date


def list_documents(  # noqa: PLR0913  one option each
    *,
    country: str | None = None,
    line: str | None = None,
    from_: Annotated[date | None, Parameter(name="--from")] = None,
    to: date | None = None,
    series: str | None = None,
    limit: int = 20,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """List documents, the newest first.

    Args:
        country: Only this pack, for example DE.
        line: Only this business line.
        from_: Only supplied on or after this day.
        to: Only supplied on or before this day.
        series: Only this series.
        limit: At most so many; 0 for all.
        json: Print one JSON object a line.
    """
    if limit < 0:
        raise BrokenConfiguration(f"--limit is a number of documents, not {limit}; 0 for all.")
    chosen = DocumentFilter(
        country=country,
        business_line=line,
        series=series,
        supplied_from=from_,
        supplied_to=to,
    )
    settings = load_settings()
    with stores_of(settings) as stores:
        rows = [_listed(row) for row in stores.documents(chosen, limit or EVERYTHING)]
        if not rows and country is not None:
            _refuse_unknown(country, settings, stores)
    if json:
        for row in rows:
            print(msgspec.json.encode(row).decode())
        return 0
    for row in rows:
        amount = f"{major_units(row.payable_minor, row.currency)} {row.currency}"
        kind = row.kind.replace("_", " ")
        print(f"{row.document_id}  {row.number:<26} {row.supply_date}  {kind:<18} {amount:>14}")
    if not rows:
        print("No document fits. `receipts sample | receipts issue -` makes some.", file=sys.stderr)
    return 0


def show(
    document: str,
    /,
    *,
    format: Literal["json", "html", "pdf"] = "json",  # noqa: A002  the option's name
    language: str | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Show one document.

    Args:
        document: Its id or its number.
        format: json for the record itself, html for the page, pdf for the file.
        language: Language of the page or file; the document's own by default.
        output: Write to this file instead of standard output.
    """
    settings = load_settings()
    with stores_of(settings) as stores:
        row = stores.document(document)
    if row is None:
        raise BrokenConfiguration(f"There is no document {document!r}; see `receipts list`.")
    if format == "json":
        content = row.body
    else:
        public_url = public_address(settings, settings.api.host, settings.api.port)
        content = _rendered(row, format, language, public_url)
    if output is None:
        # A PDF ends where it ends; text for a terminal ends with its line.
        sys.stdout.buffer.write(content if format == "pdf" else content + b"\n")
        return 0
    try:
        output.write_bytes(content)
    except OSError as error:
        raise BrokenConfiguration(f"{output} cannot be written: {error.strerror}.") from error
    print(f"{row.number} written to {output}")
    return 0


def _rendered(
    row: StoredDocument, form: Literal["html", "pdf"], language: str | None, public_url: str | None
) -> bytes:
    from receipts.rendering.html import render_html  # noqa: PLC0415  JSON needs no page
    from receipts.rendering.pdf import write_pdf  # noqa: PLC0415  nor a file
    from receipts.rendering.view import stored_view  # noqa: PLC0415  nor their view

    try:
        view = stored_view(row.body, language, public_url)
    except ValueError as error:
        raise BrokenConfiguration(str(error)) from error
    return write_pdf(view) if form == "pdf" else render_html(view).encode()


def _refuse_unknown(country: str, settings: Settings, stores: Stores) -> None:
    """A misspelt country is no answer of "none"; one whose pack was taken away still is one."""
    from receipts.countries.loader import (  # noqa: PLC0415  only for a list of nothing
        shipped_packs,
        team_packs,
    )

    folders = (*shipped_packs(), *team_packs(settings.rules.team_packs))
    known = {folder.name.upper() for folder in folders}
    for shard in stores.shards:
        known |= {series.country for series in shard.all_series().values()}
    if country not in known:
        raise BrokenConfiguration(
            f"There is no country {country!r}; there are: {', '.join(sorted(known))}."
        )


def _listed(row: StoredDocument) -> ListedDocument:
    document = read_document(row.body)
    return ListedDocument(
        country=row.country,
        currency=document.currency,
        document_id=document.document_id,
        event_id=document.event.id,
        event_source=document.event.source,
        kind=row.kind,
        lines=len(document.lines),
        number=row.number,
        payable_minor=document.totals.payable_minor,
        supply_date=document.supply.date,
    )
