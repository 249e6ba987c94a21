from __future__ import annotations

import re

import pytest

from receipts.domain import errors
from receipts.domain.errors import BrokenConfiguration, ReceiptError, Rejected, UnknownCountry


def family(kind: type[ReceiptError]) -> list[type[ReceiptError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in family(child))]


EVERY_ERROR = [each for each in family(ReceiptError) if each.__module__ == errors.__name__]


def test_the_tree_at_the_top_of_the_module_is_the_tree_of_its_classes() -> None:
    lines = re.findall(r"^([│├└─ ]*)([A-Z]\w+)(?: {3,}.*)?$", errors.__doc__ or "", re.MULTILINE)
    drawn = {name: len(branch) // 4 for branch, name in lines}

    assert drawn == {each.__name__: len(each.__mro__) - 4 for each in EVERY_ERROR}


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_an_error_has_a_code_of_its_own_for_counters(error: type[ReceiptError]) -> None:
    others = {each.code for each in EVERY_ERROR if each is not error}

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    assert error.code not in others


def test_a_rejection_keeps_its_reason_and_its_place_in_the_event() -> None:
    rejection = Rejected("The fare is missing.", "$.data.charges")

    assert (rejection.reason, rejection.path) == ("The fare is missing.", "$.data.charges")
    assert str(rejection) == rejection.reason
    assert Rejected("Wrong.").path == "$"


def test_a_rejection_is_never_mistaken_for_a_broken_configuration() -> None:
    assert not issubclass(Rejected, BrokenConfiguration)
    assert not issubclass(BrokenConfiguration, Rejected)


def test_an_unknown_country_is_answered_with_those_that_are_known() -> None:
    refusal = UnknownCountry("XX", ["DE", "US-NY"])

    assert refusal.path == "$.data.country"
    assert "No pack for country 'XX'; installed: DE, US-NY." in refusal.reason
