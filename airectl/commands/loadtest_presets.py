"""`airectl loadtest presets`: the scenarios and limits that are shipped, or what scenarios of one's own would send."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Final

import typer

from airectl.commands import loadtest_presets_words as words
from airectl.commands.specs import with_excerpts
from airectl.core.findings import Finding
from airectl.core.report import Report
from airectl.errors import UsageError
from airectl.load.asked import Asked
from airectl.run import Run

_FILES: Final = (".yaml", ".yml", "-")
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="Scenarios; default: all that are shipped.")
]


def presets(run: Run, names: Names = None) -> Report:
    """List the scenarios and limits that are shipped, or say what scenarios would send; nothing is sent.

    Files that a scenario names, such as a trace, are read and judged too.

    Examples:
      airectl loadtest presets
      airectl loadtest presets chat rag -o json
    """
    from airectl.load import scenario

    if not names:
        return words.shipped([scenario.preset(name) for name in scenario.presets()])
    found: list[tuple[str, Asked]] = []
    findings: list[Finding] = []
    for name in names:
        asked, wrong = _scenarios(run, name)
        found += asked
        findings += wrong
    plans = []
    for path, each in found:
        plan, wrong = words.planned(path, each, run)
        findings += wrong
        if plan:
            plans.append(plan)
    return words.told(plans, findings)


def _scenarios(run: Run, name: str) -> tuple[list[tuple[str, Asked]], Sequence[Finding]]:
    """A shipped scenario, or those of a file, with what is wrong. Raises UsageError for a name that is not shipped."""
    from airectl.load import scenario
    from airectl.spec.source import read

    if name in scenario.presets():
        return [(name, scenario.preset(name))], []
    if not name.endswith(_FILES) and not (run.env.cwd / name).is_dir():
        near = get_close_matches(name, scenario.presets(), 1, 0.6)
        help = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(scenario.presets())}; or a .yaml file"
        raise UsageError(f"no scenario is called `{name}`", help=help)
    inputs = read([name], run.env)
    found, findings = [], list(inputs.findings)
    for text in inputs.texts:
        try:
            found.append((text.path, scenario.read(text.path, text.text)))
        except scenario.ScenarioError as error:
            findings += with_excerpts(list(error.findings), {text.path: text.text})
    return found, findings
