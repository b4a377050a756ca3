"""Prices of accelerators, from a file that the user owns: no price is built in, for each is old tomorrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.money import Prices
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.tree import Map

# Older prices than these are worth another look.
_OLD_DAYS: Final = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """The prices of a day, in a currency, by accelerator. `path` is the file; findings tell what to know of it."""

    path: str
    currency: str
    day: date
    prices: Mapping[str, Prices]
    example: bool = False
    findings: Sequence[Finding] = ()
    at: Location | None = None

    def of(self, accelerator: str) -> Prices | Finding:
        """The prices of an accelerator; of the only one in the file, where none is named."""
        if not accelerator and len(self.prices) == 1:
            return next(iter(self.prices.values()))
        found = {name.casefold(): each for name, each in self.prices.items()}.get(accelerator.casefold())
        if found is not None:
            return found
        listed = f"there are: {', '.join(self.prices)}"
        if not accelerator:
            return _finding(
                "it is not known which accelerator to price", self.at, f"name it with `--accelerator`; {listed}"
            )
        near = get_close_matches(accelerator, self.prices, 1)
        help = f"did you mean `{near[0]}`?" if near else listed
        return _finding(f"the file has no price of `{accelerator}`", self.at, help)


def read(path: str, text: str, now: datetime) -> PriceList | Sequence[Finding]:
    """The prices of a text; or what is wrong with it."""
    composed = compose(path, text)
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    # What YAML readers disagree on is no price: it fails here, whatever it is elsewhere.
    findings = [replace(each, severity=Severity.ERROR) for each in composed.findings]
    if not findings and (len(composed.documents) != 1 or not nodes):
        at = Location(path=path, line=1, col=1)
        findings.append(_finding("a file of prices holds one document, a mapping", at, "see `airectl schema prices`"))
    if not findings:
        findings += schema.check(nodes[0], "prices-v1", "prices")
    return findings or _list(path, nodes[0], now)


def _list(path: str, node: Map, now: datetime) -> PriceList | Sequence[Finding]:
    try:
        day = date.fromisoformat(node["date"])
    except ValueError:
        return [_finding(f"`{node['date']}` is no day", node.at("date"), 'write the day as `"2026-11-01"`')]
    return PriceList(
        path=path,
        currency=node["currency"],
        day=day,
        prices={name: _prices(each) for name, each in node.map("accelerators").items()},
        example=node.get("example", False),
        findings=tuple(_remarks(node, day, now)),
        at=node.key_at("accelerators"),
    )


def _prices(node: Map) -> Prices:
    given = {key: Decimal(node[key]) for key in ("on_demand", "reserved", "spot") if key in node}
    return Prices(**given)


def _remarks(node: Map, day: date, now: datetime) -> Iterator[Finding]:
    age = (now.date() - day).days
    if node.get("example", False):
        message = "the prices are an example"
        yield _finding(message, node.at("example"), "put your own into a file of yours", Severity.WARNING)
    if age > _OLD_DAYS:
        message = f"the prices are {age:,} days old"
        yield _finding(
            message, node.at("date"), "look whether they are still true, then change `date`", Severity.WARNING
        )
    if age < 0:
        yield _finding("the prices are of a day to come", node.at("date"), "look at `date`", Severity.WARNING)


def _finding(message: str, at: Location | None, help: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code="AIR520", severity=severity, message=message, at=at, help=help)
