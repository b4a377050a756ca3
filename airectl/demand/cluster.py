"""Many series on a cluster: Fugue maps the same work over chunks that this process would do one after the other."""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Any, Final

from airectl.demand.forecasting import Chunk, Engine, Made, make
from airectl.errors import UsageError

# Text, since engines differ in how they carry bytes.
_WORK: Final = "chunk:int,work:str"
_MADE: Final = "chunk:int,made:str"


def engine(name: str) -> Engine:
    """The engine of that name: `dask`, `ray` or `spark`, as Fugue calls it. Raises UsageError where it is missing."""
    fugue = _fugue(name)

    def run(chunks: Sequence[Chunk]) -> list[Made]:
        from fugue.dataframe.array_dataframe import ArrayDataFrame

        work = ArrayDataFrame([[at, _packed(chunk)] for at, chunk in enumerate(chunks)], _WORK)
        parts = {"num": len(chunks), "algo": "even"}
        done = fugue.transform(work, _made, schema=_MADE, partition=parts, engine=name, as_fugue=True, as_local=True)
        return [_loaded(made) for _, made in sorted(fugue.as_array(done))]

    return run


def _fugue(name: str) -> Any:
    """Fugue with the back end of an engine. Raises UsageError with the name of the extra."""
    try:
        import fugue.api
        from fugue.execution.factory import make_execution_engine

        make_execution_engine(name)
    except Exception as error:  # whatever a back end raises where it, or what it needs, is not there
        raise UsageError(
            f"--engine {name} cannot be had: {_said(error)}",
            help=f"install the extra and the engine: `pip install 'airectl[cluster]' 'fugue[{name}]'`",
        ) from None
    return fugue.api


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _made(work: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """What a worker does: the chunks of its rows."""
    for row in work:
        yield {"chunk": row["chunk"], "made": _packed(make(_loaded(row["work"])))}


def _packed(value: Chunk | Made) -> str:
    return b64encode(pickle.dumps(value)).decode()


def _loaded(text: str) -> Any:
    """A chunk, or what was made of it. Both were packed by this program, here or on a worker of the same cluster."""
    return pickle.loads(b64decode(text))  # noqa: S301  # see above
