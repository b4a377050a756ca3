"""Small corpora of what files may hold: broken and odd JSON, YAML, tables and strings, all written for these tests."""

# ruff: noqa: E501  # a case a line is read best

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

# Strings that have a meaning to some program on the way: terminals, shells, spreadsheets, browsers, templates, parsers.
STRINGS: Final = (
    "", " ", "\t", "null", "None", "true", "NaN", "-Infinity", "undefined", "0x10", "1_000", "1e400", "-0", "٣",
    "\0", "\x1b]0;x\a", "\x9b31m", "\u202eabc", "\ufeff", "\u2028", "é" * 300, "🏳️\u200d🌈", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍", "\ud800", "ﷺ",
    "=1+1", "@SUM(A1)", "'; DROP TABLE x; --", "$(touch x)", "`touch x`", "{{ 7 * 7 }}", "{% for x in y %}", "%s%n",
    "<script>alert(1)</script>", "javascript:alert(1)", "../../../etc/passwd", "/dev/zero", "CON", "file:///etc/passwd",
    "http://[", "http://x:99999", "2026-02-30", "9999-12-31T23:59:60Z", "0000-00-00", "P99999999Y", "9" * 400, "a" * 70_000,
)  # fmt: skip
# Values of the wrong kind, or of the right one and beyond all bounds; as text, since some are no JSON.
VALUES: Final = (
    "null", "true", "[]", "{}", '""', "0", "-1", "1e400", "-1e400", "NaN", "Infinity", "1e-400", "9" * 400, "1.5",
    '{"a": [{"b": null}]}', "[[[[[]]]]]", "[null, 1, \"a\"]", '"\\ud800"', '"\\u0000"', '"1"', "18446744073709551616",
)  # fmt: skip
# What a parser of JSON must refuse, or may read in its own way.
JSON_TEXTS: Final = (
    b"", b" ", b"[", b"]", b"{", b'"', b"[1,]", b"[,1]", b"[1 2]", b'{"a":}', b'{"a" 1}', b"{1: 2}", b"{'a': 1}",
    b'{"a": 1, "a": 2}', b"[01]", b"[+1]", b"[.5]", b"[1.]", b"[1e]", b"[0x1]", b"[nul]", b"[True]", b"[NaN]", b"[1e999]",
    b'["\\x"]', b'["\\u12"]', b'["\\ud800"]', b'["\x01"]', b'["\xff"]', b"\xef\xbb\xbf[]", b"[\x00]", b"[]x", b"[] []",
    b"[" * 100_000, b'{"a":' * 20_000, b"[" * 500 + b"]" * 500, b"1", b"null", b"-" + b"9" * 5_000, b'"a"', b"// x\n[]",
)  # fmt: skip
# What YAML may hold, of which few programs have thought.
YAML_TEXTS: Final = (
    b"", b"---\n", b"...\n", b"--- \n...\n---\n", b"a: b: c", b"- a\nb: c", b"\ta: 1", b"a: &a [*a]", b"&a a: *a", b"*a",
    b"a: !!python/object/apply:os.system [x]", b"!!binary x", b"!<x> y", b"%YAML 9.9\n---\na", b"? [a]\n: b", b"{a, b: }",
    b"a: |9\n x", b"a: >-\n", b"<<: [1]", b"a: 1\na: 2", b"a: 1:30:00", b"a: .inf", b"a: 0o17", b"a: 2026-13-45",
    b"'", b'"\\q"', b"a: [", b"a: {b", b"# only a comment", b"\xff\xfea\x00", b"a: \x00", b"a\r\nb\r", b"[" * 40_000,
    b"\n".join([b"a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]".encode() for n in range(1, 12)]),
)  # fmt: skip
# Tables: quotes, ends of lines, widths, headers.
TABLE_TEXTS: Final = (
    b"a", b"a,b", b"a,b\n", b"a,b\n1", b"a,b\n1,2,3", b'a,b\n"1,2', b'a,b\n"1"x,2', b",\n,", b"a,a\n1,2", b"a;b\n1;2",
    b"\xef\xbb\xbftime,v\n2026-01-01,1", b"time,v\n" + b"x,y\n" * 3, b"time,v\n2026-01-01,nan\n2026-01-02,inf\n",
    b"time,v\n2026-01-01,1\n2026-01-01,2\n", b"time,v\n9999-12-31,1e308\n0001-01-01,-1e308\n", b"time,v\r2026-01-01,1\r",
    b"time,v\n" + b",".join([b"1"] * 5_000), b"\x00" * 100, b"PAR1" + b"\x00" * 40 + b"PAR1", b"PK\x03\x04" + b"\x00" * 60,
    b"\x1f\x8b\x08\x00" + b"\x00" * 20, b"\x28\xb5\x2f\xfd" + b"\x00" * 20,
)  # fmt: skip
TOML_TEXTS: Final = (
    b"a", b"a =", b"= 1", b"[a", b"[a]\n[a]", b"a = 1\na = 2", b"a.b = 1\na = 2", b"a = 01", b"a = 1__0", b"a = '''x", b"a = 2026-13-01",
    b"a = nan", b'a = "\\q"', b"a = {b = 1,}", b"[[sources]]", b"sources = 1", b"[sources]\nprod = 1", b"specs = [1, {}]", b"color = []",
    b"[tool.airectl]\nspecs = 1", b"[probes]\na = []", b"[loadtest]\nallow = 3", b"[postmortems]\npath = 7", b"\xff = 1", b"a = \x00",
)  # fmt: skip
# What parsers die of: brackets, digits, aliases that stand for billions.
TOO_MUCH: Final = (
    b"[" * 100_000, b'{"a":' * 20_000, b"-" + b"9" * 5_000, b"a = " + b"9" * 5_000, b"a = " + b"[" * 5_000, b"a: " + b"9" * 5_000,
    YAML_TEXTS[-1],
)  # fmt: skip
TEXTS: Final = (*JSON_TEXTS, *YAML_TEXTS, *TABLE_TEXTS)


