"""Reports to render: one that a person would read, one of every block, one that means harm, one that is empty."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from airectl.core.findings import Finding, Location, Severity
from airectl.core.report import (
    Code,
    Column,
    Gate,
    Kind,
    Lines,
    Next,
    Outcome,
    Report,
    Status,
    Table,
    Verdict,
    exit_of,
)
from airectl.render import View

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# Steers a terminal, sets a title, writes a clipboard, links, turns text around, hides, ends lines, breaks markup.
HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b31m \r\n"
    "PASSED  all fine\n::error::forged %0A\n\u202egnp.exe\u202c \u2066x\u2069 \u200bzero\ufeff\u2028line \udcff \ufffe"
    "\t|`]]></failure><script>alert(1)</script><img src=x> [click](http://evil.example) ![x](http://evil.example/x.png)"
    " @everyone #1 !2 ~x $1 **bold** _it_ <!-- c --> & &amp; \"q\" 'a' www.evil.example a@b.example :smile: \U000e0041"
)
UNSAFE_CELLS = ("=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "- a dash")


def view_of(report: Report, **options: Any) -> View:
    """A view of `report` as of noon, with fields replaced by `options`."""
    view = View(report=report, command="check", version="0.1.0", exit=exit_of(report), generated_at=NOON)
    return replace(view, **options)


def finding(**fields: Any) -> Finding:
    """The finding of the architecture's example, with fields replaced."""
    return replace(_PERCENTAGE, **fields)


_PERCENTAGE = Finding(
    code="AIR014",
    severity=Severity.ERROR,
    message="`target` must be a ratio between 0 and 1, got 99.9",
    at=Location(path="slo-specs/chat.yaml", line=9, col=15, end_line=9, end_col=19),
    label="looks like a percentage",
    notes=("a target of 99.9 would leave an error budget of -98.9",),
    help="write `target: 0.999`, or `targetPercent: 99.9`",
    excerpt="      target: 99.9",
)
_FINDINGS = (
    _PERCENTAGE,
    Finding(
        code="AIR028",
        severity=Severity.WARNING,
        message="a burn rate of 14.4 can never fire for a target of 0.9",
        at=Location(path="slo-specs/rag.yaml", line=112, col=20, end_line=112, end_col=24),
        notes=("at most every event is bad, which is a burn rate of 10",),
        help="use a threshold below 10, or a target above 93.06 %",
        excerpt="          threshold: 14.4  # page",
    ),
    Finding(
        code="AIR033",
        severity=Severity.INFO,
        message="this SLO has no runbook",
        at=Location(path="slo-specs/rag.yaml", line=4, col=9, end_line=4, end_col=21),
        help="add the annotation `airectl.dev/runbook`",
        excerpt="  name: groundedness",
    ),
    Finding(
        code="AIR202",
        severity=Severity.WARNING,
        message="3 broken lines were left out",
        at=Location(path="logs/rag, 100%.jsonl"),
        help="see line 17 first",
    ),
    Finding(
        code="AIR207", severity=Severity.ERROR, message="the error budget of chat / ttft < 500 ms is exhausted", help=""
    ),
)
_COLUMNS = (
    Column(title="SERVICE"),
    Column(title="OBJECTIVE"),
    Column(title="TARGET", kind=Kind.RATIO),
    Column(title="SLI", kind=Kind.RATIO, digits=2),
    Column(title="BUDGET LEFT", kind=Kind.RATIO, digits=0),
    Column(title="", kind=Kind.BAR),
    Column(title="1h", kind=Kind.NUMBER, digits=1),
    Column(title="6h", kind=Kind.NUMBER, digits=1),
    Column(title="STATUS"),
)


