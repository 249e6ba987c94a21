"""The usual receipt service: pydantic, Decimal, SQLAlchemy's ORM, one commit per event.

It is what a good team writes first, and it is written well: one engine and one
session factory, type adapters built once, no reload after a commit, every
look-up on an index. It keeps the same promises as ours: the same law from the same
pack files, an event counts once, numbers without holes, a hash chain, and commits
that survive a power cut.
"""

from __future__ import annotations

import tomllib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from tests.bench.usual_law import Law
from tests.bench.usual_models import (
    Base,
    Document,
    DocumentRow,
    EventRow,
    SeriesRow,
    Supplier,
    TripCompleted,
)
from tests.bench.usual_pack import NumberingRow, read_pack

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

EVENTS = TypeAdapter(TripCompleted)


class UsualService:
    """Issues documents, one event and one transaction at a time."""

    def __init__(self, url: str, *, pack: Path, legal_entities: Path) -> None:
        self._engine = open_database(url)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)
        rules = read_pack(pack)
        self._law = Law(rules, _legal_entity(legal_entities, rules.code))

    def issue(self, content: bytes) -> Document | None:
        """Issue and store the document of an event; None where the event was issued before.

        Raises:
            pydantic.ValidationError: The bytes are not an event.
            Refused: The event contradicts itself or the law.
        """
        received = EVENTS.validate_json(content)
        document, numbering = self._law.document_for(received)
        with self._sessions.begin() as session:
            if _is_known(session, received):
                return None
            series = session.get(SeriesRow, document.series, with_for_update=True)
            if series is None:
                first_link = sha256(document.series.encode()).digest()
                series = SeriesRow(name=document.series, last_sequence=0, last_chain=first_link)
                session.add(series)
            series.last_sequence += 1
            _number(document, numbering, series.last_sequence)
            body = document.model_dump_json()
            digest = sha256(body.encode()).digest()
            series.last_chain = sha256(series.last_chain + digest).digest()
            session.add(_row(document, body, digest=digest, chain=series.last_chain, of=content))
        return document

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def open_database(url: str) -> Engine:
    """An engine whose commits are synced, on a fresh database."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        if url.startswith("sqlite:"):
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")

    Base.metadata.create_all(engine)
    return engine


def _is_known(session: Session, received: TripCompleted) -> bool:
    found = select(EventRow.id).where(
        EventRow.source == received.source, EventRow.event_id == received.id
    )
    return session.scalar(found) is not None


def _number(document: Document, numbering: NumberingRow, sequence: int) -> None:
    head = numbering.format.format(
        country=document.country.replace("-", ""),
        supplier=document.supplier.id,
        kind=numbering.kind_codes[document.kind],
        year=document.series.split("/")[3],
        shard=0,
        sequence="",
    )
    document.sequence = sequence
    document.number = f"{head}{sequence:0{numbering.digits}}"


def _row(document: Document, body: str, *, digest: bytes, chain: bytes, of: bytes) -> DocumentRow:
    return DocumentRow(
        body=body,
        chain=chain,
        country=document.country,
        event=EventRow(
            event_id=document.event_id, payload=of.decode(), source=document.event_source
        ),
        kind=document.kind,
        number=document.number,
        sequence=document.sequence,
        series=document.series,
        sha256=digest,
        supply_date=document.supply_date,
    )


def _legal_entity(file: Path, country: str) -> Supplier:
    entities = tomllib.loads(file.read_text(encoding="utf-8"))["legal_entities"]
    return next(
        Supplier.model_validate(entity["supplier"])
        for entity in entities
        if entity["country"] == country
    )
