"""Traces: published ones to the last row, and whatever else may stand in a file that is called one."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl import env as environment
from airectl.core.findings import Severity
from airectl.core.schedule import Traced
from airectl.env import Env
from airectl.load.plan import Plan
from airectl.load.traces.faults import SHOWN
from airectl.load.traces.moments import moment_ns
from airectl.load.traces.reading import Read, Wanted, read
from airectl.load.traces.rows import RowError, Window
from airectl.load.workloads.feeds import feed
from airectl.load.workloads.replayed import replay

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
BURST = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
Reading = Callable[..., Read]


@pytest.fixture
def env(tmp_path: Path) -> Env:
    return replace(environment.from_process(), cwd=tmp_path)


@pytest.fixture
def trace(env: Env) -> Reading:
    def run(content: str | bytes, **options: object) -> Read:
        data = content.encode() if isinstance(content, str) else content
        (env.cwd / "trace").write_bytes(data)
        skip = bool(options.pop("skip_faulty", False))
        return read(Wanted(path="trace", window=Window(**options), skip_faulty=skip), env)  # type: ignore[arg-type]

    return run


def said(found: Read) -> list[tuple[str, int, str]]:
    return [(each.code, each.at.line if each.at else -1, each.message) for each in found.findings]


def rows(found: Read) -> list[tuple[int, int, int]]:
    assert found.trace is not None
    return list(
        zip(found.trace.times_ns.tolist(), found.trace.inputs.tolist(), found.trace.outputs.tolist(), strict=True)
    )


def test_the_whole_conversation_trace_of_azure_at_sixty_times_its_speed(conformance: Path, env: Env) -> None:
    path = conformance / "traces" / "azure-llm-2023-conv.csv"
    found = read(Wanted(path=str(path)), env)
    assert found.findings == ()
    assert found.trace is not None
    lines = path.read_text().splitlines()[1:]
    asks = []
    source = feed(Plan(arrivals=Traced(time_scale=60), workload=replay(found.trace)))
    while ask := source.next():
        asks.append(ask)
    assert len(asks) == len(lines) == 19_366
    assert sum(ask.input_tokens for ask in asks) == sum(int(line.split(",")[1]) for line in lines)
    assert sum(ask.output_tokens for ask in asks) == sum(int(line.split(",")[2]) for line in lines)
    first = _seconds(lines[0])
    for ask, line in zip(asks, lines, strict=True):
        assert ask.intended_s is not None
        # To the last digit that a float has.
        assert ask.intended_s == float((_seconds(line) - first) / 60)


def _seconds(line: str) -> Fraction:
    """The time of a row, of whatever day, without the code that is tested."""
    hours, minutes, seconds = line.partition(",")[0].split(" ")[1].split(":")
    return Fraction(hours) * 3600 + Fraction(minutes) * 60 + Fraction(seconds)


def test_the_code_trace_of_azure(conformance: Path, env: Env) -> None:
    found = read(Wanted(path=str(conformance / "traces" / "azure-llm-2023-code.csv")), env)
    assert found.findings == ()
    assert found.trace is not None
    assert (len(found.trace.times_ns), int(found.trace.inputs.sum())) == (8_819, 18_059_974)


def test_mooncake_with_its_blocks(conformance: Path, env: Env) -> None:
    path = conformance / "traces" / "mooncake-synthetic.jsonl"
    found = read(Wanted(path=str(path)), env)
    assert found.findings == ()
    assert found.trace is not None
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert found.trace.block_tokens == 512
    assert found.trace.times_ns.tolist() == [line["timestamp"] * 10**6 for line in lines]
    assert found.trace.blocks.tolist() == [block for line in lines for block in line["hash_ids"]]
    source = feed(Plan(arrivals=Traced(), workload=replay(found.trace)))
    texts: dict[int, str] = {}
    for line in lines[:200]:
        ask = source.next()
        assert ask is not None
        words = ask.prompt.split(" ")
        assert len(words) == line["input_length"]
        for number, block in enumerate(line["hash_ids"][:-1]):
            text = " ".join(words[number * 512 : number * 512 + 512])
            assert texts.setdefault(block, text) == text
    assert len(set(texts.values())) == len(texts)


def test_the_week_of_azure_has_zones_and_whole_seconds(trace: Reading) -> None:
    found = trace(AZURE + "2024-05-10 00:00:00.009930+00:00,2162,5\n2024-05-10 00:00:01+00:00,2399,6\n")
    assert found.findings == ()
    assert rows(found) == [(0, 2162, 5), (990_070_000, 2399, 6)]


def test_burstgpt_leaves_out_what_was_never_answered_and_says_so(trace: Reading) -> None:
    found = trace(
        BURST + "5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,0,0,0,API log\n118,GPT-4,417,276,693,API log\n"
    )
    assert rows(found) == [(0, 472, 18), (113 * 10**9, 417, 276)]
    assert said(found) == [("AIR414", 3, "1 row is left out: no token was answered")]
    assert found.findings[0].severity is Severity.WARNING


def test_burstgpt_with_sessions(trace: Reading) -> None:
    header = "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    found = trace(header + "5.0,a,1.5,GPT-4,10,2,12,x\n6.25,,1.5,GPT-4,20,2,12,x\n7.0,a,1,GPT-4,30,2,12,x\n")
    assert found.trace is not None
    assert found.trace.sessions.tolist() == [0, -1, 0]
    assert rows(found) == [(0, 10, 2), (1_250_000_000, 20, 2), (2 * 10**9, 30, 2)]


def test_bailian_counts_in_seconds_and_in_blocks_of_sixteen(trace: Reading) -> None:
    lines: list[dict[str, object]] = [
        {"chat_id": 7, "parent_chat_id": -1, "timestamp": 61.114, "input_length": 32, "output_length": 3},
        {"chat_id": 9, "parent_chat_id": 7, "timestamp": 62.5, "input_length": 40, "output_length": 4},
        {"chat_id": 11, "parent_chat_id": -1, "timestamp": 63, "input_length": 8, "output_length": 4},
    ]
    for line, blocks in zip(lines, ([1, 2], [1, 2, 3], []), strict=True):
        line["hash_ids"] = blocks
    found = trace("\n".join(map(json.dumps, lines)))
    assert found.trace is not None
    assert rows(found) == [(0, 32, 3), (1_386_000_000, 40, 4), (1_886_000_000, 8, 4)]
    assert found.trace.block_tokens == 16
    first, second, third = found.trace.sessions.tolist()
    assert first == second != third


@pytest.mark.parametrize(
    "content",
    [
        "at_s,input_tokens,output_tokens,session\n0,10,2,a\n1.5,20,3,b\n",
        "timestamp,input_tokens,output_tokens\n2026-01-01T00:00:00Z,10,2\n2026-01-01T01:00:01.5+01:00,20,3\n",
        '"output_tokens","input_tokens","at_s","note"\n2,10,0,"x, y"\n"3","20","1.5",z\n',
        '{"at_s": 0, "input_tokens": 10, "output_tokens": 2}\n\n{"at_s": 1.5, "input_tokens": 20, "output_tokens": 3}',
        '{"timestamp": "2026-01-01 00:00:00", "input_tokens": 10, "output_tokens": 2}\n'
        '{"timestamp": "2026-01-01 00:00:01.500", "input_tokens": 20, "output_tokens": 3}\n',
    ],
)
def test_plain_csv_and_jsonl_mean_the_same(content: str, trace: Reading) -> None:
    found = trace(content)
    assert found.findings == ()
    assert rows(found) == [(0, 10, 2), (1_500_000_000, 20, 3)]


@pytest.mark.parametrize("change", ["bom", "crlf", "gzip", "no last break", "stdin"])
def test_the_same_trace_however_it_is_written(change: str, trace: Reading, env: Env) -> None:
    content = (AZURE + "2023-11-16 18:15:46,1,2\n2023-11-16 18:15:47,3,4\n").encode()
    wanted = rows(trace(content))
    forms = {
        "bom": b"\xef\xbb\xbf" + content,
        "crlf": content.replace(b"\n", b"\r\n"),
        "gzip": gzip.compress(content),
        "no last break": content[:-1],
        "stdin": content,
    }
    if change == "stdin":
        found = read(Wanted(path="-"), replace(env, stdin=io.BytesIO(content)))
    else:
        found = trace(forms[change])
    assert found.findings == ()
    assert rows(found) == wanted


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2023-11-16 18:15:46,-5,2", "`-5` is no number of tokens"),
        ("2023-11-16 18:15:46,1e3,2", "`1e3` is no number of tokens"),
        ("2023-11-16 18:15:46,nan,2", "`nan` is no number of tokens"),
        ("2023-11-16 18:15:46,0,2", "`0` is no number of tokens of a prompt: 1 to 10,000,000"),
        ("2023-11-16 18:15:46,99999999,2", "`99999999` is no number of tokens of a prompt"),
        ("2023-11-16 18:15:46,١٢,2", "`١٢` is no number of tokens"),
        ("2023-11-16 18:15:46,5", "it has 2 cells, and the first line has 3"),
        ("2023-11-16 18:15:46,5,6,7", "it has 4 cells, and the first line has 3"),
        ("2023-02-30 18:15:46,5,6", "`2023-02-30 18:15` is on no calendar"),
        ("2023-11-16 18:15:99,5,6", "is no time such as"),
        ("NaN,5,6", "`NaN` is no time such as 2023-11-16 18:15:46.6805900"),
        ("2123-11-16 18:15:46,5,6", "its time is more than ten years from that of the first row"),
        ('"2023-11-16 18:15:46,5,6', "no line of CSV"),
        ("\x1b[2J", "it has 1 cells"),
    ],
)
def test_a_bad_row_is_told_at_its_line(row: str, message: str, trace: Reading) -> None:
    found = trace(AZURE + "2023-11-16 18:15:45,1,2\n" + row + "\n2023-11-16 18:15:47,3,4\n")
    assert found.trace is None
    ((code, line, text),) = said(found)
    assert (code, line) == ("AIR411", 3)
    assert message in text
    found = trace(AZURE + "2023-11-16 18:15:45,1,2\n" + row + "\n2023-11-16 18:15:47,3,4\n", skip_faulty=True)
    assert rows(found) == [(0, 1, 2), (2 * 10**9, 3, 4)]
    assert [each.severity for each in found.findings] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            '{"timestamp": 1, "input_length": 5, "output_length": 2, "hash_ids": [1, 2]}',
            "it lists 2 blocks of 512 tokens",
        ),
        ('{"timestamp": 1, "input_length": 5, "output_length": 2, "hash_ids": [-1]}', "`-1` is no number of a block"),
        ('{"timestamp": 1, "input_length": 5, "output_length": 2, "hash_ids": [1.5]}', "`1.5` is no number of a block"),
        ('{"timestamp": 1, "input_length": 5, "output_length": 2, "hash_ids": "x"}', "its `hash_ids` are no list"),
        ('{"timestamp": -1, "input_length": 5, "output_length": 2}', "`-1` is no time from 0"),
        ('{"timestamp": NaN, "input_length": 5, "output_length": 2}', "not valid JSON"),
        ('{"timestamp": 1e308, "input_length": 5, "output_length": 2}', "`1e+308` is no time from 0"),
        ('{"timestamp": "now", "input_length": 5, "output_length": 2}', "`now` is no time from 0"),
        ('{"timestamp": 1, "input_length": 5.5, "output_length": 2}', "`5.5` is no number of tokens"),
        ('{"timestamp": 1, "input_length": true, "output_length": 2}', "`True` is no number of tokens"),
        ('{"timestamp": 1, "output_length": 2}', "it has no `input_length`"),
        ("[1, 2, 3]", "a row must be an object"),
        ("{" * 3000, "not valid JSON"),
        ('{"timestamp": 1, "input_length": ' + "9" * 400 + "}", "not valid JSON"),
    ],
)
def test_a_bad_row_of_jsonl_is_told_at_its_line(row: str, message: str, trace: Reading) -> None:
    found = trace('{"timestamp": 0, "input_length": 600, "output_length": 2, "hash_ids": [0, 1]}\n' + row)
    assert [(code, line) for code, line, _ in said(found)] == [("AIR411", 2)]
    assert message in said(found)[0][2]


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"", "the file holds no trace", 0),
        (b"\n\n \n", "the file holds no trace", 0),
        (b"a,b,c\n1,2,3\n", "the first line is of no trace that is known here", 1),
        (b"\n1,2,3\n", "the first line is of no trace that is known here", 2),
        (b'{"a": 1}', "the first line is of no trace that is known here", 1),
        (bytes(range(256)) * 40, "the file holds bytes that no text has", 1),
        ("\ufeffTIMESTAMP".encode("utf-16"), "the file is UTF-16", 0),
        (b"\xff\xfe\x00", "the file is UTF-16", 0),
        (AZURE.encode(), "no row of the trace can be sent", 0),
        (b"\x1f\x8bnot gzip at all", "cannot read the file", 0),
        (gzip.compress(AZURE.encode() * 1000, mtime=0)[:60], "cannot read the file", 0),
        (b"x" * (5 * 1024 * 1024), "the line is longer than 4 MiB", 1),
        (b"caf\xe9,b\n", "the first line is of no trace that is known here", 1),
    ],
)
def test_what_is_no_trace_is_said(content: bytes, message: str, line: int, trace: Reading) -> None:
    found = trace(content)
    assert found.trace is None
    ((code, at, text),) = said(found)
    assert (code, at) == ("AIR412", line)
    assert message in text


@pytest.mark.parametrize("path", ["nowhere", ".", "a\0b", "x" * 5000])
def test_a_path_that_leads_nowhere(path: str, env: Env) -> None:
    assert [code for code, _, _ in said(read(Wanted(path=path), env))] == ["AIR412"]


def test_rows_are_sent_in_the_order_of_their_times(trace: Reading) -> None:
    lines = [(5, [1]), (3, [2, 3]), (3, []), (4, [4])]
    found = trace("\n".join(
        json.dumps({"timestamp": t, "input_length": 600 + n, "output_length": 1, "hash_ids": blocks})
        for n, (t, blocks) in enumerate(lines)
    ))  # fmt: skip
    assert said(found) == [("AIR413", 2, "1 row is earlier than the row before")]
    assert rows(found) == [(0, 601, 1), (0, 602, 1), (10**6, 603, 1), (2 * 10**6, 600, 1)]
    assert found.trace is not None
    assert found.trace.blocks.tolist() == [2, 3, 4, 1]
    assert found.trace.block_counts.tolist() == [2, 0, 1, 1]


def test_many_bad_rows_are_counted(trace: Reading) -> None:
    found = trace(AZURE + "x\n" * 1000)
    assert len(found.findings) == SHOWN
    assert found.findings[-1].notes == (f"{1000 - SHOWN} more rows of this file cannot be used",)


def test_a_window_of_a_trace(trace: Reading) -> None:
    content = "at_s,input_tokens,output_tokens\n" + "".join(f"{100 + n},{n + 1},1\n" for n in range(60))
    assert rows(trace(content, from_s=10, for_s=3)) == [(0, 11, 1), (10**9, 12, 1), (2 * 10**9, 13, 1)]
    assert len(rows(trace(content, rows=7))) == 7
    assert rows(trace(content, from_s=10, rows=1)) == [(0, 11, 1)]
    assert said(trace(content, from_s=1000)) == [("AIR412", 0, "no row of the trace can be sent")]


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01 00:00:00", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01 00:00:00.1+00:00", 10**8),
        ("1970-01-01 02:30:00+02:30", 0),
        ("1969-12-31 19:00:00-0500", 0),
        ("2023-11-16 18:15:46.6805900", 1_700_158_546_680_590_000),
    ],
)
def test_moments_are_exact(text: str, ns: int) -> None:
    assert moment_ns(text) == ns


@pytest.mark.parametrize(
    "text", ["", "2023-11-16", "2023-11-16 18:15", "2023-11-16 25:15:00", "2023-11-16 18:15:46+99:00"]
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(RowError):
        moment_ns(text)


PIECES = [
    b"", b",", b"\n", b"\r", b"\0", b'"', b"-1", b"NaN", b"1e999", b"9" * 400, b"{", b"}", b"[", b"\xff",
    b"\xef\xbb\xbf", b"\x1f\x8b", b"2023-11-16 18:15:46", b"hash_ids", b"timestamp", b"\x1b[2J", "\u2028".encode(),
    b"1e17",
]  # fmt: skip
SEEDS = [
    (AZURE + "2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50,396,109\n").encode(),
    (BURST + "5,ChatGPT,472,18,490,Conversation log\n118,GPT-4,417,276,693,Conversation log\n").encode(),
    b'{"timestamp": 0, "input_length": 600, "output_length": 6, "hash_ids": [0, 1]}\n' * 3,
    b'{"at_s": 0.5, "input_tokens": 600, "output_tokens": 6, "session": "a"}\n' * 3,
]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(PIECES)) + data[at + draw(st.sampled_from([0, 1, 5, 40])) :]
    return data


@given(broken() | st.binary(max_size=200), st.booleans())
@settings(max_examples=400)
def test_whatever_a_file_holds_it_is_a_trace_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, skip_faulty: bool
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "fuzzed").write_bytes(data)
    env = replace(environment.from_process(), cwd=folder)
    found = read(Wanted(path="fuzzed", skip_faulty=skip_faulty), env)
    assert (found.trace is None) == any(each.severity is Severity.ERROR for each in found.findings)
    if found.trace:
        source = feed(Plan(arrivals=Traced(), workload=replay(found.trace)))
        while ask := source.next():
            assert ask.input_tokens > 0
            assert ask.intended_s is not None
            assert ask.intended_s >= 0
            if ask.input_tokens > 100_000:
                break
