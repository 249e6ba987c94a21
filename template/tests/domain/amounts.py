"""Amounts, rates and roundings, drawn at random."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from receipts.domain.money import LARGEST_AMOUNT_MINOR
from receipts.domain.rounding import Rounding, RoundingMode, RoundingScope
from receipts.domain.taxes import Share

CHARGES = st.integers(0, 500_00) | st.integers(0, LARGEST_AMOUNT_MINOR)
CREDITS = st.integers(-500_00, 500_00)

LINES = st.lists(CHARGES, min_size=1, max_size=8)
SIGNED_LINES = st.lists(CREDITS, min_size=1, max_size=8)

SHARES = st.builds(
    Share.of_percent,
    st.sampled_from(["0", "2.5", "5", "7", "8.875", "10", "16", "19", "25"]).map(Decimal)
    | st.integers(0, 99_9999).map(lambda units: Decimal(units).scaleb(-4)),
)


def roundings(*scopes: RoundingScope) -> st.SearchStrategy[Rounding]:
    """Every mode in those scopes."""
    return st.builds(
        Rounding, mode=st.sampled_from(RoundingMode), scope=st.sampled_from(scopes or RoundingScope)
    )
