"""One line a finding."""

from airectl.render import View


def render(view: View) -> str:
    """`path:line:col: severity CODE message`."""
    lines = [f"{f.at}: {f.severity} {f.code} {f.message}\n" for f in view.report.findings]
    return "".join(lines)
