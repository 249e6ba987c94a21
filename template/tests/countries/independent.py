"""What a document must say, worked out a second time and in another way.

Exact fractions instead of whole-number shares, rows read straight from the TOML
files, conditions judged one by one: nothing here comes from ``receipts.engine``,
so a slip there does not hide here. Slow, and meant to be read beside the law.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.countries.independent_offers import with_shares
from tests.countries.independent_sales import Refused, Sale, Tables, sales_of
from tests.countries.independent_sums import MODES, shared_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class Expectation:
    """What the documents of an event must say, and the rows that say so."""

    says: list[dict[str, Any]]
    rows: frozenset[str]
    charged_minor: int
    """What the customer is charged by all of them together."""


@dataclass(frozen=True)
class Search:
    """Rows in force for one sale; remembers those that decided something."""

    on: date
    facts: dict[str, Any]
    used: set[str] = field(default_factory=set)

    def every(self, rows: Iterable[Tables]) -> list[Tables]:
        return [row for row in rows if self._in_force(row) and self._fits(row.get("when", {}))]

    def one(self, rows: Iterable[Tables], subject: str) -> Tables:
        found = self.every(rows)
        if len(found) != 1:
            raise Refused(f"{subject}: {[row['id'] for row in found]} apply on {self.on}")
        self.used.add(found[0]["id"])
        return found[0]

    def _in_force(self, row: Tables) -> bool:
        return bool(row["valid_from"] <= self.on <= row.get("valid_to", date.max))

    def _fits(self, when: Tables) -> bool:
        return all(_fits(wanted, self.facts[name]) for name, wanted in when.items())


def _fits(wanted: Any, stated: Any) -> bool:
    if stated is None:
        return False
    match wanted:
        case dict():
            tests = {
                "at_most": lambda limit: stated <= limit,
                "below": lambda limit: stated < limit,
                "at_least": lambda limit: stated >= limit,
                "above": lambda limit: stated > limit,
            }
            return all(tests[name](limit) for name, limit in wanted.items())
        case list():
            return stated in wanted
        case _:
            return bool(stated == wanted)


def read_tables(folder: Traversable) -> Tables:
    """The files of a pack as they stand."""
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in files
    }


def calculate(
    event: Tables, tables: Tables, *, seller: Tables | None, issued_at: datetime, total: bool = True
) -> Expectation:
    """What the documents of an event must say, the first of their series.

    Args:
        event: A completed trip or a delivered order, as its JSON stands.
        tables: The files of its country's pack.
        seller: Our own company there; None where there is none.
        issued_at: When the documents are issued.
        total: Whether the total that the event states must be right.

    Raises:
        Refused: There must be no document.
    """
    data, pack = event["data"], tables["pack"]
    if data["currency"] != pack["currency"]:
        raise Refused(f"currency: {data['currency']}")
    zone = ZoneInfo(pack["time_zone"])
    says: list[dict[str, Any]] = []
    used: set[str] = set()
    charged = 0
    for stated in sales_of(event):
        search = Search(day_of(stated, zone), stated.facts)
        sale = replace(stated, charges=with_shares(stated.charges, tables, search))
        for role, charges in _by_role(sale.charges, tables, search).items():
            supplier = sale.supplier if role == "agent_for" else seller
            document = _document(sale, role, supplier, charges, tables, search)
            series = (document["supplier"], document["kind"])
            sequence = 1 + sum((each["supplier"], each["kind"]) == series for each in says)
            local = issued_at.astimezone(zone)
            number = number_of(search, tables, series, sequence, local)
            says.append(document | {"number": number} | retention_of(search, tables, local))
            charged += document["totals"]["payable_minor"] if sale.is_charged else 0
        used |= search.used
    if total and charged != data["total_minor"]:
        raise Refused(f"total: {charged}")
    return Expectation(says, frozenset(used), charged)


def day_of(sale: Sale, zone: ZoneInfo) -> date:
    """The day of supply."""
    began_at, ended_at = (datetime.fromisoformat(each).astimezone(zone) for each in sale.times)
    if ended_at < began_at:
        raise Refused("it ends before it starts")
    return ended_at.date()


def _by_role(charges: list[Tables], tables: Tables, search: Search) -> dict[str, list[Tables]]:
    """Charges by who sells them; what is only collected goes with the first that is sold."""
    roles: list[str] = []
    for charge in charges:
        rows = [
            row
            for row in tables["issuers"]["issuers"]
            if "charge" not in row or charge["code"] in row["charge"]
        ]
        roles.append(search.one(rows, f"who sells {charge['code']}")["role"])
    sold = [
        role
        for role, charge in zip(roles, charges, strict=True)
        if any(charge["code"] in row["charge"] for row in search.every(tables["rates"]["rates"]))
    ]
    sellers = dict.fromkeys(sold or roles[:1])
    first = next(iter(sellers))
    by_role: dict[str, list[Tables]] = {role: [] for role in sellers}
    for role, charge in zip(roles, charges, strict=True):
        by_role[role if role in sellers else first].append(charge)
    return by_role


def _document(  # noqa: PLR0917
    sale: Sale,
    role: str,
    supplier: Tables | None,
    charges: list[Tables],
    tables: Tables,
    search: Search,
) -> Tables:
    if supplier is None:
        raise Refused("nobody sells")
    rounding = search.one(tables["rounding"]["rounding"], "rounding")
    taxed, passed = part_charges(charges, sale.charges, tables, search)
    lines, subtotals = tax_of(taxed, rounding, included=tables["pack"]["prices_include_tax"])
    totals = add_up(lines, passed)
    gross = {**search.facts, "gross_minor": totals["gross_minor"]}
    rows = kind_rows(tables, role, None)
    kind = Search(search.on, gross, search.used).one(rows, "kind")
    demand(kind["mandatory"], {"supplier": supplier, "customer": sale.customer}, lines)
    used = {line["rate_id"] for line in lines} | {item["rule_id"] for item in passed}
    used |= {line["offer"]["rule_id"] for line in lines if line["offer"]}
    return {
        "correction": None,
        "issuer_role": role,
        "kind": kind["kind"],
        "lines": lines,
        "pass_through": passed,
        "phrases": phrases_of(search, tables, kind["kind"], role, used),
        "supplier": supplier["id"],
        "supply_date": str(search.on),
        "tax_subtotals": subtotals,
        "totals": totals,
    }


def kind_rows(tables: Tables, role: str, cause: str | None) -> list[Tables]:
    """Rows of documents.toml for first documents, or for corrections of a cause."""
    return [
        row
        for row in tables["documents"]["documents"]
        if role in row.get("roles", [role])
        and (cause in row.get("causes", []) if cause else "causes" not in row)
    ]


KEPT_AS_SAID = ("issuer_role", "kind", "number", "retain_until", "totals")


def said(document: Tables) -> dict[str, Any]:
    """What a document says about the same things, from its JSON."""

    def parts(name: str, *keys: str) -> list[Tables]:
        return [{key: part[key] for key in keys} for part in document[name]]

    return {
        **{key: document[key] for key in KEPT_AS_SAID},
        "correction": _said_of_correction(document.get("correction")),
        "lines": [
            {
                **{key: line[key] for key in line if key not in ("description", "item")},
                **_said_of(line["item"] or {}),
            }
            for line in document["lines"]
        ],
        "pass_through": parts(
            "pass_through", "amount_minor", "charge", "kind", "receiver", "rule_id"
        ),
        "phrases": parts("phrases", "id", "text"),
        "supplier": document["supplier"]["id"],
        "supply_date": document["supply"]["date"],
        "tax_subtotals": parts(
            "tax_subtotals", "category", "gross_minor", "net_minor", "rate_percent", "tax_minor"
        ),
    }


def _said_of_correction(correction: Tables | None) -> Tables | None:
    if correction is None:
        return None
    preceding = correction["preceding"]["number"]
    return {key: correction[key] for key in ("cause", "reason")} | {"preceding": preceding}


def _said_of(item: Tables) -> Tables:
    return {
        "discount": item.get("discount_minor"),
        "item": item.get("name"),
        "offer": item.get("share_of"),
        "under": [option["name"] for option in item["options"]] if item else None,
    }


def due_minor(row: Tables, charges: Iterable[Tables]) -> int | None:
    """The only lawful amount of a levy beside those charges; None where any is lawful."""
    if "percent" not in row:
        return row.get("amount_minor")
    base = sum(charge["amount_minor"] for charge in charges if charge["code"] in row["percent_of"])
    return MODES["half_up"](base * Fraction(row["percent"]) / 100)


def part_charges(
    charges: list[Tables], beside: list[Tables], tables: Tables, search: Search
) -> tuple[list[tuple[Tables, Tables]], list[Tables]]:
    taxed, passed = [], []
    for charge in charges:
        rows = [*tables["rates"]["rates"], *tables["pass_through"].get("pass_through", [])]
        row = search.one([row for row in rows if charge["code"] in row["charge"]], charge["code"])
        if "rate_percent" in row:
            taxed.append((charge, row))
            continue
        amount = charge["amount_minor"]
        if due_minor(row, beside) not in (None, amount):
            raise Refused(f"levy {charge['code']}: {due_minor(row, beside)}")
        if amount:
            item = {"amount_minor": amount, "charge": charge["code"], "rule_id": row["id"]}
            passed.append({**item, "kind": row["kind"], "receiver": row["receiver"]})
    return taxed, passed


def tax_of(
    taxed: list[tuple[Tables, Tables]], rounding: Tables, *, included: bool
) -> tuple[list[Tables], list[Tables]]:
    lines: list[Tables] = [{} for _ in taxed]
    subtotals: list[Tables] = []
    rates = [(row["tax"], row["category"], Fraction(row["rate_percent"])) for _, row in taxed]
    for position, rate in enumerate(dict.fromkeys(rates)):
        places = [place for place, each in enumerate(rates) if each == rate]
        percent = rate[2]
        share = percent / (100 + percent) if included else percent / 100
        exact = [taxed[place][0]["amount_minor"] * share for place in places]
        for place, tax in zip(places, shared_out(exact, rounding), strict=True):
            charge, row = taxed[place]
            net = charge["amount_minor"] - (tax if included else 0)
            lines[place] = {
                "charge": charge["code"],
                "discount": charge.get("discount"),
                "gross_minor": net + tax,
                "item": charge.get("item"),
                "net_minor": net,
                "offer": charge.get("offer"),
                "rate_id": row["id"],
                "tax_minor": tax,
                "tax_subtotal": position,
                "under": charge.get("under"),
            }
        sums = _sums([lines[place] for place in places])
        first = taxed[places[0]][1]
        subtotals.append({**sums, "category": rate[1], "rate_percent": first["rate_percent"]})
    return lines, subtotals


def _sums(lines: list[Tables]) -> Tables:
    return {
        key: sum(line[key] for line in lines) for key in ("gross_minor", "net_minor", "tax_minor")
    }


def add_up(lines: list[Tables], passed: list[Tables]) -> Tables:
    """Totals of a document."""
    sums = _sums(lines)
    passed_minor = sum(item["amount_minor"] for item in passed)
    payable = sums["gross_minor"] + passed_minor
    return {**sums, "pass_through_minor": passed_minor, "payable_minor": payable}


def demand(paths: list[str], parties: Tables, lines: list[Tables]) -> None:
    for path in paths:
        value: Any = {**parties, "lines": lines}
        for name in path.split("."):
            value = (value or {}).get(name)
        if not value:
            raise Refused(f"mandatory: {path}")


def number_of(
    search: Search, tables: Tables, series: tuple[str, str], sequence: int, local: datetime
) -> str:
    supplier, kind = series
    country = str(tables["pack"]["code"]).replace("-", "")
    row = search.one(tables["numbering"]["numbering"], "numbering")
    values = {"kind": row["kind_codes"][kind], "year": str(local.year), "shard": "0"}
    values |= {"country": country, "supplier": supplier}
    values |= {"sequence": str(sequence).rjust(row["digits"], "0")}
    text: str = row["format"]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def retention_of(search: Search, tables: Tables, local: datetime) -> Tables:
    """The day before the first on which it need not be kept any more."""
    row = search.one(tables["retention"]["retention"], "retention")
    free = date(local.year + 1, 1, 1).replace(year=local.year + 1 + row["years"])
    return {"retain_until": (free - timedelta(days=1)).isoformat()}


def phrases_of(
    search: Search, tables: Tables, kind: str, role: str, used: set[str]
) -> list[Tables]:
    due = [
        row
        for row in search.every(tables["phrases"].get("phrases", []))
        if ("kinds" not in row or kind in row["kinds"])
        and ("roles" not in row or role in row["roles"])
        and ("rules" not in row or used & set(row["rules"]))
    ]
    search.used.update(row["id"] for row in due)
    return [{"id": row["id"], "text": row["text"]} for row in due]
