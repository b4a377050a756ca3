"""`airectl schema`: the shipped JSON Schemas, for editors and other tools."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Final

import typer

from airectl.core.report import Report, Status
from airectl.errors import UsageError
from airectl.run import Run

# The word of each schema and its file.
SCHEMAS: Final[Mapping[str, str]] = {
    "openslo": "openslo-v1",
    "openslo-v1alpha": "openslo-v1alpha",
    "sloth": "sloth-v1",
    "short": "short-v1",
    "report": "airectl-report-v1",
    "telemetry": "telemetry-v1",
    "prompts": "prompts-v1",
    "windows": "windows-v1",
    "profile": "profile-v1",
    "plan": "plan-v1",
    "prices": "prices-v1",
    "scenario": "scenario-v1",
    "postmortem": "postmortem-v1",
    "run": "run-v1",
}

Format = Annotated[str, typer.Argument(metavar="[FORMAT]", help=f"One of: {', '.join(SCHEMAS)}.")]


def schema(run: Run, format: Format = "openslo") -> Report:
    """Print a JSON Schema (draft 2020-12), which tells an editor what a spec may hold.

    An editor with a YAML language server checks a spec that begins with the line
    `# yaml-language-server: $schema=openslo.json`, where the schema lies beside it.

    Examples:
      airectl schema > openslo.json
      airectl schema short > short.json
    """
    if format not in SCHEMAS:
        raise _unknown(format)
    text = files("airectl").joinpath("data", "schemas", f"{SCHEMAS[format]}.json").read_text("utf-8")
    return Report(status=Status.DONE, data={"format": format}, artefact=text)


def _unknown(format: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(format, SCHEMAS, 1)
    message = f"there is no schema `{format}`" + (f"; did you mean `{near[0]}`?" if near else "")
    return UsageError(message, help=f"one of: {', '.join(SCHEMAS)}")
