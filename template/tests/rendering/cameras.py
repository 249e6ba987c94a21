"""QR codes, read back from pictures by a reader that is not their writer."""

from __future__ import annotations

import re
from io import BytesIO

import pypdfium2
import zxingcpp

STROKE = re.compile(r"M(\d+) (\d+)\.5h(\d+)")
DOTS_PER_MODULE = 4


def qr_codes_in_pdf(pdf: bytes) -> list[str]:
    """What a camera reads from the printed pages."""
    with pypdfium2.PdfDocument(BytesIO(pdf)) as document:
        return [text for page in document for text in _read_page(page)]


def _read_page(page: pypdfium2.PdfPage) -> list[str]:
    picture = page.render(scale=2, grayscale=True)
    return _read(bytes(picture.buffer), picture.stride)


def qr_codes_in_html(html: str) -> list[str]:
    """What a camera reads from the pictures of a page."""
    drawn = re.findall(r'viewBox="0 0 (\d+) \1">.*?stroke="#000" d="([^"]*)"', html, re.DOTALL)
    return [text for side, path in drawn for text in qr_codes_in_path(int(side), path)]


def qr_codes_in_path(side: int, path: str) -> list[str]:
    """What a camera reads from strokes in a square of so many units."""
    rows = [bytearray(b"\xff" * side * DOTS_PER_MODULE) for _ in range(side)]
    assert not STROKE.sub("", path)
    for x, y, length in STROKE.findall(path):
        begin, end = int(x) * DOTS_PER_MODULE, (int(x) + int(length)) * DOTS_PER_MODULE
        rows[int(y)][begin:end] = bytes(end - begin)
    picture = b"".join(bytes(row) * DOTS_PER_MODULE for row in rows)
    return _read(picture, side * DOTS_PER_MODULE)


def _read(grey: bytes, width: int) -> list[str]:
    picture = memoryview(grey).cast("B", shape=[len(grey) // width, width])
    return [code.text for code in zxingcpp.read_barcodes(picture)]
