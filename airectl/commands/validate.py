"""`airectl validate`: every finding of every spec, with its place and a fix."""

from typing import Annotated

import typer

from airectl.core.report import Report, Status
from airectl.run import Run


def validate(run: Run, paths: Annotated[list[str] | None, typer.Argument()] = None) -> Report:
    """Check SLO specs."""
    from airectl.spec import lint
    from airectl.spec.context import Context
    from airectl.spec.load import load
    from airectl.spec.source import read

    inputs = read(paths or ["slo-specs"], run.env)
    context = Context(now=run.env.now())
    loaded = load(inputs.texts, context)
    findings = [*inputs.findings, *loaded.findings, *lint.run(loaded.specs, context)]
    return Report(status=Status.PASSED, findings=findings)
