"""One price for several goods, shared a second time and in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.countries.independent_sales import Refused
from tests.countries.independent_sums import shared_out

if TYPE_CHECKING:
    from tests.countries.independent import Search
    from tests.countries.independent_sales import Tables

TO_THE_UNIT = {"scope": "rate", "mode": "half_up"}
"""The shares of a whole number are whole numbers that add up to it."""


def with_shares(charges: list[Tables], tables: Tables, search: Search) -> list[Tables]:
    """Charges with each combined offer replaced by what becomes of its price."""
    return [
        each
        for charge in charges
        for each in (_shares_of(charge, tables, search) if "combines" in charge else [charge])
    ]


def _shares_of(offer: Tables, tables: Tables, search: Search) -> list[Tables]:
    codes = list(dict.fromkeys(part["category"] for part in offer["combines"]))
    taxes = [_tax_of(code, tables, search) for code in codes]
    sellers = {
        row["role"]
        for code in codes
        for row in search.every(tables["issuers"]["issuers"])
        if code in row.get("charge", [code])
    }
    everything = {"discount": offer["discount"], "item": offer["item"], "under": _names(offer)}
    if len(codes) == 1 or (len(set(taxes)) == 1 and None not in taxes and len(sellers) == 1):
        return [{**everything, "code": codes[0], "amount_minor": offer["amount_minor"]}]
    row = _row_for(offer, codes, tables, search)
    if row["sharing"] == "highest_rate":
        rates = [Fraction(-1) if tax is None else tax[2] for tax in taxes]
        code = codes[rates.index(max(rates))]
        offered = {"price_minor": None, "rule_id": row["id"]}
        everything |= {"amount_minor": offer["amount_minor"], "code": code, "offer": offered}
        return [everything]
    price = offer["amount_minor"] + offer["discount"]
    prices = _in_proportion(price, [_weight(code, offer, row) for code in codes])
    discounts = _in_proportion(offer["discount"], [Fraction(each) for each in prices])
    return [
        {
            "amount_minor": amount - discount,
            "code": code,
            "discount": discount,
            "item": offer["item"],
            "offer": {"price_minor": price, "rule_id": row["id"]},
            "under": _names(offer, code),
        }
        for code, amount, discount in zip(codes, prices, discounts, strict=True)
    ]


def _tax_of(code: str, tables: Tables, search: Search) -> tuple[str, str, Fraction] | None:
    """Tax, category and rate of a charge; None where it is passed through."""
    rows = [*tables["rates"]["rates"], *tables["pass_through"].get("pass_through", [])]
    found = search.every([row for row in rows if code in row["charge"]])
    if len(found) != 1:
        raise Refused(f"{code}: {[row['id'] for row in found]} apply on {search.on}")
    row = found[0]
    if "rate_percent" not in row:
        return None
    return row["tax"], row["category"], Fraction(row["rate_percent"])


def _row_for(offer: Tables, codes: list[str], tables: Tables, search: Search) -> Tables:
    stated = "amount_minor" in offer["combines"][0]
    asked = type(search)(search.on, search.facts | {"single_prices_stated": stated}, search.used)
    rows = tables.get("combined_offers", {}).get("combined_offers", [])
    fitting = [row for row in rows if set(row.get("shares", codes)) == set(codes)]
    return asked.one(fitting, f"one price for {codes}")


def _weight(code: str, offer: Tables, row: Tables) -> Fraction:
    if row["sharing"] == "fixed_shares":
        return Fraction(row["shares"][code])
    return Fraction(
        sum(part["amount_minor"] for part in offer["combines"] if part["category"] == code)
    )


def _in_proportion(amount: int, weights: list[Fraction]) -> list[int]:
    whole = sum(weights) or Fraction(1)
    return shared_out([amount * weight / whole for weight in weights], TO_THE_UNIT)


def _names(offer: Tables, code: str | None = None) -> list[str]:
    return [part["name"] for part in offer["combines"] if code in (None, part["category"])]
