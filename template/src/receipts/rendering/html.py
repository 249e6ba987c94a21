"""The page of one document: HTML that a customer reads and an accountant files.

A pure function of the document and of two files beside this one: the page is
``templates/receipt.html``, its own words are ``texts.toml``. What the law words
(charges, taxes, phrases) comes with the document. Amounts, dates and distances
are written as CLDR says for the language in the document's country, through
Babel: English in Germany is ``12,90 €``.

A language that ``texts.toml`` does not speak gets ENGLISH words around the
document's own texts; see the head of that file.

The page needs no script, font, picture or network, and has one ``<style>``
without any value in it, so a Content-Security-Policy can name its hash.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from receipts.domain.documents import DocumentKind
from receipts.domain.events import PaymentMethod
from receipts.domain.money import exponent_of
from receipts.domain.parties import IssuerRole
from receipts.domain.taxes import TaxCategory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from babel import Locale
    from jinja2 import Template

    from receipts.domain.documents import Document, TaxSubtotal
    from receipts.domain.parties import Address

FALLBACK_LANGUAGE = "en"
"""Words of the page where ``texts.toml`` lacks the language."""

METRES_PER_MILE = Decimal("1609.344")
"""International yard and pound agreement of 1959."""

SHORT_HASH_DIGITS = 12
"""Enough of the pack's SHA-256 to tell packs apart by eye."""

MOST_REMEMBERED = 5_000
"""Dates, times, distances or rates remembered as written, of each and for each language
and place: Babel takes 6 to 20 µs for one. A day has 1,440 times."""

WIDEST_MINOR = 9_999_999_999
"""Above this, columns of amounts are set smaller, or they would leave the card."""

