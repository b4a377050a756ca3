"""Traces in JSONL, told by the names in their first row; names that are not given here are not used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from airectl.load.traces.moments import moment_ns, number_ns
from airectl.load.traces.rows import LARGEST_ID, Row, RowError

_MS: Final = 10**6
_S: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonlFormat:
    """The names of members. `unit_ns` 0: the time is a date. `parent` is the request that a request goes on from.

    `blocks` are the numbers of blocks of `block_tokens` tokens that a prompt is made of: equal ones begin alike.
    """

    name: str
    time: str
    unit_ns: int
    input: str
    output: str
    session: str = ""
    parent: str = ""
    blocks: str = ""
    block_tokens: int = 0
    needs: tuple[str, ...] = ()
    source: str = ""


FORMATS: Final = (
    JsonlFormat(
        name="bailian",
        time="timestamp",
        unit_ns=_S,
        input="input_length",
        output="output_length",
        session="chat_id",
        parent="parent_chat_id",
        blocks="hash_ids",
        block_tokens=16,
        needs=("chat_id",),
        source="https://github.com/alibaba-edu/qwen-bailian-usagetraces-anon",
    ),
    JsonlFormat(
        name="mooncake",
        time="timestamp",
        unit_ns=_MS,
        input="input_length",
        output="output_length",
        blocks="hash_ids",
        block_tokens=512,
        source="https://github.com/kvcache-ai/Mooncake/tree/main/FAST25-release/traces",
    ),
    JsonlFormat(name="jsonl", time="at_s", unit_ns=_S, input="input_tokens", output="output_tokens", session="session"),
    JsonlFormat(
        name="jsonl", time="timestamp", unit_ns=0, input="input_tokens", output="output_tokens", session="session"
    ),
)


class JsonlReader:
    """Reads the rows of a format."""

    def __init__(self, format: JsonlFormat, block_tokens: int = 0) -> None:
        self.format = format.name
        self.block_tokens = block_tokens or format.block_tokens
        self._format = format
        self._sessions: dict[Any, int] = {}

    def row(self, line: bytes) -> Row:
        """The row of a line. Raises RowError."""
        found = parsed(line)
        format = self._format
        return Row(
            self._time(_member(found, format.time)),
            _tokens(_member(found, format.input)),
            _tokens(found.get(format.output, -1)),
            self._number(found),
            _blocks(found.get(format.blocks)) if format.blocks else (),
        )

    def _time(self, value: Any) -> int:
        if self._format.unit_ns:
            return number_ns(value, self._format.unit_ns)
        if isinstance(value, str):
            return moment_ns(value)
        raise RowError(f"`{str(value)[:60]}` is no time such as 2023-11-16T18:15:46Z")

    def _number(self, found: Mapping[str, Any]) -> int:
        """The session's number: that of the request it goes on from, if it was met, else a new one."""
        own = found.get(self._format.session)
        if own is None or isinstance(own, (dict, list)):
            return -1
        parent = found.get(self._format.parent, -1) if self._format.parent else -1
        known = self._sessions.get(parent) if isinstance(parent, (int, str)) else None
        return self._sessions.setdefault(own, len(self._sessions) if known is None else known)


def parsed(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises RowError."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        said = str(error.msg)
        raise RowError(f"not valid JSON: {said[:1].lower()}{said[1:]}") from None
    if not isinstance(found, dict):
        raise RowError("a row must be an object")
    return found


def _member(found: Mapping[str, Any], name: str) -> Any:
    if name not in found:
        raise RowError(f"it has no `{name}`")
    return found[name]


def _tokens(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else _no_count(value)
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return int(value)
    return -1 if value is None else _no_count(value)


def _no_count(value: Any) -> int:
    raise RowError(f"`{str(value)[:60]}` is no number of tokens")


def _blocks(value: Any) -> list[int]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RowError("its `hash_ids` are no list")
    for each in value:
        if type(each) is not int or not 0 <= each <= LARGEST_ID:
            raise RowError(f"`{str(each)[:60]}` is no number of a block: 0 to {LARGEST_ID:,}")
    return value


def jsonl_reader(first: bytes) -> JsonlReader | None:
    """The reader for a first row; None: it is of no format."""
    try:
        found = parsed(first)
    except RowError:
        return None
    for each in FORMATS:
        if {each.time, each.input, *each.needs} <= set(found) and _fits(each, found[each.time]):
            return JsonlReader(each)
    return None


def _fits(format: JsonlFormat, time: Any) -> bool:
    """Whether the time is of the kind that the format has: both that are called `timestamp` are told by it."""
    return isinstance(time, str) != bool(format.unit_ns)
