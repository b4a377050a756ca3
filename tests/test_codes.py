"""Every finding code: its page, and a bad and a good fixture run as a user would run them.

A new code needs data/codes/AIRnnn.md and tests/codes/AIRnnn, and nothing here. A fixture is `bad.yaml` and
`good.yaml`, the same with `.md`, or folders of those names. `# expect LINE:COL` in a bad file names a place
where its code is expected; no other place may have it. Where files cannot hold comments, lines `PATH LINE:COL` of a
file `expect` beside them do, `- 0:0` for a finding without a place. `airectl.toml` beside them holds settings,
`args` more arguments, in which `{folder}` is the one that the fixtures are in. Codes from AIR120 to AIR123 are
checked with `airectl metrics lint`, those from AIR200 to AIR299 with `airectl check`, but AIR227 to AIR229
with `airectl doctor`; those from AIR300 to AIR399 with `airectl rules`, those from AIR130 to AIR139 with
`airectl probe`, AIR401 with `airectl simulate profiles`, those from AIR410 to AIR419
with `airectl loadtest presets`, those from AIR425 to AIR429 with `airectl loadtest report`, those from AIR430 to
AIR439 with `airectl loadtest compare`, those from AIR500 to AIR539 with `airectl forecast`,
those from AIR601 to AIR606 with `airectl postmortem new`, those from AIR620 to AIR659 with
`airectl postmortem check`, those from AIR660 to AIR679 with `airectl runbook check`,
all others with `airectl validate`.
With a `history.om`, OpenMetrics text with times, a Prometheus that holds it runs; with an `answers.json`,
one that gives these answers (see prometheus_faults.scripted). `{url}` in `args` is its address, and it is
the source `prod`; `{name}` there is the fixture's: `bad.yaml`, or `bad` where it is a folder. What is probed
answers as `server.json` says (see inference_server.scripted), or is where `bad.url` says.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import inference_server
import servers
from airectl import codes
from inference_server import inference
from prometheus_faults import faulty, scripted
from runner import Runner

CODES: Final = codes.known()
FIXTURES: Final = Path(__file__).parent / "codes"
PACKAGE: Final = Path(codes.__file__).parent
SECTIONS: Final = ["What it does", "Why it matters", "Bad", "Good", "Source"]
LONGEST_PAGE: Final = 80
_INCIDENT: Final = ("--from", "2025-06-12T17:52Z", "--to", "2025-06-12T20:20Z", "--dry-run")
_COMMANDS: Final = {
    "AIR13": ["probe", "{url}", "--prompts"],
    "AIR138": ["probe", "{url}", "--specs"],
    "AIR139": ["probe", "{url}", "--specs"],
    "AIR120": ["metrics", "lint", "--rules"],
    "AIR121": ["metrics", "lint", "--rules"],
    "AIR122": ["metrics", "lint"],
    "AIR123": ["metrics", "lint", "--rules"],
    "AIR2": ["check"],
    "AIR227": ["doctor", "--specs"],
    "AIR228": ["doctor", "--specs"],
    "AIR229": ["doctor", "--specs"],
    "AIR3": ["rules", "generate"],
    "AIR401": ["simulate", "profiles"],
    "AIR41": ["loadtest", "presets"],
    "AIR425": ["loadtest", "report", "--specs"],
    "AIR426": ["loadtest", "report"],
    "AIR427": ["loadtest", "report", "--specs"],
    "AIR428": ["loadtest", "report"],
    "AIR429": ["loadtest", "report"],
    "AIR43": ["loadtest", "compare"],
    "AIR5": ["forecast"],
    "AIR60": ["postmortem", "new", *_INCIDENT, "--outage", "total", "--target", "99.9%/30d", "--template"],
    "AIR605": ["postmortem", "new", *_INCIDENT, "--outage", "total", "--target", "99.9%/30d", "--alerts"],
    "AIR606": ["postmortem", "new", *_INCIDENT, "--specs"],
    "AIR62": ["postmortem", "check"],
    "AIR63": ["postmortem", "check"],
    "AIR64": ["postmortem", "check"],
    "AIR66": ["runbook", "check"],
}
_RANK: Final = {"info": 1, "warning": 2, "error": 3}
_EXPECT: Final = re.compile(rb"#\s*expect\s+(\d+):(\d+)\s*$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^(`{3,})(yaml|markdown)( fragment)?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_SUFFIXES: Final = {"yaml": "yaml", "markdown": "md"}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding of a run. Line 0 is the file as a whole."""

    code: str
    severity: str
    path: str
    line: int
    col: int


