"""Mutants change one value each, wherever a law may be written down wrongly."""

from __future__ import annotations

import msgspec
from tests.countries.made_up import SOUND, changed, loaded

from receipts.countries.mutants import mutants_of

ROWS = frozenset(row.id for row in loaded(SOUND).pack.rows())


def test_every_value_that_a_law_states_is_changed_with_its_line() -> None:
    changes = {
        f"{each.file}:{each.line} {each.subject}, {each.field}: {each.before} to {each.after}"
        for each in mutants_of(SOUND, ROWS)
    }

    assert {
        'rates.toml:7 row qq-fare, rate_percent: "10" to "10.1"',
        'rates.toml:8 row qq-fare, when.licence: "taxi" to "taxi "',
        "issuers.toml:5 row qq-own, when.supplier_stated: false to true",
        "pass_through.toml:18 row qq-levy, amount_minor: 150 to 151",
        "pass_through.toml:18 row qq-levy, amount_minor: 150 to 149",
        'pass_through.toml:30 row qq-share, percent: "3" to "3.1"',
        "documents.toml:6 row qq-receipt, when.gross_minor.below: 10000 to 9999",
        'phrases.toml:6 row qq-phrase-tip, text.de: "Danke." to "Danke.."',
        'rounding.toml:4 row qq-rounding, scope: "rate" to "line"',
        'rounding.toml:5 row qq-rounding, mode: "half_up" to "down"',
        "numbering.toml:5 row qq-numbering, digits: 4 to 5",
        'charges.toml:2 charge fare, de: "Fahrpreis" to "Fahrpreis."',
        'pack.toml:8 tax vat, en: "VAT" to "VAT."',
    } <= changes


def test_a_mutant_differs_from_its_pack_in_nothing_else() -> None:
    sound = msgspec.to_builtins(loaded(SOUND).pack)

    for mutant in mutants_of(SOUND, ROWS):
        assert mutant.pack is not None
        assert leaves_that_differ(sound, msgspec.to_builtins(mutant.pack)) == 1, mutant


def leaves_that_differ(first: object, second: object) -> int:
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        return sum(leaves_that_differ(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return sum(map(leaves_that_differ, first, second))
    return int(first != second)


def test_only_rows_that_are_asked_for_are_changed_with_their_charges_and_taxes() -> None:
    assert {each.subject for each in mutants_of(SOUND, {"qq-tip", "qq-rounding"})} == {
        "row qq-rounding",
        "charge tip",
    }
    assert {each.subject for each in mutants_of(SOUND, {"qq-fare"})} == {
        "row qq-fare",
        "charge fare",
        "tax vat",
    }


def test_each_of_several_values_of_a_condition_is_left_out_in_turn() -> None:
    files = changed("rates.toml", '"taxi"', '["taxi", "van"]')

    changes = [each for each in mutants_of(files, {"qq-fare"}) if each.field == "when.licence"]

    assert [each.after for each in changes] == ['["van"]', '["taxi"]']


LATER = """
[[rates]]
id           = "qq-later"
charge       = ["fare"]
tax          = "vat"
category     = "S"
rate_percent = "5"
valid_from   = "2026-01-01"
source       = "made up"
checked_on   = 2026-11-24
verified     = true
when         = { licence = "taxi" }
"""


def test_the_day_on_which_one_row_hands_over_to_the_next_is_moved_either_way() -> None:
    files = changed("rates.toml", "2020-01-01", "2020-01-01\nvalid_to = 2025-12-31")
    files["rates.toml"] += LATER

    changes = {
        (each.line, each.subject, each.field, each.after)
        for each in mutants_of(files, {"qq-fare"})
        if each.field.startswith("valid")
    }

    assert changes == {
        (11, "row qq-fare", "valid_to", "2026-01-01"),
        (11, "row qq-fare", "valid_to", "2025-12-30"),
        (23, "row qq-later", "valid_from", "2026-01-02"),
        (23, "row qq-later", "valid_from", "2025-12-31"),
    }


def test_a_change_that_alone_has_the_pack_refused_has_no_pack() -> None:
    files = changed("numbering.toml", "digits     = 4", "digits     = 12")

    (refused,) = [each for each in mutants_of(files, ROWS) if each.pack is None]

    assert (refused.field, refused.after) == ("digits", "13")