_SETTLED = frozenset({PaymentMethod.CARD, PaymentMethod.CASH, PaymentMethod.WALLET})
"""With these the money has moved; otherwise the page must not say *paid*."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page's own words in one language; `texts.toml` is checked against this."""

    amount: str
    charges: str
    customer: str
    data: str
    date: str
    description: str
    destination: str
    distance: str
    document_id: str
    footer: str
    gross: str
    issued_at: str
    kinds: dict[DocumentKind, str]
    legal: str
    licence: str
    licences: dict[str, str]
    """By licence; one that is not here is printed as the document states it."""
    net: str
    no_end: str
    number: str
    origin: str
    other_forms: str
    pass_through: str
    payment: str
    payment_methods: dict[PaymentMethod, str]
    rate: str
    receiver: str
    receivers: dict[str, str]
    """By receiver; one that is not here is printed as the document states it."""
    route: str
    rules: str
    sum: str
    supplier: str
    supplier_of_agent: str
    tax: str
    tax_by_rate: str
    tax_id: str
    total: str
    total_paid: str
    untaxed: dict[TaxCategory, str]
    """What stands in place of a rate where none applies."""


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `texts.toml`."""

    languages: dict[str, Words]
    miles_in: frozenset[str]
    postal_code_last_in: frozenset[str]


class PrintedRate(NamedTuple):
    """All lines that a reader sees at one rate; amounts in minor units."""

    tax: str
    """Name of the tax, for example ``USt.``"""
    rate: str
    """``7 %``, or a word where none applies."""
    net_minor: int
    tax_minor: int
    gross_minor: int

    @property
    def label(self) -> str:
        """Tax and rate in one: ``USt. 7 %``."""
        return f"{self.tax} {self.rate}"


class Format:
    """How CLDR writes things in one language, territory and currency."""

    def __init__(self, language: str, territory: str, currency: str) -> None:
        """Read the locale once.

        Raises:
            ValueError: The currency has no minor unit.
        """
        from babel.numbers import get_currency_symbol  # noqa: PLC0415  60 ms, only pages need it

        self.locale = _locale(language, territory)
        self._territory = territory
        self._digits = exponent_of(currency)
        pattern = self.locale.currency_formats["standard"]
        symbol = get_currency_symbol(currency, self.locale)
        self._before = tuple(part.replace("¤", symbol) for part in pattern.prefix)
        self._after = tuple(part.replace("¤", symbol) for part in pattern.suffix)
        self._group_sizes = pattern.grouping
        symbols = self.locale.number_symbols["latn"]
        self._group: str = symbols["group"]
        self._decimal: str = symbols["decimal"]

    def money(self, amount_minor: int) -> str:
        """An amount in minor units with its currency: 1290 is ``12,90 €`` in German.

        Babel's own function takes 18 µs, this 1 µs, and it writes the digits of
        ISO 4217: CLDR would drop the fils of a dinar that the law counts.
        """
        digits = str(abs(amount_minor)).rjust(self._digits + 1, "0")
        whole, fraction = digits[: len(digits) - self._digits], digits[-self._digits :]
        written = self._grouped(whole)
        if self._digits:
            written += self._decimal + fraction
        negative = amount_minor < 0
        return f"{self._before[negative]}{written}{self._after[negative]}"

    def _grouped(self, digits: str) -> str:
        size, later_size = self._group_sizes
        groups: list[str] = []
        while len(digits) > size:
            groups.append(digits[-size:])
            digits = digits[:-size]
            size = later_size
        groups.append(digits)
        return self._group.join(reversed(groups))

    def date(self, day: date) -> str:
        """``24. November 2026``."""
        from babel.dates import format_date  # noqa: PLC0415  60 ms, only pages need it

        return format_date(day, "long", locale=self.locale)

    def time(self, moment: datetime) -> str:
        """Time of day as the moment's own zone has it: ``14:05``, ``2:05 PM``."""
        from babel.dates import format_time  # noqa: PLC0415  60 ms, only pages need it

        return format_time(moment.time(), "short", locale=self.locale)

    def distance(self, metres: int) -> str:
        """Kilometres or miles, as roads of the territory are signed, to two decimals."""
        from babel.units import format_unit  # noqa: PLC0415  60 ms, only pages need it

        miles = self._territory in page_texts().miles_in
        length = metres / METRES_PER_MILE if miles else Decimal(metres).scaleb(-3)
        unit = "length-mile" if miles else "length-kilometer"
        return format_unit(length, unit, "short", format="#,##0.##", locale=self.locale)

    def percent(self, rate_percent: str) -> str:
        """A rate with all the digits that the pack states: ``8.875%``."""
        return _percent(rate_percent, self.locale)

    def country(self, code: str) -> str:
        """Name of a country (ISO 3166-1 alpha-2); the code where CLDR has none."""
        return str(self.locale.territories.get(code, code))


def render_html(document: Document, language: str | None = None) -> str:
    """The page of a document, complete with doctype.

    Args:
        document: An issued document; one without a number is a page without a number.
        language: One of the document's own; None is its first.

    Raises:
        ValueError: The document has no text in that language.
    """
    chosen = document.languages[0] if language is None else language
    if chosen not in document.languages:
        raise ValueError(
            f"Document {document.document_id} has no text in language {chosen!r}: "
            f"ask for one of {', '.join(document.languages)}."
        )
    words, form, template = _page_for(chosen, document.country.partition("-")[0], document.currency)
    rates = printed_rates(document.tax_subtotals, chosen, words, form)
    return template.render(
        document=document,
        language=chosen,
        rates=list(dict.fromkeys(rates.values())),
        rate_of=rates,
        taxed=any(item.category not in words.untaxed for item in document.tax_subtotals),
        wide=document.totals.gross_minor > WIDEST_MINOR,
        settled=document.payment is not None and document.payment.method in _SETTLED,
        for_another=document.issuer_role is IssuerRole.AGENT,
    )