def json_with(document: Any, rng: random.Random, count: int) -> Iterator[bytes]:
    """`document` as JSON, so many times, each with one of its values or names replaced by something odd."""
    places = list(_places(document))
    for _ in range(count):
        path = rng.choice(places)
        yield _written(document, path, rng).encode("utf-8", "surrogatepass")


def yaml_with(text: str, rng: random.Random, count: int) -> Iterator[bytes]:
    """YAML or Markdown `text`, so many times, each with the value of one line replaced, or one line out of place."""
    lines = text.splitlines()
    for _ in range(count):
        at = rng.randrange(len(lines))
        name, colon, _ = lines[at].partition(":")
        odd = rng.choice([*VALUES, *map(json.dumps, STRINGS[:-1]), *STRINGS[:30]])
        line = f"{name}: {odd}" if colon and rng.random() < 0.8 else odd
        moved = lines[:at] + lines[at + 1 :] if rng.random() < 0.2 else [*lines[:at], line, *lines[at + 1 :]]
        yield "\n".join([*moved, ""]).encode("utf-8", "surrogatepass")


def table_with(text: str, rng: random.Random, count: int) -> Iterator[bytes]:
    """A table `text` of cells, so many times, each with one cell replaced, emptied or doubled."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(count):
        at = rng.randrange(len(rows))
        cells = list(rows[at])
        cells[rng.randrange(len(cells))] = rng.choice([*STRINGS[:-1], *VALUES, "1,2", '"'])
        yield "\n".join(",".join(each) for each in [*rows[:at], cells, *rows[at + 1 :]]).encode(
            "utf-8", "surrogatepass"
        )


def _places(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    inside: Sequence[tuple[str | int, Any]] = ()
    if isinstance(document, Mapping):
        inside = list(document.items())
    elif isinstance(document, list):
        inside = list(enumerate(document[:4]))
    for key, value in inside:
        yield from _places(value, (*path, key))


def _written(document: Any, path: tuple[str | int, ...], rng: random.Random) -> str:
    """The document as JSON, where something else stands at `path`."""
    odd = rng.choice(VALUES) if rng.random() < 0.7 else json.dumps(rng.choice(STRINGS))
    return json.dumps(_replaced(document, path), ensure_ascii=False).replace('"\\u0000here"', odd, 1)


def _replaced(document: Any, path: tuple[str | int, ...]) -> Any:
    if not path:
        return "\0here"
    if isinstance(document, list):
        return [_replaced(each, path[1:]) if at == path[0] else each for at, each in enumerate(document)]
    return {key: _replaced(value, path[1:]) if key == path[0] else value for key, value in document.items()}
