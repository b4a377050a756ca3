"""Postmortems of others: what is read of each, line by line, and what is said not to be understood."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from airectl.incident import lint
from airectl.incident.document import Document, read
from airectl.incident.stated import fits
from airectl.incident.timelines import unsorted
from runner import Runner

NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def documents(conformance: Path) -> list[Document]:
    paths = sorted((conformance / "postmortems").glob("*.md"))
    assert len(paths) == 19
    return [read(path.name, path.read_text("utf-8")) for path in paths]


def described(document: Document) -> Iterator[str]:
    """What was read of one, with the lines that it stands on; no words of the document itself."""
    known = document.timeline
    yield document.path.partition("_")[0]
    yield f"  sections {' '.join(document.parts)}"
    yield f"  zone {' '.join(known.zone_names) or '-'}"
    for row in known.rows:
        time = f"{row.utc:%Y-%m-%d %H:%MZ}" if row.utc else "-"
        exact = row.written.granularity.value if row.written else ""
        about = " about" if row.written and row.written.about else ""
        until = f" to {row.written.until:%H:%M}" if row.written and row.written.until else ""
        yield f"  {row.at.line}: {time} {exact}{about}{until}".rstrip() + (f" ({row.problem})" if row.problem else "")
    for row, above in unsorted(known.rows):
        yield f"  {row.at.line} is before {above.at.line}"
    for each in document.stated:
        said = "open" if each.open else f"{each.length.seconds // 60} min" if each.length else each.problem
        pairs = ", ".join(f"{fit.begins.at.line} to {fit.ends.at.line}" for fit in fits(each, known))
        yield f"  {each.at.line}: {each.measure} {said}; {pairs or 'no rows'}"
    yield f"  causes {' '.join(str(at.line) for _, at in document.causes) or '-'}"
    yield f"  actions {' '.join(str(each.at.line) for each in document.actions) or '-'}"


def test_what_is_read_of_each_file(conformance: Path, golden: Callable[[str, str], None]) -> None:
    lines = [line for document in documents(conformance) for line in described(document)]
    golden("incident/foreign.txt", "\n".join(lines) + "\n")


def test_no_file_makes_check_or_stats_fail(conformance: Path, airectl: Runner) -> None:
    for command in ("check", "stats", "export"):
        stdout, stderr, code = airectl.call(
            ["postmortem", command, str(conformance / "postmortems"), "-o", "json=r.json"]
        )
        assert code == (1 if command == "check" else 0), stderr.decode()
        assert b"Traceback" not in stdout + stderr
    found = json.loads((airectl.cwd / "r.json").read_text())
    assert len(found["data"]["payloads"]) == 65


def test_stats_have_median_and_p90_with_their_number(conformance: Path, airectl: Runner) -> None:
    stdout, _, _ = airectl.call(["postmortem", "stats", str(conformance / "postmortems"), "-o", "json"])
    data = json.loads(stdout)["data"]
    # 10 10 25 31 48 68 88 109 122 148 669 1220 1435 5840
    assert data["measures"]["ttr"] == {
        "n": 14,
        "p50_s": 98.5 * 60,
        "p90_s": (1220 + 0.7 * 215) * 60,
        "stated": 14,
        "definition": "recovered - degraded",
    }
    # 5 8 8 10 12 20 53 54 88 544 1183 1415 5280
    assert data["measures"]["ttd"] == {
        "n": 13,
        "p50_s": 53 * 60,
        "p90_s": (1183 + 0.8 * 232) * 60,
        "stated": 13,
        "definition": "detected - degraded",
    }
    assert data["classes"]["(Kubernetes)"] == 11
    assert {each["postmortem"].partition("_")[0] for each in data["left_out"] if each["measure"] == "ttr"} == {
        "PM2019-009", "PM2019-011", "PM2020-006", "PM2021-011", "PM2022-006",
    }  # fmt: skip
    assert len(data["repeated_actions"]) == 1


def test_stated_lengths_that_no_rows_bear_out_are_listed(conformance: Path) -> None:
    found = [f for f in lint.run(documents(conformance), NOW) if f.code == "AIR630"]
    assert [(f.at.path.partition("_")[0], f.at.line) for f in found if f.at] == [
        ("PM2023-002", 57), ("PM2023-002", 58), ("PM2025-001", 66), ("PM2025-001", 67),
    ]  # fmt: skip


HEAD: Final = "## Timeline\n\n| UTC | Event |\n|---|---|\n"
TRAPS: Final = """# Search was down

