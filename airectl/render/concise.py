"""One line a finding."""

from airectl.core.findings import Finding
from airectl.render import View
from airectl.render.inert import inert


def render(view: View) -> str:
    """`path:line:col: severity CODE message`; a finding without a place begins with its severity."""
    return "".join(f"{_line(finding)}\n" for finding in view.report.findings)


def _line(finding: Finding) -> str:
    place = f"{finding.at}: " if finding.at else ""
    return inert(f"{place}{finding.severity.value} {finding.code} {finding.message}")
