"""Canonical JSON: the bytes that are hashed, chained, stored and served.

Keys in alphabetical order, no white space, UTF-8, integers for money, no
floats. Structs declare their fields in that order, so plain encoding is
already canonical; a test compares it with a sorting encoder.
"""

from __future__ import annotations

from typing import Any

import msgspec

from receipts.domain.documents import Document

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Document)

canonical_json = _encoder.encode
"""Canonical bytes of a document or an input record."""


def read_document(content: bytes) -> Document:
    """The document in canonical bytes.

    Raises:
        msgspec.DecodeError: The bytes are not a document.
    """
    return _decoder.decode(content)


def sorted_json(value: Any) -> bytes:
    """Canonical bytes of anything, sorted while encoding; slower, for tests and small things."""
    return msgspec.json.encode(value, order="sorted")