class Servers:
    """The Prometheus of each code that has one; it runs from the first test that needs it to the last of all."""

    def __init__(self, running: ExitStack, folder: Path) -> None:
        self._running, self._folder = running, folder
        self._urls: dict[str, str] = {}

    def url(self, code: str) -> str:
        """Where it is; empty for a code without one."""
        if code not in self._urls:
            self._urls[code] = self._started(code)
        return self._urls[code]

    def _started(self, code: str) -> str:
        history, answers, server = (FIXTURES / code / name for name in ("history.om", "answers.json", "server.json"))
        if server.is_file():
            return self._running.enter_context(inference(inference_server.scripted(json.loads(server.read_text())))).url
        if answers.is_file():
            return self._running.enter_context(faulty(scripted(json.loads(answers.read_text())))).url
        if not history.is_file():
            return ""
        return self._running.enter_context(servers.prometheus(self._folder / code, history.read_text("utf-8")))


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with ExitStack() as running:
        yield Servers(running, tmp_path_factory.mktemp("codes"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a code's fixtures are run: an empty folder, and its server's address."""

    scratch: Path
    prometheus: Servers


@pytest.fixture
def place(tmp_path: Path, prometheus: Servers) -> Place:
    return Place(tmp_path, prometheus)


def run(folder: Path, code: str, name: str, place: Place) -> list[Found]:
    """What airectl finds in `name` below `folder`, by the rules of `code`'s fixtures."""
    report = place.scratch / "report.json"
    args = FIXTURES / code / "args"
    other = FIXTURES / code / f"{Path(name).stem}.url"
    url = other.read_text().strip() if other.is_file() else place.prometheus.url(code)
    text = args.read_text().replace("{url}", url).replace("{name}", name) if args.is_file() else ""
    text = text.replace("{folder}", str(FIXTURES / code))
    more = shlex.split(text, comments=True)
    words = next((_COMMANDS[start] for n in (6, 5, 4) if (start := code[:n]) in _COMMANDS), ["validate"])
    command = [*(word.replace("{url}", url) for word in words), name, *more, "-q", "-o", f"json={report}"]
    named = {"AIRECTL_SOURCES_PROD_URL": url} if url else {}
    _, stderr, exit_code = Runner(cwd=folder, home=place.scratch, loopback=True, extra=named).call(command)
    assert exit_code in (0, 1, 2, 3), stderr.decode()
    assert report.is_file(), stderr.decode()
    return [_found(each) for each in json.loads(report.read_text())["findings"]]


def _found(finding: dict[str, object]) -> Found:
    at = finding["location"] or {"path": "", "line": 0, "col": 0}
    assert isinstance(at, dict)
    return Found(str(finding["code"]), str(finding["severity"]), at["path"], at.get("line") or 0, at.get("col") or 0)


def fixture(code: str, kind: str) -> str:
    """`bad.yaml`, `bad.md`, `bad.csv`, or `bad` where it is a folder."""
    if (FIXTURES / code / kind).is_dir():
        return kind
    suffixes = (each for each in ("md", "csv") if (FIXTURES / code / f"{kind}.{each}").is_file())
    return f"{kind}.{next(suffixes, 'yaml')}"


def expected(code: str) -> set[tuple[str, int, int]]:
    """The places that the comments of the bad fixture name."""
    name = fixture(code, "bad")
    root = FIXTURES / code / name
    files = sorted(each for each in root.rglob("*") if each.is_file()) if root.is_dir() else [root]
    beside = FIXTURES / code / "expect"
    if beside.is_file():
        rows = (line.rpartition(" ") for line in beside.read_text().splitlines())
        return {("" if path == "-" else path, *map(int, place.split(":"))) for path, _, place in rows}  # type: ignore[misc]  # two numbers
    return {
        (str(each.relative_to(FIXTURES / code)), int(line), int(col))
        for each in files
        for line, col in _EXPECT.findall(each.read_bytes())
    }


def examples(code: str, section: str) -> Iterator[tuple[str, str]]:
    """The complete documents among the blocks of a section, each with a name for its file."""
    for _, language, fragment, text in _BLOCK.findall(codes.page(code).sections[section]):
        if not fragment:
            yield f"example.{_SUFFIXES[language]}", text


@pytest.mark.parametrize("code", CODES)
def test_page_has_the_layout(code: str) -> None:
    text = (PACKAGE / "data" / "codes" / f"{code}.md").read_text("utf-8")
    page = codes.page(code)
    lines = text.splitlines()
    assert re.fullmatch(rf"# {code}: [^.]+", lines[0])
    assert re.fullmatch(r"severity: (error|warning|info)", next(line for line in lines[1:] if line))
    assert list(page.sections) == SECTIONS
    assert all(page.sections.values())
    assert _BLOCK.search(page.sections["Bad"])
    assert _BLOCK.search(page.sections["Good"])
    assert len(lines) <= LONGEST_PAGE
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("code", CODES)
def test_bad_fixture_has_the_finding_exactly_there(code: str, place: Place) -> None:
    wanted = expected(code)
    found = [f for f in run(FIXTURES / code, code, fixture(code, "bad"), place) if f.code == code]
    assert wanted, "the bad fixture says nowhere `# expect LINE:COL`"
    assert {(f.path, f.line, f.col) for f in found} == wanted


@pytest.mark.parametrize("code", CODES)
def test_severity_on_the_page_is_the_worst_one_emitted(code: str, place: Place) -> None:
    found = [f for f in run(FIXTURES / code, code, fixture(code, "bad"), place) if f.code == code]
    assert max((f.severity for f in found), key=_RANK.__getitem__) == codes.page(code).severity


@pytest.mark.parametrize("code", CODES)
def test_good_fixture_is_free_of_it_and_of_errors(code: str, place: Place) -> None:
    found = run(FIXTURES / code, code, fixture(code, "good"), place)
    assert [f for f in found if f.code == code or f.severity == "error"] == []


@pytest.mark.parametrize("code", CODES)
def test_examples_of_the_page_are_true(code: str, place: Place) -> None:
    settings = FIXTURES / code / "airectl.toml"
    if settings.is_file():
        shutil.copy(settings, place.scratch)
    for section, wanted in (("Bad", True), ("Good", False)):
        for name, text in examples(code, section):
            (place.scratch / name).write_text(text)
            found = run(place.scratch, code, name, place)
            assert any(f.code == code for f in found) == wanted, f"{section}:\n{text}"


def _literals(pattern: str) -> set[str]:
    sources = [*PACKAGE.rglob("*.py"), *(PACKAGE / "data" / "schemas").glob("*.json")]
    return {code for path in sources for code in re.findall(pattern, path.read_text("utf-8"))}


def test_every_code_in_the_source_has_a_page() -> None:
    assert sorted(_literals(r"\bAIR\d{3}\b") - set(CODES)) == []


def test_every_page_is_of_a_code_that_is_emitted() -> None:
    assert sorted(set(CODES) - _literals(r'"(AIR\d{3})"')) == []


def test_every_page_has_fixtures_and_every_fixture_a_page() -> None:
    assert {each.name for each in FIXTURES.iterdir() if each.is_dir()} == set(CODES)


def test_titles_tell_codes_apart() -> None:
    titles = [codes.page(code).title for code in CODES]
    assert sorted(titles) == sorted(set(titles))