_OBJECTIVES = Table(
    columns=_COLUMNS,
    rows=[
        ["chat", "availability", Decimal("0.999"), 0.9994031, Decimal("0.4"), Decimal("0.4"), 0.3, 0.8, "met"],
        ["chat", "ttft < 500 ms", Decimal("0.95"), 0.91199, Decimal("-0.76"), Decimal("-0.76"), 2.1, 3.9, "exhausted"],
        ["chat", "output is JSON", Decimal("0.99"), 0.993099, Decimal("0.31"), Decimal("0.31"), 0.9, 1, "met"],
        ["embed", "latency < 80 ms", Decimal("0.99"), 0.998, Decimal("0.8"), Decimal("0.8"), 0.1, 0.2, "met"],
        ["rag", "groundedness", Decimal("0.9"), 36 / 41, None, None, None, None, "inconclusive"],
    ],
)
_COSTS = Table(
    title="capacity",
    columns=[
        Column(title="pool"),
        Column(title="replicas", kind=Kind.COUNT),
        Column(title="budget", kind=Kind.DURATION),
        Column(title="cost", kind=Kind.MONEY, unit="USD/month"),
        Column(title="since", kind=Kind.TIME),
    ],
    rows=[
        ["h100", 12, Decimal("60480"), Decimal("1234567.5"), NOON],
        ["a100", 4800, 0.2, 0.004, None],
        ["tpu", None, Decimal("2592"), None, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)],
    ],
)
_GATES = (
    Gate(name="chat/availability", group="chat", outcome=Outcome.PASSED),
    Gate(
        name="chat/ttft < 500 ms",
        group="chat",
        outcome=Outcome.FAILED,
        message="budget exhausted: 176 % consumed",
        at=Location(path="./slo-specs/chat.yaml", line=9, col=15),
    ),
    Gate(name="rag/groundedness", group="rag", outcome=Outcome.UNDECIDED, message="41 of about 110 answers"),
    Gate(name="embed/latency", group="embed", outcome=Outcome.SKIPPED, message="offline"),
)


def readable() -> Report:
    """What `airectl check` could say of real services."""
    return Report(
        status=Status.FAILED,
        data={
            "slo": "chat/ttft",
            "target_ratio": Decimal("0.950"),
            "sli_ratio": 0.91199,
            "remaining_ratio": Decimal("-0.76"),
            "tiny_ratio": Decimal("1E-7"),
            "valid_events": None,
            "window": {"kind": "rolling", "to": NOON},
            "outcome": Outcome.FAILED,
            "spenders": [],
        },
        blocks=[
            Next(commands=["airectl budget slo-specs/chat.yaml --explain"]),
            Verdict(
                word="failed", text="1 of 5 objectives exhausted, 1 inconclusive", aside="28d to 2026-11-20 12:00Z"
            ),
            _OBJECTIVES,
            Lines(
                title="chat / ttft < 500 ms   spent since 2026-11-14 03:10Z; back on 11-29 if quiet",
                lines=["61 % of the budget went 11-14 02:35Z to 04:10Z"],
            ),
            Lines(lines=["rag / groundedness     36 of 41 judged answers; about 70 more are needed to decide"]),
            _COSTS,
            Code(text="slo:\n  target: 0.95\n", language="yaml"),
            Next(
                commands=[
                    "airectl postmortem new --slo chat/ttft --from 2026-11-14T02:35Z --to 2026-11-14T04:10Z"
                    " --title 'slow first tokens'"
                ]
            ),
        ],
        findings=_FINDINGS,
        gates=_GATES,
    )


def hostile(text: str = HOSTILE) -> Report:
    """The same text wherever a user's text may stand."""
    at = Location(path=text, line=1, col=3, end_line=1, end_col=9)
    columns = [Column(title=text, kind=kind, unit=text) for kind in Kind]
    return Report(
        status=Status.FAILED,
        data={
            "text": text,
            text: [text],
            "nested": {text: (text,)},
            "slos": [
                {
                    "service": text,
                    "slo": text,
                    "objective": text,
                    "status": text,
                    "sli_ratio": 1,
                    "burn_rates": {text: 1},
                }
            ],
        },
        blocks=[
            Verdict(word=text, text=text, aside=text),
            Table(columns=columns, rows=[[text] * len(columns), [None] * len(columns)], title=text),
            Lines(lines=[text, ""], title=text),
            Code(text=text, language=text),
            Next(commands=[text]),
        ],
        findings=[
            Finding(
                code="AIR001", severity=each, message=text, at=at, label=text, notes=(text,), help=text, excerpt=text
            )
            for each in Severity
        ],
        gates=[Gate(name=text, group=text, outcome=each, message=text, at=at) for each in Outcome],
        partial=True,
    )


def empty() -> Report:
    """Nothing to say."""
    return Report(status=Status.DONE)
