"""The Jinja environment of templates: nothing of Python is in reach, and what grows too large is refused.

Imported by the child alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from airectl.core.incident.blanks import blank

# A text or a list that one operation makes.
_LONGEST: Final = 1_000_000
_LARGEST_EXPONENT: Final = 64
_OPERATORS: Final = frozenset(("*", "**", "%", "+"))


class Environment(ImmutableSandboxedEnvironment):
    """As Jinja's sandbox, with bounds on what an operator makes."""

    intercepted_binops = _OPERATORS

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """An operator within bounds."""
        if operator == "*":
            _within(left, right)
        if operator == "**" and not (isinstance(right, int | float) and abs(right) <= _LARGEST_EXPONENT):
            raise OverflowError(f"an exponent above {_LARGEST_EXPONENT} is refused")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("a text with `%` is refused; use the filter `format`, or `~`")
        return super().call_binop(context, operator, left, right)


def _within(left: Any, right: Any) -> None:
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(times, int) and len(many) * times > _LONGEST:
            raise OverflowError(f"a text of more than {_LONGEST:,} characters is refused")


def environment(sources: Mapping[str, str]) -> Environment:
    """An environment whose templates are `sources`, and nothing else."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        # The file name is what stands in tracebacks, which is how a place is found.
        return (sources[name], name, lambda: True) if name in sources else None

    made = Environment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=False,  # what comes from others is Markdown already, and can do nothing in it
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=0,
    )
    made.globals.pop("lipsum", None)
    made.globals["todo"] = blank
    return made
