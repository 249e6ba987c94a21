"""Packs that are wrong in one place: what is wrong, their files, and how they are refused."""

from __future__ import annotations

from tests.countries.made_up import SOUND, changed, offer_row

TOO_LITTLE = '{ fare = "70", tip = "29.9" }'
ALL = '{ fare = "70", tip = "30" }'
UNKNOWN = '{ fair = "70", tip = "30" }'

UNSOUND = [
    (
        "not TOML",
        changed("rates.toml", 'tax          = "vat"', "tax ="),
        r"rates\.toml:5: is not TOML: Invalid value",
    ),
    (
        "unknown key",
        changed("rates.toml", "category ", "categoryy "),
        r"rates\.toml:6: row qq-fare, categoryy: is no field here; did you mean category\?",
    ),
    (
        "unknown table",
        changed("rates.toml", "[[rates]]", "[[rate]]"),
        r"rates\.toml:2: holds \[\[rates\]\] rows only, not rate",
    ),
    (
        "key that is missing",
        changed("issuers.toml", 'role = "agent_for"', ""),
        r"issuers\.toml:13: row qq-operator: lacks role",
    ),
    (
        "unknown rounding mode",
        changed("rounding.toml", '"half_up"', '"half_round"'),
        r"rounding\.toml:5: row qq-rounding, mode: 'half_round' is none of half_up, ",
    ),
    (
        "no year to keep a document",
        changed("retention.toml", "years = 7", "years = 0"),
        r"retention\.toml:4: row qq-retention, years: must be a whole number >= 1",
    ),
    (
        "unknown rounding scope",
        changed("rounding.toml", '"rate"', '"document"'),
        r"rounding\.toml:4: row qq-rounding, scope: 'document' is none of line, rate",
    ),
    (
        "unknown kind of document",
        changed("documents.toml", 'kind      = "receipt"', 'kind      = "ticket"'),
        r"documents\.toml:4: row qq-receipt, kind: 'ticket' is none of receipt, ",
    ),
    (
        "rate that is a binary float",
        changed("rates.toml", '"10"', "10.0"),
        r"rates\.toml:7: .*, rate_percent: must be text in quotation marks, not a number with ",
    ),
    (
        "rate that is no percentage",
        changed("rates.toml", '"10"', '"10 %"'),
        r"rates\.toml:7: .*, rate_percent: is '10 %'; it is written such as 8\.875",
    ),
    (
        "date in quotation marks",
        changed("rates.toml", "2020-01-01", '"1.1.2020"'),
        r"rates\.toml:10: row qq-fare, valid_from: must be a date such as 2026-11-24 without "
        r"quotation marks",
    ),
    (
        "moment in place of a date",
        changed("rates.toml", "2020-01-01", "2020-01-01T00:00:00"),
        r"rates\.toml:10: row qq-fare, valid_from: must be a date .*, not a date with a time",
    ),
    (
        "day that no calendar has",
        changed("rates.toml", "2020-01-01", "2020-02-30"),
        r"rates\.toml:10: is not TOML: Invalid date",
    ),
    (
        "number of no digits",
        changed("numbering.toml", "digits     = 4", "digits     = 0"),
        r"numbering\.toml:5: row qq-numbering, digits: must be a whole number >= 1",
    ),
    (
        "condition of another type",
        changed("rates.toml", '{ licence = "taxi" }', "{ licence = 1 }"),
        r"rates\.toml:8: .*, when: must be true or false or text .* or a table .*, not a whole ",
    ),
    (
        "unknown role in a list",
        changed("issuers.toml", 'role = "agent_for"', 'role = "agent"'),
        r"issuers\.toml:14: row qq-operator, role: 'agent' is none of principal, agent_for",
    ),
    (
        "field that is like no other",
        changed("rates.toml", "category ", "xyz "),
        r"rates\.toml:6: row qq-fare, xyz: is no field here; there are id, valid_from, ",
    ),
    (
        "country without a currency",
        changed("pack.toml", 'currency           = "EUR"', ""),
        r"pack\.toml: lacks currency",
    ),
    (
        "code of no country",
        changed("pack.toml", '"QQ"', '"Nowhere"'),
        r"pack\.toml:2: code: is 'Nowhere'; it is written such as AT or US-IL",
    ),
    (
        "name of a charge without a language",
        changed("charges.toml", '{ en = "Tip", de = "Trinkgeld" }', '"Tip"'),
        r"charges\.toml:3: charge tip: must be a table in \{ \}, not text in quotation marks",
    ),
    (
        "row without a source",
        changed("rates.toml", 'source     = "made up"', 'source     = ""'),
        r"rates\.toml:11: row qq-fare, source: must not be shorter than 3",
    ),
    (
        "misspelt bound",
        changed("documents.toml", "below =", "under ="),
        r"documents\.toml:6: row qq-receipt, when: holds 'under'; a bound is one of above, ",
    ),
    (
        "unknown tax",
        changed("rates.toml", '"vat"', '"gst"'),
        r"row qq-fare names tax 'gst', which pack\.toml lacks",
    ),
    (
        "duplicated id",
        changed("rates.toml", '"qq-fare"', '"qq-tip"'),
        r"row id 'qq-tip' is used 2 times",
    ),
    (
        "row that ends before it begins",
        changed("rates.toml", "2020-01-01", "2020-01-01\nvalid_to = 2019-12-31"),
        r"row qq-fare ends before it begins",
    ),
    (
        "charge without a language",
        changed("charges.toml", '{ en = "Fare", de = "Fahrpreis" }', '{ en = "Fare" }'),
        r"charge fare has texts in \['en'\], the pack speaks \['de', 'en'\]",
    ),
    (
        "tax without a language",
        changed("pack.toml", '{ en = "VAT", de = "USt." }', '{ en = "VAT" }'),
        r"tax vat has texts in \['en'\], the pack speaks",
    ),
    (
        "phrase in a language too many",
        changed("phrases.toml", 'en = "Thank you."', 'en = "Thank you.", sv = "Tack."'),
        r"row qq-phrase-tip has texts in \['de', 'en', 'sv'\], the pack speaks",
    ),
    (
        "rate of an unknown charge",
        changed("rates.toml", '["fare"]', '["fair"]'),
        r"row qq-fare names charge 'fair', which charges\.toml lacks",
    ),
    (
        "pass-through of an unknown charge",
        changed("pass_through.toml", '["tip"]', '["tips"]'),
        r"row qq-tip names charge 'tips', which charges\.toml lacks",
    ),
    (
        "percentage of an unknown charge",
        changed("pass_through.toml", '["fare", "tip"]', '["fair"]'),
        r"row qq-share takes a percentage of 'fair', which charges\.toml lacks",
    ),
    (
        "percentage of nothing",
        changed("pass_through.toml", 'percent_of = ["fare", "tip"]', ""),
        r"row qq-share needs percent and percent_of together",
    ),
    (
        "share of charges without a percentage",
        changed("pass_through.toml", 'percent    = "3"', ""),
        r"row qq-share needs percent and percent_of together",
    ),
    (
        "levy with two amounts",
        changed("pass_through.toml", 'percent    = "3"', 'percent = "3"\namount_minor = 1'),
        r"row qq-share has both amount_minor and percent",
    ),
    (
        "fixed shares that are not there",
        {**SOUND, "combined_offers.toml": offer_row("fixed_shares")},
        r"row qq-fixed-shares needs shares and sharing = 'fixed_shares' together",
    ),
    (
        "shares that nothing is shared by",
        {**SOUND, "combined_offers.toml": offer_row("single_prices", shares=ALL)},
        r"row qq-single-prices needs shares and sharing = 'fixed_shares' together",
    ),
    (
        "shares that are not the whole price",
        {**SOUND, "combined_offers.toml": offer_row("fixed_shares", shares=TOO_LITTLE)},
        r"row qq-fixed-shares shares out 99\.9 % of a price, not 100 %",
    ),
    (
        "share of an unknown charge",
        {**SOUND, "combined_offers.toml": offer_row("fixed_shares", shares=UNKNOWN)},
        r"row qq-fixed-shares gives a share to 'fair', which charges\.toml lacks",
    ),
    (
        "unknown sharing",
        {**SOUND, "combined_offers.toml": offer_row("by_weight")},
        r"combined_offers\.toml:3: row qq-by-weight, sharing: 'by_weight' is none of fixed_shares",
    ),
    (
        "phrase for a row that does not exist",
        changed("phrases.toml", '"qq-tip"', '"qq-tipp"'),
        r"row qq-phrase-tip names row 'qq-tipp', which does not exist",
    ),
    (
        "unknown placeholder of a number",
        changed("numbering.toml", "{year}", "{yeer}"),
        r"row qq-numbering must name .*\{year\}.* once each in its format, not .*yeer",
    ),
    (
        "number that two countries could write",
        changed("numbering.toml", "{country}-", ""),
        r"row qq-numbering must name .*\{country\}.* once each in its format",
    ),
    (
        "number whose parts run into each other",
        changed("numbering.toml", "{supplier}-{country}", "{supplier}{country}"),
        r"row qq-numbering must part what it names",
    ),
    (
        "number that does not end with its sequence",
        changed("numbering.toml", "{sequence}", "{sequence}."),
        r"numbering\.toml:4: .*, format: is .*; it is written such as \{supplier\}-",
    ),
    (
        "unknown time zone",
        changed("pack.toml", "Europe/Berlin", "Europe/Berlinn"),
        r"pack\.toml:7: field time_zone: 'Europe/Berlinn' is not a time zone",
    ),
    (
        "time zone outside the list of zones",
        changed("pack.toml", "Europe/Berlin", "../zones"),
        r"pack\.toml:7: field time_zone: '\.\./zones' is not a time zone",
    ),
    (
        "currency without a minor unit",
        changed("pack.toml", '"EUR"', '"XAU"'),
        r"pack\.toml:4: field currency: XAU has no minor unit",
    ),
    (
        "unknown currency",
        changed("pack.toml", '"EUR"', '"QQQ"'),
        r"pack\.toml:4: field currency: .*QQQ",
    ),
]
