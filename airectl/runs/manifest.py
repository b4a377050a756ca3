"""What a run folder says of the run: run.json at its start, end.json at its end, lines while it goes on.

run.json is written whole before the first request, so whatever ends the run, it can be read. The form is that of
the schema `run-v1` (`airectl schema run`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from errno import ENOTDIR
from pathlib import Path
from typing import Any, Final, TextIO

RUN_SCHEMA: Final = "airectl/run/v1"
END_SCHEMA: Final = "airectl/run-end/v1"
RUN_FILE: Final = "run.json"
END_FILE: Final = "end.json"
SERVER_FILE: Final = "server.jsonl"
REPORT_FILE: Final = "report.json"
COMPLETE: Final = "complete"
_LONGEST_S: Final = 10**8
_LATEST_NS: Final = 2**62
_PRICE: Final = re.compile(r"(?:[0-9]{1,18}(?:\.[0-9]{1,18})?)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known before the first request.

    `target` is the server's URL without userinfo. `started_unix_ns` and `start_monotonic_ns` are one moment, the
    zero of all times of the records. Requests are intended from 0 to `duration_s`; the first `warm_up_s` of them
    are not measured. `arrivals` names the process (constant, poisson, gamma, ramp, steps, closed, trace ...);
    `steady`: its rate does not change by plan; `closed`: a request is sent when another is done, so none has an
    intended time of its own. `planned_requests` is how many the plan has, over all processes and with the warm-up;
    None where nobody can know. `streamed`: answers come as they are produced. `caps` are the limits of the run,
    of which `in_flight` holds requests back. `accelerators` is how many of `accelerator` the server has, and
    `price_per_hour` the price of all of it, a decimal number; empty: nobody said.
    `calibration` is how tokens were calibrated; `plan` is the whole plan as resolved, and holds no secret.
    """

    tool_version: str
    name: str
    target: str
    protocol: str
    started_unix_ns: int
    duration_s: float
    model: str = ""
    accelerator: str = ""
    accelerators: int = 0
    price_per_hour: str = ""
    start_monotonic_ns: int = 0
    warm_up_s: float = 0.0
    arrivals: str = ""
    steady: bool = True
    closed: bool = False
    streamed: bool = True
    planned_requests: int | None = None
    processes: int = 1
    seed: int = 0
    caps: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As run.json holds it."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        started_at = _rfc3339(self.started_unix_ns)
        return {"schema": RUN_SCHEMA, **data, "started_at": started_at}

    @classmethod
    def from_json(cls, data: Any) -> Manifest:
        """What run.json holds. Keys that nobody knows are left alone. Raises ValueError for another version."""
        given = _known(data, RUN_SCHEMA, _RUN_KEYS)
        manifest = cls(**given)
        if not (_possible(manifest.warm_up_s) and _possible(manifest.duration_s)):
            raise ValueError("`warm_up_s` and `duration_s` must be seconds from 0 to 10^8")
        if not 0 <= manifest.started_unix_ns < _LATEST_NS:
            raise ValueError("`started_unix_ns` must be nanoseconds from 1970 on")
        if not _PRICE.fullmatch(manifest.price_per_hour):
            raise ValueError("`price_per_hour` must be a decimal number, or empty")
        return manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ended: `how` is complete, interrupted, error storm, lost worker or another word.

    `ended_s` is seconds since the start; `sent_until_s` when the sending was stopped before the plan was done, None
    where it was not. `lost` says in sentences what is not in the records. `snapshots` are the
    last numbered totals of each process.
    """

    how: str
    ended_s: float
    sent_until_s: float | None = None
    lost: tuple[str, ...] = ()
    snapshots: tuple[Mapping[str, Any], ...] = ()

    def to_json(self, started_unix_ns: int) -> dict[str, Any]:
        """As end.json holds it."""
        ended_at = _rfc3339(started_unix_ns + round(self.ended_s * 1e9))
        return {
            "schema": END_SCHEMA,
            "how": self.how,
            "ended_s": self.ended_s,
            "ended_at": ended_at,
            "sent_until_s": self.sent_until_s,
            "lost": list(self.lost),
            "snapshots": list(self.snapshots),
        }

    @classmethod
    def from_json(cls, data: Any) -> End:
        """What end.json holds. Raises ValueError for another version."""
        given = _known(data, END_SCHEMA, _END_KEYS)
        if not (_possible(given["ended_s"]) and _possible(given.get("sent_until_s") or 0)):
            raise ValueError("`ended_s` and `sent_until_s` must be seconds from 0 to 10^8")
        given["lost"] = tuple(map(str, given.get("lost", ())))
        given["snapshots"] = tuple(given.get("snapshots", ()))
        return cls(**given)


def requests_path(folder: Path, process: int) -> Path:
    """Where process number `process` keeps its records."""
    return folder / f"requests-{process:03d}.bin"


def client_path(folder: Path, process: int) -> Path:
    """Where process number `process` keeps what it says of itself each second."""
    return folder / f"client-{process:03d}.jsonl"


def begin(folder: Path, manifest: Manifest) -> None:
    """Make the folder of a run and write its run.json.

    Raises FileExistsError where a run is there already: nothing that was measured is written over. Raises OSError.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, "a file is there")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / RUN_FILE).exists():
        raise FileExistsError(f"`{folder}` holds a run already")
    _write(folder / RUN_FILE, manifest.to_json())


