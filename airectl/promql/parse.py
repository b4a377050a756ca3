"""Text to a parsed query. The only module that imports the parser.

Placeholders of Sloth and Grafana are replaced first, and whatever could kill the parser is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Final, cast

from airectl.promql import guard, templates
from airectl.promql.guard import PromqlError
from airectl.promql.selectors import Selector, selectors

# The parser accepts these as queries, Prometheus does not answer them with one value per series.
_NOT_INSTANT: Final = {
    "MatrixSelector": "it gives a range of samples: put it into a function such as `rate()`, or drop the range",
    "StringLiteral": "it is a text and selects no series",
}


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A query that parses. `text` is as the user wrote it, `tree` the parser's own expression.

    `templates` are the placeholders that were replaced in it before it was parsed.
    """

    text: str
    tree: Any
    templates: tuple[str, ...] = ()

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """Every vector selector, in the order written."""
        return tuple(selectors(self.tree))


def parse(query: str) -> Parsed:
    """Parse PromQL. Raises PromqlError: TooLarge for what the parser may not see, else with its reason."""
    guard.check(query)
    result = _parse(query)
    if isinstance(result, str):
        raise PromqlError(result)
    return result


def rewrite(parsed: Parsed, change: Callable[[Any], str]) -> str:
    """The query with each node replaced by what `change` makes of it, the innermost first; an empty text leaves it.

    Raises PromqlError where that is no PromQL.
    """

    def replaced(node: Any) -> Any:
        text = change(node)
        return _parser().parse(text) if text else None

    try:
        return str(_parser().transform(parsed.tree, post_visit=replaced).prettify())
    except ValueError as error:
        raise PromqlError(str(error).partition("\n")[0].rstrip(".")) from None


@lru_cache(maxsize=4096)
def _parse(query: str) -> Parsed | str:
    """The query, or why it is none: the same text in many documents is parsed once."""
    text = templates.substitute(query)
    try:
        tree = _parser().parse(text)
    except ValueError as error:
        return _reason(query, str(error))
    if why := _NOT_INSTANT.get(type(tree).__name__):
        return why
    parsed = Parsed(text=query, tree=tree, templates=templates.found(query) if text != query else ())
    if any(selector.alternatives for selector in parsed.selectors):
        return "`or` between label matchers is not PromQL"
    return parsed


_QUOTED: Final = re.compile(r"(\bsyntax: )(\S+)$")


def _reason(query: str, reason: str) -> str:
    if left := templates.unknown(query):
        return f"the placeholder `{left}` is not known"
    said = reason.partition("\n")[0].strip()
    # The parser ends some reasons with the user's own text, unmarked.
    return _QUOTED.sub(r"\1`\2`", said) or "it cannot be read"


@cache
def _parser() -> Any:
    """The library, with the one function that Prometheus renamed in 3.0 under its old name too."""
    import promql_parser

    renamed = cast(promql_parser.Call, promql_parser.parse("double_exponential_smoothing(m[5m], 0.5, 0.5)")).func
    old = promql_parser.Function("holt_winters", renamed.arg_types, renamed.return_type, 0, False)
    promql_parser.register_extra_functions([old])
    return promql_parser
