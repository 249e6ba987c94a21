from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.countries.golden import issue_event
from tests.countries.made_up import made_up_facts, made_up_ride, made_up_rules

from receipts.domain.errors import BrokenPack, MandatoryFieldMissing
from receipts.domain.parties import Customer
from receipts.engine.mandatory import MandatoryFields

if TYPE_CHECKING:
    from receipts.domain.documents import Document


@pytest.fixture
def document() -> Document:
    """A receipt without customer and payment."""
    ride = made_up_ride(("fare", 11_00), total_minor=11_00)
    return issue_event(ride, made_up_facts(), made_up_rules())


@pytest.mark.parametrize(
    "path", ["lines", "supplier.name", "supplier.address.city", "supply.route.destination"]
)
def test_a_field_of_a_document_or_of_its_parts_can_be_demanded(path: str) -> None:
    MandatoryFields("row", [path])


@pytest.mark.parametrize("path", ["", "line", "supplier.vat", "lines.charge", "number.digits"])
def test_a_field_that_no_document_has_cannot_be_demanded(path: str) -> None:
    with pytest.raises(BrokenPack, match=f"Row row demands '{path}', which no document has"):
        MandatoryFields("row", ["lines", path])


def test_a_document_with_all_of_its_fields_passes(document: Document) -> None:
    MandatoryFields("row", ["lines", "supplier.name", "supplier.address.lines"]).check(document)


@pytest.mark.parametrize("path", ["customer", "customer.name", "customer.address.city"])
def test_a_field_is_missing_where_its_parent_is(document: Document, path: str) -> None:
    with pytest.raises(MandatoryFieldMissing) as refusal:
        MandatoryFields("row", [path]).check(document)

    assert refusal.value.path == f"$.data.{path}"


def test_an_empty_field_is_a_missing_one(document: Document) -> None:
    named = replace(document, customer=Customer(name=""))

    with pytest.raises(MandatoryFieldMissing):
        MandatoryFields("row", ["customer.name"]).check(named)
