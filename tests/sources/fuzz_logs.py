"""Reads logs that were damaged at random; run in a process of its own, for DuckDB is native code.

python tests/sources/fuzz_logs.py FOLDER SEED COUNT
"""

import sys
from pathlib import Path
from random import Random

import duckdb

from airectl.core.findings import Location
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.events import Events
from airectl.sources.protocol import Ask, Setting

AT = Location(path="spec.yaml", line=1, col=1)
WHOLE = {
    "log.jsonl": b'{"timestamp":"2026-01-01T00:00:00Z","status":200}\n{"timestamp":1767225601,"status":"x"}\n',
    "log.csv": b"timestamp,status\n2026-01-01T00:00:00Z,200\n2026-01-01T00:00:01Z,500\n",
    "log.json": b'[{"timestamp":1767225600,"status":200}]',
}
TOKENS = (b"\n", b'"', b"{", b"[", b",", b"\x00", b"\xff\xfe", b"null", b"1e999", b"NaN", b"\\u0000", b"timestamp")


def damaged(content: bytes, rng: Random) -> bytes:
    """A few bytes changed, put in or left out."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0 if at < len(data):
                data[at] = rng.randrange(256)
            case 1:
                data[at:at] = rng.randbytes(rng.randint(1, 8))
            case 2:
                del data[at : at + rng.randint(1, 10)]
            case _:
                data[at:at] = rng.choice(TOKENS)
    return bytes(data)


def ask(name: str) -> Ask:
    good = Query(type="Events", spec={"path": name, "where": "status < 500"}, at=AT)
    total = Query(type="Events", spec={"path": name}, at=AT)
    indicator = RatioIndicator(good=good, total=total)
    return Ask(indicator=indicator, start_s=1_767_225_600, end_s=1_767_225_660, step_s=60)


if __name__ == "__main__":
    folder, rng, count = Path(sys.argv[1]), Random(int(sys.argv[2])), int(sys.argv[3])  # noqa: S311  # no secret
    duckdb.connect().execute(f"COPY (SELECT 1767225600 AS timestamp, 200 AS status) TO '{folder}/seed.parquet'")
    whole = WHOLE | {"log.parquet": (folder / "seed.parquet").read_bytes()}
    for _ in range(count):
        for name, content in whole.items():
            (folder / name).write_bytes(damaged(content, rng))
        results = list(Events(Setting(cwd=folder)).read([ask(name) for name in whole]))
        if len(results) != len(whole):
            raise SystemExit("a result for each ask")
