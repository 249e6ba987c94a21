"""What lets anybody check a document: its code, and the address that its QR code holds.

The code is the first half of the SHA-256 of the canonical bytes: other bytes have another
code, and with 128 bits nobody finds one by trying. It is written in base32 (RFC 4648),
which a person can type, and the address in capitals: a QR code packs those densest, and
neither a scheme nor a host knows the difference. Nothing in it expires.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from hashlib import sha256
from urllib.parse import urlsplit

from msgspec import Struct

CODE_BYTES = 16

PATH = "/verify"
"""Below it, the document's id and its code name what is checked."""

GROUP = 4
"""Letters of a code that stand together, so that an eye keeps its place."""

_SLIPS = str.maketrans("018", "OIB", " -\N{NO-BREAK SPACE}")
"""Digits that base32 lacks are letters misread; blanks and hyphens are only for the eye."""


class VerificationLink(Struct, frozen=True, gc=False):
    """Where a document can be checked."""

    address: str
    """What the QR code holds, in capitals."""
    place: str
    """Where a person without a camera goes, as one would type it."""
    code: str
    """In groups of letters."""


def verification_link(public_url: str, document_id: str, body: bytes) -> VerificationLink:
    """Where a document can be checked.

    Args:
        public_url: Scheme and host, without a path, under which readers reach the service.
        document_id: Its id.
        body: Its canonical bytes, as they are stored.
    """
    code = verification_code(body)
    groups = [code[at : at + GROUP] for at in range(0, len(code), GROUP)]
    return VerificationLink(
        address=f"{public_url}{PATH}/{document_id}/{code}".upper(),
        place=urlsplit(public_url).netloc + PATH,
        code=" ".join(groups),
    )


def verification_code(body: bytes) -> str:
    """The code of canonical bytes, without groups: 26 letters and digits."""
    return b32encode(sha256(body).digest()[:CODE_BYTES]).decode().rstrip("=")


def is_code_of(typed: str, body: bytes) -> bool:
    """Whether a code, as somebody typed it, is that of canonical bytes.

    It takes as long for a code that is nearly right as for one that is all wrong.
    """
    meant = typed.upper().translate(_SLIPS)
    return hmac.compare_digest(meant.encode(), verification_code(body).encode())
