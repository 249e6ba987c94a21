"""A QR code holds its text, and no more modules than it needs."""

from __future__ import annotations

import pytest
from tests.rendering.cameras import qr_codes_in_path

from receipts.rendering.qr import symbol_of

ID = "20261124-00-01570749535061df9cba9621bf1be340"
CODE = "ZGJBYWGPJ2HHZN2MFXPSVH7EJI"


@pytest.mark.parametrize(
    "text",
    [
        f"HTTPS://RECEIPTS.EXAMPLE.COM/VERIFY/{ID.upper()}/{CODE}",
        f"HTTPS://A-VERY-LONG-NAME.OF-A.COMPANY.EXAMPLE:8443/VERIFY/{ID.upper()}-12/{CODE}",
        f"http://[::1]:8080/verify/{ID}/{CODE}",
        "?",
    ],
)
def test_a_camera_reads_what_was_written(text: str) -> None:
    symbol = symbol_of(text)

    assert qr_codes_in_path(symbol.side, symbol.path) == [text]


def test_capitals_need_a_smaller_symbol() -> None:
    text = f"https://receipts.example.com/verify/{ID}/{CODE}"

    assert (symbol_of(text).side, symbol_of(text.upper()).side) == (45 + 8, 37 + 8)


def test_a_symbol_has_four_modules_of_quiet_zone() -> None:
    assert symbol_of("A").path.startswith("M4 4.5h7")
