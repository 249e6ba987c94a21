"""Drafts become documents: the last step, inside the transaction that stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from receipts.domain.documents import Document, Draft
    from receipts.domain.numbering import NumberBlock


def number(drafts: Sequence[Draft], blocks: Mapping[str, NumberBlock]) -> list[Document]:
    """Documents with the numbers of their series' blocks, in the order of the drafts.

    Args:
        drafts: All drafts of a batch.
        blocks: By series name; each at least as long as the series has drafts.
    """
    upcoming = {series: block.first for series, block in blocks.items()}
    documents: list[Document] = []
    for item in drafts:
        series = item.document.series
        sequence = upcoming[series]
        upcoming[series] = sequence + 1
        text = f"{item.number_head}{sequence:0{item.number_digits}}"
        documents.append(replace(item.document, number=text, sequence=sequence))
    return documents
