"""Events, documents and tables of the usual service: pydantic in and out, an ORM between."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from stdnum.eu import vat

Texts = dict[str, str]


class Place(BaseModel):
    """Where a ride began or ended."""

    name: str = Field(min_length=1, max_length=200)
    municipality: str | None = Field(default=None, max_length=200)
    region: str | None = Field(default=None, max_length=6)


class Address(BaseModel):
    """A postal address."""

    city: str = Field(min_length=1, max_length=200)
    country: str = Field(min_length=2, max_length=2)
    lines: tuple[str, ...] = Field(min_length=1, max_length=4)
    postal_code: str = Field(default="", max_length=20)


def _checked(tax_id: str) -> str:
    """Refuse a VAT identifier whose check digit is wrong."""
    if tax_id[:2].isalpha() and not vat.is_valid(tax_id):
        raise ValueError("no VAT identifier")
    return tax_id


TaxId = Annotated[str, AfterValidator(_checked)]


class Supplier(BaseModel):
    """The one who sells."""

    address: Address
    id: str = Field(pattern=r"^[A-Za-z0-9]{1,24}$")
    name: str = Field(min_length=1, max_length=200)
    tax_id: TaxId | None = None


class Customer(BaseModel):
    """The one who buys."""

    address: Address | None = None
    name: str | None = None
    tax_id: TaxId | None = None


class Charge(BaseModel):
    """One part of what the customer was charged."""

    amount_minor: int = Field(ge=0)
    code: str = Field(min_length=1, max_length=60)

    @property
    def amount(self) -> Decimal:
        """In euros."""
        return Decimal(self.amount_minor).scaleb(-2)


class Payment(BaseModel):
    """How it was paid."""

    method: Literal["account", "card", "cash", "wallet", "other"]


class Trip(BaseModel):
    """A completed trip."""

    charges: tuple[Charge, ...] = Field(min_length=1, max_length=50)
    country: str
    currency: str
    customer: Customer | None = None
    destination: Place | None = None
    distance_m: int = Field(ge=0, le=10_000_000)
    driver_employed: bool | None = None
    ended_at: AwareDatetime
    licence: str = Field(min_length=1, max_length=200)
    origin: Place
    payment: Payment | None = None
    pooled: bool = False
    started_at: AwareDatetime
    supplier: Supplier | None = None
    total_minor: int = Field(ge=0)
    trip_id: str = Field(min_length=1, max_length=100)


class TripCompleted(BaseModel):
    """The CloudEvents envelope of a completed trip."""

    id: str = Field(min_length=1, max_length=100)
    source: str = Field(min_length=1, max_length=100)
    specversion: Literal["1.0"]
    time: AwareDatetime | None = None
    type: Literal["trip.completed.v1"]
    data: Trip


class Line(BaseModel):
    """A taxed line."""

    charge: str
    description: Texts
    gross: Decimal
    net: Decimal
    rate_id: str
    tax: Decimal


class PassThroughCharge(BaseModel):
    """An amount collected for somebody else."""

    amount: Decimal
    charge: str
    description: Texts
    kind: str
    receiver: str
    rule_id: str


class TaxSubtotal(BaseModel):
    """All lines of one rate."""

    category: str
    gross: Decimal
    net: Decimal
    rate_id: str
    rate_percent: Decimal
    tax_name: Texts
    tax: Decimal


class Totals(BaseModel):
    """Sums of a document."""

    gross: Decimal
    net: Decimal
    pass_through: Decimal
    payable: Decimal
    tax: Decimal


class Phrase(BaseModel):
    """A sentence on the document."""

    id: str
    text: Texts


class Document(BaseModel):
    """The legal document."""

    business_line: str
    country: str
    currency: str
    customer: Customer | None
    destination: str | None
    distance_m: int
    ended_at: datetime
    event_id: str
    event_source: str
    issued_at: datetime
    issuer_role: str
    kind: str
    languages: tuple[str, ...]
    licence: str
    lines: list[Line]
    number: str
    origin: str
    pass_through: list[PassThroughCharge]
    payment: Payment | None
    phrases: list[Phrase]
    retain_until: date
    sequence: int
    series: str
    started_at: datetime
    supplier: Supplier
    supply_date: date
    tax_subtotals: list[TaxSubtotal]
    totals: Totals


class Base(DeclarativeBase):
    """Tables of the usual service."""


class EventRow(Base):
    """An issued event; its key makes a delivery idempotent."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("source", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(100))
    event_id: Mapped[str] = mapped_column(String(100))
    payload: Mapped[str] = mapped_column(Text)
    documents: Mapped[list[DocumentRow]] = relationship(back_populates="event")


class DocumentRow(Base):
    """An issued document."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("series", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_pk: Mapped[int] = mapped_column(ForeignKey("events.id"))
    series: Mapped[str] = mapped_column(String(100))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(60), unique=True)
    country: Mapped[str] = mapped_column(String(6))
    kind: Mapped[str] = mapped_column(String(30))
    supply_date: Mapped[date]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[str] = mapped_column(Text)
    event: Mapped[EventRow] = relationship(back_populates="documents")


class SeriesRow(Base):
    """Where a series stands."""

    __tablename__ = "series"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    last_sequence: Mapped[int]
    last_chain: Mapped[bytes] = mapped_column(LargeBinary(32))
