"""VAT identifiers: a slip of the keyboard must not become a legal document."""

from __future__ import annotations

import re
from functools import lru_cache

from receipts.domain.errors import WrongTaxId

_VAT_IDENTIFIER = re.compile(
    "(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)"
    "(?=.*[0-9])[0-9A-Z]{2,12}"
)
"""Directive 2006/112/EC Art. 215: the country's letters, then the number; Great Britain's alike.
Greece writes EL, and some write GR for it; XI is Northern Ireland, which numbers as Great Britain.
Other numbers, of a national tax office for instance, are taken as they stand."""


_ALIASES = {"GR": "EL", "XI": "GB"}

_RULES = {"EL": "gr"}
"""Where python-stdnum keeps the rules of letters that are not the country's code."""


def check_tax_id(tax_id: str | None, path: str) -> None:
    """Pass a tax id that may be one.

    Args:
        tax_id: As it was stated; None passes.
        path: Where it stands in the event.

    Raises:
        WrongTaxId: It is written as a VAT identifier, and its length or check digit is wrong.
    """
    if tax_id is not None and not _may_be_one(tax_id):
        raise WrongTaxId(tax_id, path)


@lru_cache(50_000)
def _may_be_one(tax_id: str) -> bool:
    identifier = re.sub(r"[\s.-]", "", tax_id.upper())
    identifier = _ALIASES.get(identifier[:2], identifier[:2]) + identifier[2:]
    if not _VAT_IDENTIFIER.fullmatch(identifier):
        return True
    from stdnum.util import get_cc_module  # noqa: PLC0415  few commands meet a tax id

    letters = identifier[:2]
    rules = get_cc_module(_RULES.get(letters, letters.lower()), "vat")
    return rules is None or bool(rules.is_valid(identifier))
