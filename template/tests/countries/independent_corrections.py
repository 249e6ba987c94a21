"""What corrections must say, worked out a second time: from the documents as they are printed.

The engine keeps balances; here everything is added up anew from all that was said before,
in exact fractions, each time something is given back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.countries.independent import (
    Expectation,
    Search,
    add_up,
    calculate,
    day_of,
    demand,
    kind_rows,
    number_of,
    part_charges,
    phrases_of,
    retention_of,
    tax_of,
)
from tests.countries.independent_sales import Refused, Sale, Tables, sales_of
from tests.countries.independent_sums import MODES, shared_out

if TYPE_CHECKING:
    from datetime import datetime

WHOLE: Tables = {"scope": "rate", "mode": "half_up"}
"""How an amount that is whole is shared out."""

Key = tuple[str, str]
"""Source and id of an event."""

Slot = tuple[str, int]
"""A part of a document and a position in it."""


@dataclass
class Said:
    """A document and what it changes."""

    says: Tables
    sale: Sale
    first: Tables | None = None
    """The document whose parts it changes; None for one that stands alone."""
    slots: dict[Slot, int] = field(default_factory=dict)
    """What it adds to each part of that document, as it was stated."""


@dataclass
class Ledger:
    """Events of one pack, one after the other."""

    tables: Tables
    seller: Tables | None
    issued_at: datetime
    said: dict[Key, list[Said]] = field(default_factory=dict)
    """By the event that documents were issued for, or that they correct."""
    roots: dict[Key, Tables] = field(default_factory=dict)
    numbered: list[tuple[str, str]] = field(default_factory=list)
    """Supplier and kind of every document."""

    def add(self, event: Tables) -> Expectation:
        """What the documents of the next event must say.

        Raises:
            Refused: There must be none.
        """
        key = (event["source"], event["id"])
        original = event["data"].get("original")
        if original is None:
            expectation = calculate(
                event, self.tables, seller=self.seller, issued_at=self.issued_at
            )
            self.roots[key] = event
            new = [Said(each, _sale_of(each, event)) for each in expectation.says]
            self.said[key] = new
            self.numbered += [(each["supplier"], each["kind"]) for each in expectation.says]
            return expectation
        named = (original["source"], original["id"])
        if named not in self.roots:
            raise Refused("the original")
        used: set[str] = set()
        new = self._corrected(event, named, used)
        if event["type"] == "tip.added.v1":
            self.said[key], self.roots[key] = new, self.roots[named]
        else:
            self.said[named] += new
        for each in new:
            self._number(each, used)
        charged = sum(each.says["totals"]["payable_minor"] for each in new if each.sale.is_charged)
        return Expectation([each.says for each in new], frozenset(used), charged)

    def _corrected(self, event: Tables, named: Key, used: set[str]) -> list[Said]:
        data = event["data"]
        if data.get("currency", self.tables["pack"]["currency"]) != self.tables["pack"]["currency"]:
            raise Refused("currency")
        if event["type"] == "charge.refunded.v1":
            return self._refund(data, named, used)
        if event["type"] == "tip.added.v1":
            return [self._tip(data, named, used)]
        return self._request(data, named, used)

    def _refund(self, data: Tables, named: Key, used: set[str]) -> list[Said]:
        firsts = [each for each in self.said[named] if each.first is None]
        cancelled = data["reason"] == "cancelled"
        left = [self._left(first, named) for first in firsts]
        if "charges" in data:
            if cancelled:
                raise Refused("charges of a cancellation")
            taken = _taken(data["charges"], firsts, left)
        else:
            taken = [
                each if cancelled or first.sale.is_charged else {}
                for first, each in zip(firsts, left, strict=True)
            ]
        cause = {"cause": "cancellation" if cancelled else "refund", "reason": data["reason"]}
        new = [
            self._part(first, named, part, cause, used)
            for first, part in zip(firsts, taken, strict=True)
            if any(part.values())
        ]
        if not new:
            raise Refused("nothing is left")
        back = -sum(each.says["totals"]["payable_minor"] for each in new if each.sale.is_charged)
        if back != data["total_minor"]:
            raise Refused(f"total: {back}")
        return new

    def _request(self, data: Tables, named: Key, used: set[str]) -> list[Said]:
        new: list[Said] = []
        for first in [each for each in self.said[named] if each.first is None]:
            left = self._left(first, named)
            taxed = [minor for (part, _), minor in left.items() if part == "lines"]
            if not any(taxed) or not first.sale.is_charged:
                continue
            if self._live(first, named)["kind"] == "simplified_invoice":
                cause = {"cause": "cancellation", "reason": None}
                back = self._part(first, named, left, cause, used)
                cause = {"cause": "replacement", "reason": None}
                anew = self._part(first, named, left, cause, used, customer=data["customer"])
                new += [back, anew]
        if not new:
            raise Refused("no simplified invoice")
        return new

    def _tip(self, data: Tables, named: Key, used: set[str]) -> Said:
        if self.said[named][0].says["correction"]:
            raise Refused("a tip for a tip")
        sale = next(each for each in sales_of(self.roots[named]) if each.is_charged)
        search = self._search(sale, used)
        charge = {"code": "tip", "amount_minor": data["amount_minor"]}
        rows = self.tables["issuers"]["issuers"]
        row = search.one([row for row in rows if "tip" in row.get("charge", ["tip"])], "tip")
        supplier = sale.supplier if row["role"] == "agent_for" else self.seller
        if supplier is None:
            raise Refused("nobody sells")
        rounding = search.one(self.tables["rounding"]["rounding"], "rounding")
        taxed, passed = part_charges([charge], [charge], self.tables, search)
        lines, subtotals = tax_of(taxed, rounding, included=self._included)
        firsts = [each for each in self.said[named] if each.first is None]
        alike = [each for each in firsts if each.says["issuer_role"] == row["role"]]
        live = self._live((alike or firsts)[0], named)
        says = live | {
            "correction": {"cause": "tip", "preceding": live["number"], "reason": None},
            "issuer_role": row["role"],
            "lines": lines,
            "pass_through": passed,
            "supplier": supplier["id"],
            "tax_subtotals": subtotals,
            "totals": add_up(lines, passed),
        }
        self._finish(says, sale, "tip", sale.customer, used)
        return Said(says, sale)

    def _part(  # noqa: PLR0917
        self,
        first: Said,
        named: Key,
        part: dict[Slot, int],
        cause: Tables,
        used: set[str],
        customer: Tables | None = None,
    ) -> Said:
        """A document over a part of what is left, with the other sign unless it is anew."""
        sign = 1 if customer else -1
        taxes = self._taxes(first, named, part, used)
        lines, passed = [], []
        for (name, at), minor in sorted(part.items()):
            if not minor:
                continue
            was = first.says[name][at]
            if name == "pass_through":
                passed.append(was | {"amount_minor": sign * minor})
            else:
                whole = minor == self._stated(was) and customer is not None
                lines.append(self._line(was, sign * minor, sign * taxes[at], whole=whole))
        rates = sorted({line["tax_subtotal"] for line in lines})
        subtotals = []
        for rate in rates:
            members = [line for line in lines if line["tax_subtotal"] == rate]
            keys = ("gross_minor", "net_minor", "tax_minor")
            sums = {key: sum(line[key] for line in members) for key in keys}
            subtotals.append(first.says["tax_subtotals"][rate] | sums)
        for line in lines:
            line["tax_subtotal"] = rates.index(line["tax_subtotal"])
        says = first.says | {
            "correction": cause | {"preceding": self._live(first, named)["number"]},
            "lines": lines,
            "pass_through": passed,
            "tax_subtotals": subtotals,
            "totals": add_up(lines, passed),
        }
        self._finish(says, first.sale, cause["cause"], customer or first.sale.customer, used)
        slots = {slot: sign * minor for slot, minor in part.items()}
        return Said(says, first.sale, first.says, slots)

    def _line(self, was: Tables, minor: int, tax: int, *, whole: bool) -> Tables:
        gross = minor if self._included else minor + tax
        line = was | {"gross_minor": gross, "net_minor": gross - tax, "tax_minor": tax}
        if was["item"] and not whole:
            line |= {"discount": 0, "under": []}
        return line

    def _taxes(
        self, first: Said, named: Key, part: dict[Slot, int], used: set[str]
    ) -> dict[int, int]:
        """Tax of what is taken of each line."""
        search = self._search(first.sale, used)
        rounding = search.one(self.tables["rounding"]["rounding"], "rounding")
        round_ = MODES[rounding["mode"]]
        left = self._left(first, named)
        taxes: dict[int, int] = {}
        for rate, subtotal in enumerate(first.says["tax_subtotals"]):
            lines = first.says["lines"]
            all_at = [at for at, line in enumerate(lines) if line["tax_subtotal"] == rate]
            members = [at for at in all_at if part.get(("lines", at))]
            percent = Fraction(subtotal["rate_percent"])
            share = percent / (100 + percent) if self._included else percent / 100
            stated = [part["lines", at] for at in members]
            if rounding["scope"] == "line":
                for at, minor in zip(members, stated, strict=True):
                    gone = self._stated(lines[at]) - left["lines", at]
                    taxes[at] = round_((gone + minor) * share) - round_(gone * share)
                continue
            whole = sum(self._stated(lines[at]) for at in all_at)
            gone = whole - sum(left["lines", at] for at in all_at)
            if gone == 0 and sum(stated) == whole:
                taxes.update({at: lines[at]["tax_minor"] for at in members})
                continue
            due = round_((gone + sum(stated)) * share) - round_(gone * share)
            exact = [Fraction(due * minor, sum(stated)) for minor in stated]
            taxes.update(zip(members, shared_out(exact, WHOLE), strict=True))
        return taxes

    @property
    def _included(self) -> bool:
        return bool(self.tables["pack"]["prices_include_tax"])

    def _left(self, first: Said, named: Key) -> dict[Slot, int]:
        """What is left of each part of a document, as it was stated."""
        left = {
            (name, at): self._stated(each)
            for name in ("lines", "pass_through")
            for at, each in enumerate(first.says[name])
        }
        for each in self.said[named]:
            if each.first is first.says:
                for slot, minor in each.slots.items():
                    left[slot] += minor
        return left

    def _live(self, first: Said, named: Key) -> Tables:
        replaced = [
            each.says
            for each in self.said[named]
            if each.first is first.says and each.says["correction"]["cause"] == "replacement"
        ]
        return [first.says, *replaced][-1]

    def _stated(self, part: Tables) -> int:
        if "amount_minor" in part:
            return int(part["amount_minor"])
        return int(part["gross_minor" if self._included else "net_minor"])

    def _search(self, sale: Sale, used: set[str]) -> Search:
        return Search(day_of(sale, ZoneInfo(self.tables["pack"]["time_zone"])), sale.facts, used)

    def _finish(
        self, says: Tables, sale: Sale, cause: str, customer: Tables | None, used: set[str]
    ) -> None:
        """Kind and phrases, in place."""
        search = self._search(sale, used)
        gross = {**sale.facts, "gross_minor": abs(says["totals"]["gross_minor"])}
        rows = kind_rows(self.tables, says["issuer_role"], cause)
        kind = Search(search.on, gross, used).one(rows, f"kind of {cause}")
        parties = {
            "supplier": sale.supplier if says["issuer_role"] == "agent_for" else self.seller,
            "customer": customer,
            "correction": {"preceding": {"number": says["correction"]["preceding"]}},
        }
        demand(kind["mandatory"], parties, says["lines"])
        rows_used = {line["rate_id"] for line in says["lines"]}
        rows_used |= {each["rule_id"] for each in says["pass_through"]}
        rows_used |= {line["offer"]["rule_id"] for line in says["lines"] if line["offer"]}
        says["kind"] = kind["kind"]
        role = says["issuer_role"]
        says["phrases"] = phrases_of(search, self.tables, says["kind"], role, rows_used)

    def _number(self, said: Said, used: set[str]) -> None:
        series = (said.says["supplier"], said.says["kind"])
        self.numbered.append(series)
        local = self.issued_at.astimezone(ZoneInfo(self.tables["pack"]["time_zone"]))
        search = self._search(said.sale, used)
        sequence = self.numbered.count(series)
        said.says["number"] = number_of(search, self.tables, series, sequence, local)
        said.says.update(retention_of(search, self.tables, local))


def _taken(
    charges: list[Tables], firsts: list[Said], left: list[dict[Slot, int]]
) -> list[dict[Slot, int]]:
    """What is given back of each part of each document."""
    taken: list[dict[Slot, int]] = [{} for _ in firsts]
    for charge in charges:
        slots = [
            (place, slot)
            for place, first in enumerate(firsts)
            for slot in left[place]
            if first.says[slot[0]][slot[1]]["charge"] == charge["code"]
        ]
        if "position" in charge:
            slots = slots[charge["position"] :][:1]
        there = [left[place][slot] - taken[place].get(slot, 0) for place, slot in slots]
        if charge["amount_minor"] > sum(there):
            raise Refused(f"{charge['code']}: {sum(there)} is left")
        exact = [Fraction(charge["amount_minor"] * each, sum(there)) for each in there]
        for (place, slot), minor in zip(slots, shared_out(exact, WHOLE), strict=True):
            taken[place][slot] = taken[place].get(slot, 0) + minor
    return taken


def _sale_of(says: Tables, event: Tables) -> Sale:
    """The sale that a document is for: the commission is one of its own."""
    sales: list[Sale] = sales_of(event)
    if len(sales) > 1 and {line["charge"] for line in says["lines"]} == {"commission"}:
        return sales[1]
    return sales[0]
