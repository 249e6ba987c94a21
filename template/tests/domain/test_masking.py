"""What may be about people is hidden, unless known to be a code, an id, a time or an amount."""

from __future__ import annotations

from typing import Any

import pytest

from receipts.domain.masking import masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"id": "ride-1", "source": "/rides"}, {"id": "ride-1", "source": "/rides"}),
        ({"ended_at": "2026-11-23T14:29:00Z"}, {"ended_at": "2026-11-23T14:29:00Z"}),
        ({"total_minor": 119_000_000}, {"total_minor": 119_000_000}),
        ({"pooled": True, "customer": None}, {"pooled": True, "customer": None}),
        ({"name": "Ada"}, {"name": "<3 characters>"}),
        ({"unheard_of": "Ada"}, {"unheard_of": "<3 characters>"}),
        ({"lines": ["1 Street"]}, {"lines": ["<8 characters>"]}),
        ({"id": "ada@example.com"}, {"id": "<15 characters>"}),
        ({"reason": "Ada was ill"}, {"reason": "<11 characters>"}),
        ({"phone": 4915112345678}, {"phone": "<13 characters>"}),
        ({"Ada Lovelace": 1}, {"<12 characters>": 1}),
        ("Ada", "<3 characters>"),
    ],
)
def test_only_what_is_known_to_be_harmless_is_shown(value: Any, shown: Any) -> None:
    assert masked(value) == shown
