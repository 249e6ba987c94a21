"""A VAT identifier with a slip in it is refused; a number of another kind is taken as it stands."""

from __future__ import annotations

import pytest

from receipts.domain.errors import WrongTaxId
from receipts.domain.tax_ids import check_tax_id


@pytest.mark.parametrize(
    "tax_id",
    [
        "DE129273398",
        "DE 129 273 398",
        "de129273398",
        "GB220430231",
        "ATU13585627",
        "EL094259216",
        "GR094259216",
        "XI220430231",
        "DE129\t273398",
    ],
)
def test_a_vat_identifier_with_its_check_digit_passes(tax_id: str) -> None:
    check_tax_id(tax_id, "$")


@pytest.mark.parametrize(
    "tax_id",
    [
        "DE129273389",
        "DE12927339",
        "DE129273398X",
        "GB220430232",
        "ATU13585626",
        "GR094259215",
        "XI220430232",
    ],
)
def test_a_vat_identifier_with_a_slip_is_refused_with_its_place(tax_id: str) -> None:
    with pytest.raises(
        WrongTaxId, match=f"'{tax_id}' is no VAT identifier of {tax_id[:2]}"
    ) as error:
        check_tax_id(tax_id, "$.data.customer.tax_id")

    assert error.value.path == "$.data.customer.tax_id"


@pytest.mark.parametrize(
    "tax_id",
    [
        None,
        "12/345/67890",
        "TAX1",
        "QQ1",
        "123-45-6789",
        "T1",
        "Desk",
        "FRNGPP80A01H501Z",
        "\u05d3\u05d4129",
    ],
)
def test_a_number_of_another_kind_is_taken_as_it_stands(tax_id: str | None) -> None:
    check_tax_id(tax_id, "$")
