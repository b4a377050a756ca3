"""A page for a browser: the report with its charts, in one file that asks nobody for anything and runs nothing.

The Content-Security-Policy names the style sheet by its hash and allows nothing else, so that even a text that came
through as markup could not load, run or send.
Source: https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files

from airectl.core.report import Next, Section, Verdict, untold
from airectl.render import View
from airectl.render.cells import shown_moment, tally
from airectl.render.html_parts import anchor, block, escaped, finding, tag


def render(view: View) -> str:
    """The page. It reads from top to bottom as the text report does: verdict, body, findings, what to do next."""
    style = files("airectl").joinpath("data", "report.css").read_text("utf-8")
    return "\n".join(
        [*_head(view, style), *_top(view), "<main id=report>", *_body(view), "</main>", "</body></html>", ""]
    )


def _head(view: View, style: str) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>airectl {escaped(view.command)}: {escaped(_word(view))}</title>"
    yield f"<style>{style}</style></head><body>"


def _word(view: View) -> str:
    """The verdict's own word, or else the status."""
    verdicts = [each for each in view.report.blocks if isinstance(each, Verdict)]
    return verdicts[0].word if verdicts else str(view.report.status)


def _top(view: View) -> Iterator[str]:
    yield '<a class="skip" href="#report">to the report</a>'
    made = f"<code>airectl {escaped(view.command)}</code> {escaped(view.version)}"
    ended = f"{escaped(shown_moment(view.generated_at))}, exit {int(view.exit)}"
    yield f'<header class="top">{made}, {ended}</header>'


def _body(view: View) -> Iterator[str]:
    blocks = view.report.blocks
    for each in blocks:
        if isinstance(each, Verdict):
            yield block(each)
    if view.report.partial:
        yield tag("p", "partial: the run ended before it was complete", "warning")
    sections = [each for each in blocks if isinstance(each, Section)]
    if len(sections) > 1:
        links = "".join(
            f'<li><a href="#{anchor(each)}">{escaped(each.title)}</a>{_aside(each)}</li>' for each in sections
        )
        yield f'<nav aria-label="sections"><ul>{links}</ul></nav>'
    for each in blocks:
        if not isinstance(each, Verdict | Next):
            yield block(each)
    yield from _findings(view)
    commands = [command for each in blocks if isinstance(each, Next) for command in each.commands]
    if commands:
        yield block(Next(commands=commands))


def _aside(section: Section) -> str:
    return f' <span class="aside">{escaped(section.aside)}</span>' if section.aside else ""


def _findings(view: View) -> Iterator[str]:
    findings = untold(view.report)
    if findings:
        yield tag("h2", ", ".join(text for _, text in tally(findings)))
        for each in findings:
            yield finding(each)
