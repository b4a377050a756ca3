"""`airectl explain`: what a finding code, a field of OpenSLO, an annotation, a metric or an XID means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl import codes
from airectl.commands import pages
from airectl.core.annotations import KNOWN, PREFIX
from airectl.core.report import Block, Code, Column, Lines, Next, Report, Status, Table
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.spec.fields import Field

_CODE: Final = re.compile(r"(?:air)?-?([0-9]{1,3})", re.IGNORECASE)
_ALMOST_CODE: Final = re.compile(r"air[-_ ]?[0-9].*", re.IGNORECASE)
_METRIC: Final = "metric"
_XID: Final = "xid"
_SHOWN: Final = 4
_PROPERTIES: Final = (Column(title="PROPERTY"), Column(title="VALUE"))


def explain(
    run: Run,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE|FIELD|metric|xid]", help="AIR014, objectives.target, airectl.dev/owner, metric, xid."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[METRIC|SYSTEM|NUMBER]",
            help="After metric: a metric of the catalogue, or one of its systems. After xid: a number.",
        ),
    ] = None,
) -> Report:
    """Explain a finding code, a field of OpenSLO, an annotation, a metric or an XID; with no argument, list the codes.

    An XID is the number of an error of NVIDIA's driver: what it means, what to do at once and then.

    Examples:
      airectl explain AIR014
      airectl explain metric vllm:time_to_first_token_seconds
      airectl explain xid 79
    """
    if topic is None:
        return _all_codes()
    if topic.lower() == _METRIC:
        return _metric(name)
    if topic.lower() == _XID:
        return _xid(name)
    if name is not None:
        kind = _XID if name.isdecimal() else _METRIC
        help = f"only `{_METRIC}` and `{_XID}` take a name: `airectl explain {kind} {name}`"
        raise UsageError(f"`{name}` is one too many", help=help)
    if match := _CODE.fullmatch(topic):
        return _code(topic, f"AIR{match[1]:0>3}")
    if _ALMOST_CODE.fullmatch(topic):
        raise _unknown("code", topic, get_close_matches(topic.upper(), codes.known(), 1))
    if topic.lower().startswith(PREFIX):
        return _annotation(topic)
    return _field(topic)


def _all_codes() -> Report:
    found = [codes.page(code) for code in codes.known()]
    return Report(
        status=Status.DONE,
        data={"codes": [{"code": page.code, "severity": page.severity, "title": page.title} for page in found]},
        blocks=[
            Table(
                columns=[Column(title="CODE"), Column(title="SEVERITY"), Column(title="TITLE")],
                rows=[[page.code, page.severity, page.title] for page in found],
            ),
            *([Next(commands=[f"airectl explain {found[0].code}"])] if found else []),
        ],
    )


def _code(topic: str, code: str) -> Report:
    if code not in codes.known():
        raise _unknown("code", topic, get_close_matches(code, codes.known(), 1))
    page = codes.page(code)
    blocks: list[Block] = [Lines(title=f"{page.code}: {page.title}", lines=[f"severity: {page.severity}"])]
    for title, body in page.sections.items():
        blocks += pages.blocks(body, title)
    data = {"code": page.code, "title": page.title, "severity": page.severity, "sections": dict(page.sections)}
    return Report(status=Status.DONE, data=data, blocks=blocks)


def _annotation(topic: str) -> Report:
    name = topic.lower().removeprefix(PREFIX)
    if name not in KNOWN:
        near = get_close_matches(name, KNOWN, 3, 0.5)
        raise _unknown("annotation", topic, [PREFIX + each for each in near])
    known = KNOWN[name]
    full = PREFIX + name
    return Report(
        status=Status.DONE,
        data={"annotation": full, "meaning": known.help, "example": known.example},
        blocks=[
            Lines(title=full, lines=[known.help]),
            Table(columns=_PROPERTIES, rows=[["type", "a text, as of every annotation"], ["required", "no"]]),
            Code(text=f"metadata:\n  annotations:\n    {full}: {json.dumps(known.example)}\n", language="yaml"),
        ],
    )


def _metric(name: str | None) -> Report:
    from airectl.commands import explain_metric
    from airectl.telemetry import catalogue

    known = catalogue.load()
    if name is None:
        return explain_metric.systems(known)
    found = explain_metric.metric(name, known)
    if found is None:
        raise _unknown("metric", name, explain_metric.near(name, known), "`airectl explain metric` lists every system")
    return found


def _xid(number: str | None) -> Report:
    from airectl.commands import explain_xid

    return explain_xid.xids() if number is None else explain_xid.xid(number)


def _field(topic: str) -> Report:
    from airectl.spec import fields

    found = fields.find(topic)
    if not found:
        raise _unknown("field", topic, fields.near(topic))
    field, below = found[0], fields.children(found[0])
    same = [other.path for other in found[1:] if other.meaning == field.meaning]
    others = [other.path for other in found[1:] if other.meaning != field.meaning]
    return Report(
        status=Status.DONE,
        data={**_data(field), "also_at": same, "children": [_data(child) for child in below]},
        blocks=list(_field_blocks(field, below, same, others)),
    )


def _field_blocks(field: Field, below: Sequence[Field], same: Sequence[str], others: Sequence[str]) -> Iterator[Block]:
    from airectl.spec.emit import emit

    yield Lines(title=field.path, lines=[field.description] if field.description else [])
    yield Table(columns=_PROPERTIES, rows=list(_properties(field)))
    if field.example is not None:
        yield Code(text=emit([{field.name: field.example}], "openslo-v1"), language="yaml")
    if below:
        columns = [Column(title="FIELD"), Column(title="TYPE"), Column(title="REQUIRED"), Column(title="MEANING")]
        rows = [[child.name, child.type, _required(child), child.description] for child in below]
        yield Table(columns=columns, rows=rows)
    if same:
        more = [f"and {len(same) - _SHOWN} other places"] if len(same) > _SHOWN else []
        yield Lines(title="the same field stands at", lines=[*same[:_SHOWN], *more])
    if others:
        yield Next(commands=[f"airectl explain {path}" for path in others[:3]])
    elif field.code:
        yield Next(commands=[f"airectl explain {field.code}"])


def _properties(field: Field) -> Iterator[list[str]]:
    yield ["type", field.type]
    if field.unit:
        yield ["unit", field.unit]
    if field.choices:
        yield ["one of" if len(field.choices) > 1 else "always", ", ".join(field.choices)]
    if field.limits:
        yield ["limits", " and ".join(field.limits)]
    if "." in field.path:
        yield ["required", field.rule or _required(field)]


def _required(field: Field) -> str:
    if field.required:
        return "yes"
    return "one of several" if field.rule else "no"


def _data(field: Field) -> dict[str, object]:
    return {
        "field": field.path,
        "meaning": field.description,
        "type": field.type,
        "unit": field.unit or None,
        "choices": list(field.choices),
        "limits": list(field.limits),
        "required": field.required,
        "rule": field.rule or None,
        "example": field.example,
        "code": field.code or None,
    }


_LISTS: Final = "`airectl explain` lists every code; `airectl explain SLO` begins with the fields"


def _unknown(what: str, topic: str, near: Sequence[str], lists: str = _LISTS) -> UsageError:
    if near:
        *others, last = [f"`{each}`" for each in near]
        help = f"did you mean {' or '.join([*([', '.join(others)] if others else []), last])}?"
    else:
        help = lists
    return UsageError(f"no {what} `{topic}`", help=help)
