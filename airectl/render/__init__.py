"""Reports to text. One module a format, each with `render(view) -> str`; a new one is a line in FORMATS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from importlib import import_module
from typing import Final

from airectl.core.report import Report
from airectl.errors import UsageError
from airectl.exits import Exit

FORMATS: Final[Mapping[str, str]] = {
    "text": "for people: verdict, tables, findings with their lines",
    "concise": "one line a finding: path:line:col: severity code message",
    "json": "the whole report, by the shipped schema airectl-report-v1",
    "sarif": "SARIF 2.1.0, for code scanning",
    "junit": "JUnit XML: one test case a gate",
    "github": "GitHub Actions annotations",
    "gitlab": "GitLab code quality",
    "markdown": "for job summaries and merge requests",
    "html": "a page with charts for a browser, in one file",
    "saved": "JSON with all that is shown, for `airectl report`",
    "csv": "the main table of the report",
    "openmetrics": "error budgets and forecasts as metrics, for Prometheus",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A report and all that a renderer may know of the run. `command` is the path of words, as in `config show`.

    `fine` says that the terminal can show more than ASCII.
    Paths of findings are relative to `cwd`; CI services want them relative to `root`, the repository.
    """

    report: Report
    command: str
    version: str
    exit: Exit
    generated_at: datetime
    colour: bool = False
    tty: bool = False
    fine: bool = True
    width: int = 80
    cwd: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One `-o`: a format, and the file it goes to (empty: stdout)."""

    format: str
    path: str = ""


def parse_outputs(texts: Sequence[str]) -> tuple[Output, ...]:
    """Read `-o FORMAT[=PATH]`. Text goes to stdout unless another format takes it.

    Raises UsageError for an unknown format, and for two that would share stdout.
    """
    outputs = tuple(_parse_output(text) for text in texts)
    to_stdout = [output.format for output in outputs if output.path in ("", "-")]
    if len(to_stdout) > 1:
        raise UsageError(
            f"only one report fits on stdout, got {' and '.join(to_stdout)}", help=f"write `-o {to_stdout[1]}=FILE`"
        )
    return outputs if to_stdout else (Output(format="text"), *outputs)


def _parse_output(text: str) -> Output:
    name, equals, path = text.partition("=")
    if name not in FORMATS:
        near = get_close_matches(name, FORMATS, 1)
        known = f"did you mean `{near[0]}`?" if near else f"formats: {', '.join(FORMATS)}"
        raise UsageError(f"no output format `{name}`", help=known)
    if equals and not path:
        raise UsageError(f"`-o {text}` names no file", help=f"write `-o {name}=FILE`, or `-o {name}` for stdout")
    return Output(format=name, path=path)


def render(format: str, view: View) -> str:
    """The report of `view` in a format of FORMATS."""
    text: str = import_module(f"airectl.render.{format}").render(view)
    return text
