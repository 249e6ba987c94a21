"""What a document must say, worked out a second time and in another way.

Exact fractions instead of whole-number shares, rows read straight from the TOML
files, conditions judged one by one: nothing here comes from ``receipts.engine``,
so a slip there does not hide here. Slow, and meant to be read beside the law.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.resources.abc import Traversable

Tables = dict[str, Any]
"""The parsed files of a pack, by name without ``.toml``."""

HALF = Fraction(1, 2)

MODES: dict[str, Callable[[Fraction], int]] = {
    "half_up": lambda exact: floor(exact + HALF),
    "half_down": lambda exact: ceil(exact - HALF),
    "half_even": round,
    "down": floor,
    "up": ceil,
}
"""Modes of rounding, for what is not negative."""


class Refused(Exception):
    """No document is due: the event contradicts itself, the rows or the law."""


@dataclass(frozen=True)
class Expectation:
    """What the documents of an event must say, and the rows that say so."""

    says: list[dict[str, Any]]
    rows: frozenset[str]


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
    """What the first document of its series must say about an event.

    Args:
        event: A completed trip, as its JSON stands.
        tables: The files of its country's pack.
        seller: Our own company there; None where there is none.
        issued_at: When the document is issued.
        total: Whether the total that the event states must be right.

    Raises:
        Refused: There must be no document.
    """
    trip, pack = event["data"], tables["pack"]
    if trip["currency"] != pack["currency"]:
        raise Refused(f"currency: {trip['currency']}")
    zone = ZoneInfo(pack["time_zone"])
    started_at, ended_at = (
        datetime.fromisoformat(trip[end]).astimezone(zone) for end in ("started_at", "ended_at")
    )
    if ended_at < started_at:
        raise Refused("the ride ends before it starts")
    search = Search(ended_at.date(), facts_of(trip))
    role = search.one(tables["issuers"]["issuers"], "who sells")["role"]
    supplier = trip.get("supplier") if role == "agent_for" else seller
    if supplier is None:
        raise Refused("nobody sells")
    rounding = search.one(tables["rounding"]["rounding"], "rounding")
    taxed, passed = _part_charges(trip["charges"], tables, search)
    lines, subtotals = _tax(taxed, rounding, included=pack["prices_include_tax"])
    totals = _add_up(lines, passed)
    if total and totals["payable_minor"] != trip["total_minor"]:
        raise Refused(f"total: {totals['payable_minor']}")
    search.facts["gross_minor"] = totals["gross_minor"]
    kind = search.one(tables["documents"]["documents"], "kind")
    _demand(kind["mandatory"], {"supplier": supplier, "customer": trip.get("customer")}, lines)
    used = {line["rate_id"] for line in lines} | {item["rule_id"] for item in passed}
    says = {
        "issuer_role": role,
        "kind": kind["kind"],
        "lines": lines,
        "number": _number(search, tables, kind["kind"], supplier["id"], issued_at.astimezone(zone)),
        "pass_through": passed,
        "phrases": _phrases(search, tables, kind["kind"], role, used),
        "supplier": supplier["id"],
        "supply_date": str(search.on),
        "tax_subtotals": subtotals,
        "totals": totals,
    }
    return Expectation([says], frozenset(search.used))


def said(document: Tables) -> dict[str, Any]:
    """What a document says about the same things, from its JSON."""

    def parts(name: str, *keys: str) -> list[Tables]:
        return [{key: part[key] for key in keys} for part in document[name]]

    return {
        **{key: document[key] for key in ("issuer_role", "kind", "number", "totals")},
        "lines": parts("lines", "charge", "gross_minor", "net_minor", "rate_id", "tax_minor"),
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


def facts_of(trip: Tables) -> dict[str, Any]:
    """What conditions may ask about a trip."""
    origin, destination = trip["origin"], trip.get("destination") or {}
    towns = (origin.get("municipality"), destination.get("municipality"))
    return {
        "business_line": "rides",
        "customer_is_business": (trip.get("customer") or {}).get("tax_id") is not None,
        "destination_region": destination.get("region"),
        "distance_m": trip["distance_m"],
        "driver_employed": trip.get("driver_employed"),
        "gross_minor": None,
        "licence": trip["licence"],
        "origin_municipality": towns[0],
        "pooled": trip.get("pooled", False),
        "same_municipality": None if None in towns else towns[0] == towns[1],
        "supplier_stated": trip.get("supplier") is not None,
    }


def due_minor(row: Tables, charges: Iterable[Tables]) -> int | None:
    """The only lawful amount of a levy beside those charges; None where any is lawful."""
    if "percent" not in row:
        return row.get("amount_minor")
    base = sum(charge["amount_minor"] for charge in charges if charge["code"] in row["percent_of"])
    return MODES["half_up"](base * Fraction(row["percent"]) / 100)


def _part_charges(
    charges: list[Tables], tables: Tables, search: Search
) -> tuple[list[tuple[Tables, Tables]], list[Tables]]:
    taxed, passed = [], []
    for charge in charges:
        rows = [*tables["rates"]["rates"], *tables["pass_through"].get("pass_through", [])]
        row = search.one([row for row in rows if charge["code"] in row["charge"]], charge["code"])
        if "rate_percent" in row:
            taxed.append((charge, row))
            continue
        amount = charge["amount_minor"]
        if due_minor(row, charges) not in (None, amount):
            raise Refused(f"levy {charge['code']}: {due_minor(row, charges)}")
        if amount:
            item = {"amount_minor": amount, "charge": charge["code"], "rule_id": row["id"]}
            passed.append({**item, "kind": row["kind"], "receiver": row["receiver"]})
    return taxed, passed


def _tax(
    taxed: list[tuple[Tables, Tables]], rounding: Tables, *, included: bool
) -> tuple[list[Tables], list[Tables]]:
    lines: list[Tables] = [{} for _ in taxed]
    subtotals: list[Tables] = []
    rates = [(row["tax"], row["category"], Fraction(row["rate_percent"])) for _, row in taxed]
    for rate in dict.fromkeys(rates):
        places = [place for place, each in enumerate(rates) if each == rate]
        percent = rate[2]
        share = percent / (100 + percent) if included else percent / 100
        exact = [taxed[place][0]["amount_minor"] * share for place in places]
        for place, tax in zip(places, _shared_out(exact, rounding), strict=True):
            charge, row = taxed[place]
            net = charge["amount_minor"] - (tax if included else 0)
            lines[place] = {
                "charge": charge["code"],
                "gross_minor": net + tax,
                "net_minor": net,
                "rate_id": row["id"],
                "tax_minor": tax,
            }
        sums = _sums([lines[place] for place in places])
        first = taxed[places[0]][1]
        subtotals.append({**sums, "category": rate[1], "rate_percent": first["rate_percent"]})
    return lines, subtotals


def _shared_out(exact: list[Fraction], rounding: Tables) -> list[int]:
    """The tax of each line: the rounded sum, unit by unit to the line it is owed to most."""
    whole = MODES[rounding["mode"]]
    if rounding["scope"] == "line":
        return [whole(each) for each in exact]
    given = [floor(each) for each in exact]
    for _ in range(whole(sum(exact, Fraction())) - sum(given)):
        owed = [each - gift for each, gift in zip(exact, given, strict=True)]
        given[owed.index(max(owed))] += 1
    return given


def _sums(lines: list[Tables]) -> Tables:
    return {
        key: sum(line[key] for line in lines) for key in ("gross_minor", "net_minor", "tax_minor")
    }


def _add_up(lines: list[Tables], passed: list[Tables]) -> Tables:
    sums = _sums(lines)
    passed_minor = sum(item["amount_minor"] for item in passed)
    payable = sums["gross_minor"] + passed_minor
    return {**sums, "pass_through_minor": passed_minor, "payable_minor": payable}


def _demand(paths: list[str], parties: Tables, lines: list[Tables]) -> None:
    for path in paths:
        value: Any = {**parties, "lines": lines}
        for name in path.split("."):
            value = (value or {}).get(name)
        if not value:
            raise Refused(f"mandatory: {path}")


def _number(search: Search, tables: Tables, kind: str, supplier: str, local: datetime) -> str:
    country = str(tables["pack"]["code"]).replace("-", "")
    row = search.one(tables["numbering"]["numbering"], "numbering")
    values = {"kind": row["kind_codes"][kind], "year": str(local.year), "shard": "0"}
    values |= {"country": country, "supplier": supplier, "sequence": "1".rjust(row["digits"], "0")}
    text: str = row["format"]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _phrases(search: Search, tables: Tables, kind: str, role: str, used: set[str]) -> list[Tables]:
    due = [
        row
        for row in search.every(tables["phrases"].get("phrases", []))
        if ("kinds" not in row or kind in row["kinds"])
        and ("roles" not in row or role in row["roles"])
        and ("rules" not in row or used & set(row["rules"]))
    ]
    search.used.update(row["id"] for row in due)
    return [{"id": row["id"], "text": row["text"]} for row in due]
