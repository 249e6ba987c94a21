"""Who sells, who buys, and in whose name a document is issued."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1, max_length=200)]
"""A name or a line of an address, as it is printed."""

Identifier = Annotated[str, Meta(min_length=1, max_length=100)]
"""An identifier of an upstream system; opaque to this service."""


class IssuerRole(Enum):
    """In which role the issuer stands behind a document."""

    PRINCIPAL = "principal"
    """Our legal entity sells: it is the supplier."""
    AGENT = "agent_for"
    """Somebody else sells; we issue in their name and for their account."""
    DEEMED_SUPPLIER = "deemed_supplier"
    """Somebody else provides it, and the law puts our legal entity in the supplier's place, with
    the tax (Directive 2006/112/EC Art. 28a)."""


class Address(Struct, frozen=True, gc=False, kw_only=True):
    """A postal address (BG-5, BG-8)."""

    city: Text
    """BT-37, BT-52."""
    country: Annotated[str, Meta(min_length=2, max_length=2)]
    """ISO 3166-1 alpha-2 (BT-40, BT-55)."""
    lines: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=4)]
    """Street and number, and what goes before them (BT-35, BT-50)."""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    """BT-38, BT-53."""


class Supplier(Struct, frozen=True, gc=False, kw_only=True):
    """The one who sells (BG-4)."""

    address: Address
    """Postal address (BG-5)."""
    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,24}$")]
    """Short and stable; it opens the supplier's document numbers."""
    name: Text
    """BT-27."""
    tax_id: Text | None = None
    """VAT identifier (BT-31) or national tax number (BT-32); None for a small trader."""


class Customer(Struct, frozen=True, gc=False, kw_only=True):
    """The one who buys (BG-7), as far as the document needs to know them."""

    address: Address | None = None
    """Postal address (BG-8)."""
    name: Text | None = None
    """BT-44."""
    tax_id: Text | None = None
    """BT-48; given by a business that wants a full invoice."""


class LegalEntity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company of ours that may issue documents in one country (config/issuers.toml)."""

    country: str
    """Code of the pack whose documents it issues, for example ``US-NY``."""
    supplier: Supplier
    example: bool = False
    """True for the made-up companies of a fresh project; production refuses them."""
