"""`python -m airectl.load.cluster.link`: Locust in a process of its own, which passes messages on and no more.

Locust replaces sockets, threads and processes of Python by its own, so nothing that measures runs beside it. Its
order is one JSON line on stdin: {"role": "master" | "worker", "host": ..., "port": ...}. From then on lines of
stdin, {"send": DATA, "to": ID} where `to` is left out for all, go to the other side; lines of stdout say what comes:
{"event": "ready", "port": ...}, {"event": "message", "from": ID, "data": ...}, {"event": "missing", "ids": [...]},
{"event": "failed", "message": ...}. It ends when its stdin closes.

Source: https://docs.locust.io/en/stable/running-distributed.html#communicating-across-nodes
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any, Final

_MESSAGE: Final = "airectl"
_LOOK_EVERY_S: Final = 0.5


def say(**event: Any) -> None:
    """One line to whoever started this."""
    sys.stdout.write(json.dumps(event, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Be what the order says until stdin closes."""
    # Locust replaces what Python reads with; the order is read first.
    order = json.loads(sys.stdin.buffer.readline())
    import gevent  # type: ignore[import-untyped]  # it has no types
    from gevent.fileobject import FileObjectThread  # type: ignore[import-untyped]  # the same
    from locust import runners
    from locust.env import Environment

    logging.disable(logging.CRITICAL)  # what goes wrong is told as events
    # A worker that is not heard is asked for its connection again and again; whoever started it says for how long.
    runners.CONNECT_RETRY_COUNT = order.get("attempts", 0)
    runners.CONNECT_TIMEOUT = order.get("attempt_s", runners.CONNECT_TIMEOUT)
    environment = Environment(user_classes=[])
    try:
        runner = _runner(environment, order)
    except SystemExit:
        say(event="failed", message="busy")
        return
    except Exception as error:
        say(event="failed", message="unreachable" if order["role"] == "worker" else str(error))
        return
    runner.register_message(_MESSAGE, _passed_on, concurrent=True)
    say(event="ready", id=getattr(runner, "client_id", ""), port=_port(runner))
    if order["role"] == "master":
        gevent.spawn(_watch, runner)
    for line in FileObjectThread(sys.stdin.buffer):
        _send(runner, json.loads(line))
    if order["role"] == "worker":
        runner.client.close(linger=500)
    os._exit(0)  # Locust's own end waits for users that there are none of


def _runner(environment: Any, order: dict[str, Any]) -> Any:
    if order["role"] == "master":
        return environment.create_master_runner(order["host"], order["port"])
    return environment.create_worker_runner(order["host"], order["port"])


def _port(runner: Any) -> int:
    return int(getattr(getattr(runner, "server", None), "port", 0))


def _passed_on(environment: Any, msg: Any, **_: Any) -> None:
    say(**{"event": "message", "from": msg.node_id, "data": msg.data})


def _send(runner: Any, line: dict[str, Any]) -> None:
    if "to" in line:
        runner.send_message(_MESSAGE, line["send"], client_id=line["to"])
    else:
        runner.send_message(_MESSAGE, line["send"])


def _watch(runner: Any) -> None:
    """Locust has no event for a worker that is lost, so its list is looked at."""
    import gevent

    before: set[str] = set()
    while True:
        gevent.sleep(_LOOK_EVERY_S)
        missing = {client.id for client in runner.clients.missing}
        if missing != before:
            say(event="missing", ids=sorted(missing))
            before = missing


if __name__ == "__main__":
    main()