## Timeline

All times in UTC.

| Time | Event |
|---|---|
| 0202-01-31 10:00 | a year that cannot be |
| 2022-01-31 --:-- | a deploy |
| ~2022-01-31 8:40 | about then
| 2022-01-31 09:10 | an alert |
| 2022-01-31 08:50 | earlier than the row above |
| 2022-01-31 13:19 | the last row, which is no recovery |
| 2022-02-30 10:00 | no such day |
| ? | ? |

# Stats

- Time to detection: ?
- Time to recovery: 279 minutes [^3]
- Time to mitigation: 11 Days
- Time to acknowledge: soon
"""


def test_traps_are_listed_and_nothing_is_guessed() -> None:
    document = read("trap.md", TRAPS)
    problems = {row.at.line: row.problem for row in document.timeline.rows if row.problem}
    assert problems == {
        9: "the year 0202 cannot be",
        10: "the time of day is written as `--:--`",
        15: "there is no day `2022-02-30`",
        16: "`?` does not begin with a date",
    }
    assert [row.written.about for row in document.timeline.known if row.written] == [False, True, False, False, False]
    assert [(row.at.line, above.at.line) for row, above in unsorted(document.timeline.rows)] == [(13, 12)]
    stated = {each.measure: (each.length.seconds if each.length else None, each.open) for each in document.stated}
    assert stated == {"ttd": (None, True), "ttr": (279 * 60, False), "ttm": (11 * 86_400, False), "tta": (None, False)}
    assert document.incident.metrics.ttr is None
    codes = {finding.code for finding in lint.run([document], NOW)}
    assert {"AIR620", "AIR624", "AIR625", "AIR628", "AIR630"} <= codes


def test_winter_time_in_summer_is_asked_about() -> None:
    text = "## Timeline\n\n| Time in CET | Event |\n|---|---|\n| 2020-07-01 10:00 | a |\n| 2020-12-01 10:00 | b |\n"
    rows = read("x.md", text).timeline.rows
    assert [bool(row.problem) for row in rows] == [True, False]
    assert rows[1].utc == datetime(2020, 12, 1, 9, tzinfo=UTC)


def test_a_zone_that_is_several_gives_no_time_in_utc() -> None:
    text = "## Timeline\n\nAll times in IST.\n\n| Time | Event |\n|---|---|\n| 2020-07-01 10:00 | a |\n"
    document = read("x.md", text)
    assert document.timeline.rows[0].utc is None
    assert [f.message for f in lint.run([document], NOW) if f.code == "AIR626"] == [
        "the times of the timeline may be in IST"
    ]


def test_rows_that_are_about_right_bear_nothing_out() -> None:
    table = HEAD + "| {}2026-01-01 10:00 | a |\n| 2026-01-01 10:40 | b |\n\nTTR: 40 minutes\n"
    for about, pairs in (("", 1), ("~", 0)):
        document = read("x.md", table.format(about))
        assert len(fits(document.stated[0], document.timeline)) == pairs


def test_a_row_of_a_day_bears_out_days_alone() -> None:
    table = HEAD + "| 2026-01-01 | a |\n| 2026-01-12 10:40 | b |\n\nTTR: {}\n"
    for stated, pairs in (("11 days", 1), ("15880 minutes", 0)):
        document = read("x.md", table.format(stated))
        assert len(fits(document.stated[0], document.timeline)) == pairs