def finish(folder: Path, manifest: Manifest, end: End) -> None:
    """Write its end.json."""
    _write(folder / END_FILE, end.to_json(manifest.started_unix_ns))


def append(stream: TextIO, line: Mapping[str, Any]) -> None:
    """One more line of a .jsonl file of the folder, handed to the operating system at once."""
    stream.write(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n")
    stream.flush()


def _write(path: Path, data: Mapping[str, Any]) -> None:
    """A file that is whole or not there, whatever happens meanwhile."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(data, indent=1, allow_nan=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _rfc3339(unix_ns: int) -> str:
    seconds, rest = divmod(unix_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


# What a value may be, by key; a key with None in it may be null. Keys of the end of each line must be there.
_NUMBER: Final = (int, float)
_RUN_KEYS: Final[Mapping[str, tuple[tuple[type, ...], bool]]] = {
    "tool_version": ((str,), True),
    "name": ((str,), True),
    "target": ((str,), True),
    "protocol": ((str,), True),
    "started_unix_ns": ((int,), True),
    "duration_s": (_NUMBER, True),
    "model": ((str,), False),
    "accelerator": ((str,), False),
    "accelerators": ((int,), False),
    "price_per_hour": ((str,), False),
    "start_monotonic_ns": ((int,), False),
    "warm_up_s": (_NUMBER, False),
    "arrivals": ((str,), False),
    "steady": ((bool,), False),
    "closed": ((bool,), False),
    "streamed": ((bool,), False),
    "planned_requests": ((int, type(None)), False),
    "processes": ((int,), False),
    "seed": ((int,), False),
    "caps": ((dict,), False),
    "calibration": ((dict,), False),
    "plan": ((dict,), False),
}
_END_KEYS: Final[Mapping[str, tuple[tuple[type, ...], bool]]] = {
    "how": ((str,), True),
    "ended_s": (_NUMBER, True),
    "sent_until_s": ((*_NUMBER, type(None)), False),
    "lost": ((list,), False),
    "snapshots": ((list,), False),
}


def _possible(seconds: float) -> bool:
    return 0 <= seconds <= _LONGEST_S


def _known(data: Any, schema: str, keys: Mapping[str, tuple[tuple[type, ...], bool]]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("it is no object")
    if data.get("schema") != schema:
        raise ValueError(f"its schema is `{data.get('schema')}`, and this airectl reads `{schema}`")
    given: dict[str, Any] = {}
    for key, (types, needed) in keys.items():
        if key not in data:
            if needed:
                raise ValueError(f"`{key}` is missing")
            continue
        value = data[key]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ValueError(f"`{key}` cannot be `{json.dumps(value)[:40]}`")
        if isinstance(value, _NUMBER) and not isinstance(value, bool) and not abs(value) < 1e19:
            raise ValueError(f"`{key}` cannot be `{value}`")
        given[key] = value
    return given
