"""Every language that we speak has a word for everything."""

from __future__ import annotations

from receipts.domain.documents import DocumentKind
from receipts.domain.events import PaymentMethod
from receipts.rendering.words import page_texts


def test_every_word_a_document_can_need_exists_in_every_language() -> None:
    for language, words in page_texts().languages.items():
        assert set(words.kinds) == set(DocumentKind), language
        assert set(words.payment_methods) == set(PaymentMethod), language
        assert {"driver", "authority"} <= set(words.receivers), language
        assert set(words.licences) == set(page_texts().languages["en"].licences), language
