"""`airectl explain xid`: what an error number of NVIDIA's driver means, and what to do about it."""

from __future__ import annotations

import re
from typing import Final

from airectl.core.report import Cell, Column, Kind, Lines, Next, Report, Status, Table
from airectl.errors import UsageError
from airectl.incident.xid import Xid, Xids, load

_NUMBER: Final = re.compile(r"(?:xid)?[ :=#-]*([0-9]{1,6})", re.IGNORECASE)
_PROPERTIES: Final = (Column(title="PROPERTY"), Column(title="VALUE"))
# What is true of every XID and of how it reaches a dashboard.
_READING: Final = (
    "The kernel log has it as `NVRM: Xid (PCI:...): NUMBER, ...`, once for each time: `journalctl -k --grep Xid`.",
    "DCGM_FI_DEV_XID_ERRORS has the number of the last one and keeps it until the driver is reloaded, so it "
    "cannot tell a repeated one from an old one; DCGM_EXP_XID_ERRORS_COUNT counts them by number, where it is on.",
)


def xids() -> Report:
    """Every XID of the catalogue."""
    known = load()
    columns = [
        Column(title="XID", kind=Kind.COUNT),
        Column(title="WHAT"),
        Column(title="AT ONCE"),
        Column(title="THEN"),
    ]
    rows: list[list[Cell]] = [[x.number, x.description, x.immediate, x.investigatory] for x in known.by_number.values()]
    return Report(
        status=Status.DONE,
        data={"xids": [_data(each) for each in known.by_number.values()], "source": known.source},
        blocks=[
            Table(columns=columns, rows=rows),
            Lines(lines=[f"as of {known.read}, {known.source}"]),
            Next(commands=["airectl explain xid 79"]),
        ],
    )


def xid(text: str) -> Report:
    """One XID. Raises UsageError for what is no number, or none of the catalogue."""
    known = load()
    found = known.by_number.get(_number(text))
    if found is None:
        raise _unknown(text, known)
    rows = [
        ["mnemonic", found.mnemonic],
        ["at once", _action(found.immediate, found.immediate_words)],
        ["then", _action(found.investigatory, found.investigatory_words)],
        ["source", f"{known.source}, as of {known.read}"],
    ]
    return Report(
        status=Status.DONE,
        data={**_data(found), "source": known.source},
        blocks=[
            Lines(title=f"XID {found.number}: {found.description}", lines=[found.note] if found.note else []),
            Table(columns=_PROPERTIES, rows=rows),
            Lines(title="how it is seen", lines=_READING),
            Next(commands=["airectl explain metric DCGM_FI_DEV_XID_ERRORS", "airectl explain xid"]),
        ],
    )


def _number(text: str) -> int:
    """`79`, `xid 79`, `Xid:79`. Raises UsageError."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"`{text}` is no XID", help="write its number, such as `airectl explain xid 79`")
    return int(match[1])


def _action(bucket: str, words: str) -> str:
    return f"{bucket}: {words}" if bucket else words


def _unknown(text: str, known: Xids) -> UsageError:
    near = [str(each) for each in known.near(_number(text))]
    beside = f"its neighbours there are {' and '.join(near)}" if len(near) > 1 else f"the nearest there is {near[0]}"
    return UsageError(
        f"XID {_number(text)} is not in NVIDIA's catalogue of {known.read}",
        help=f"{beside}; it may be unused, of an older GPU, or newer: see {known.source}",
    )


def _data(xid: Xid) -> dict[str, object]:
    return {
        "xid": xid.number,
        "mnemonic": xid.mnemonic,
        "description": xid.description,
        "immediate_action": xid.immediate or None,
        "immediate_words": xid.immediate_words,
        "investigatory_action": xid.investigatory or None,
        "investigatory_words": xid.investigatory_words,
        "note": xid.note or None,
    }