def printed_rates(
    subtotals: Iterable[TaxSubtotal], language: str, words: Words, form: Format
) -> dict[str, PrintedRate]:
    """By id of its row, the rate as a reader sees it, its amounts added up.

    Two rows of a pack may state the same tax at the same rate (a ride, and the tip
    of an owner-driver); a reader, and UStG § 14 Abs. 4 Nr. 7, knows one rate there.
    """
    sums: dict[tuple[str, str], PrintedRate] = {}
    keys: dict[str, tuple[str, str]] = {}
    for item in subtotals:
        word = words.untaxed.get(item.category)
        key = (item.tax[language], form.percent(item.rate_percent) if word is None else word)
        _, _, net, tax, gross = sums.get(key, PrintedRate(*key, 0, 0, 0))
        sums[key] = PrintedRate(
            *key, net + item.net_minor, tax + item.tax_minor, gross + item.gross_minor
        )
        keys[item.rate_id] = key
    return {rate_id: sums[key] for rate_id, key in keys.items()}


class _Page(NamedTuple):
    words: Words
    form: Format
    template: Template


@cache
def _page_for(language: str, territory: str, currency: str) -> _Page:
    """The page compiled for one language, place and currency.

    Jinja folds a filter on a constant when it compiles, so words cost nothing later,
    and calls a filter in a third of the time of a method.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  100 ms

    environment = Environment(
        autoescape=True,
        auto_reload=False,
        loader=PackageLoader("receipts.rendering"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    words, form = _words(language), Format(language, territory, currency)
    environment.filters |= _filters(words, form)
    return _Page(words, form, environment.get_template("receipt.html"))


def _filters(words: Words, form: Format) -> dict[str, Callable[..., object]]:
    """What the page may do with a value; anything else is decided before it."""
    remembered = lru_cache(maxsize=MOST_REMEMBERED)
    return {
        "country": remembered(form.country),
        "date": remembered(form.date),
        "day": lambda moment: moment.date(),
        "distance": remembered(form.distance),
        "iso": lambda moment: moment.isoformat(),
        "kind": lambda kind: words.kinds[kind],
        "language_name": _language_name,
        "last_line": _last_line_of_address,
        "licence": lambda code: words.licences.get(code, code),
        "money": form.money,
        "payment_method": lambda method: words.payment_methods[method],
        "receiver": lambda code: words.receivers.get(code, code),
        "short_hash": lambda digest: digest[:SHORT_HASH_DIGITS],
        "text_direction": lambda _: form.locale.text_direction,
        "time": remembered(form.time),
        "word": lambda name: getattr(words, name),
    }


@cache
def page_texts() -> Texts:
    """The page's own words, read once.

    Raises:
        msgspec.ValidationError: A word is missing or misspelt.
    """
    file = resources.files("receipts.rendering").joinpath("texts.toml")
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Texts)


def _words(language: str) -> Words:
    languages = page_texts().languages
    broader = language.partition("-")[0]
    return languages.get(language) or languages.get(broader) or languages[FALLBACK_LANGUAGE]


@cache
def _locale(language: str, territory: str) -> Locale:
    from babel import Locale, localedata  # noqa: PLC0415  60 ms, only pages need it

    tag = language.replace("-", "_")
    for name in (f"{tag}_{territory}", tag):
        if localedata.exists(name):
            return Locale.parse(name)
    return Locale.parse(FALLBACK_LANGUAGE)


@lru_cache(maxsize=MOST_REMEMBERED)
def _percent(rate_percent: str, locale: Locale) -> str:
    from babel.numbers import format_percent  # noqa: PLC0415  60 ms, only pages need it

    share = Decimal(rate_percent).scaleb(-2)
    return format_percent(share, locale=locale, decimal_quantization=False)


@cache
def _language_name(language: str) -> str:
    """A language as its own speakers call it: ``Deutsch``."""
    locale = _locale(language, "")
    known = language.startswith(locale.language)
    return locale.language_name or language if known else language


def _last_line_of_address(address: Address) -> str:
    """City and postal code in the order of the address's country."""
    parts = (address.postal_code, address.city)
    if address.country in page_texts().postal_code_last_in:
        parts = parts[::-1]
    return " ".join(filter(None, parts))
