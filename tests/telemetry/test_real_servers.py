"""Real inference servers that install without an accelerator: what they expose is what the catalogue says.

They are large, so they are no dependency. AIRECTL_SERVER_PYTHONS names Pythons that have them, with colons between:

    python -m venv /tmp/kserve && /tmp/kserve/bin/pip install kserve      # 74 MB to fetch, 450 MB installed
    python -m venv /tmp/bentoml && /tmp/bentoml/bin/pip install bentoml   # 31 MB to fetch, 190 MB installed
    AIRECTL_SERVER_PYTHONS=/tmp/kserve/bin/python:/tmp/bentoml/bin/python pytest tests/telemetry/test_real_servers.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from runner import Runner
from servers import free_port

_PATIENCE_S: Final = 60
KSERVE: Final = """
import sys
import kserve


class Echo(kserve.Model):
    def __init__(self):
        super().__init__("chat")
        self.ready = True

    def predict(self, payload, headers=None):
        return {"predictions": payload["instances"]}


kserve.ModelServer(http_port=int(sys.argv[1]), enable_grpc=False, workers=1).start([Echo()])
"""
BENTOML: Final = """
import bentoml


@bentoml.service
class Chat:
    @bentoml.api
    def predict(self, text: str) -> str:
        return text
"""


def python_with(package: str) -> str:
    """A Python that has the package; the test is skipped where none has, or fails where it is KServe's and required."""
    for python in (sys.executable, *filter(None, os.environ.get("AIRECTL_SERVER_PYTHONS", "").split(":"))):
        look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
        if subprocess.run([python, "-c", look], check=False).returncode == 0:
            return python
    said = f"no Python of AIRECTL_SERVER_PYTHONS has {package}"
    if package == "kserve" and os.environ.get("AIRECTL_REQUIRE_SERVERS") == "1":
        pytest.fail(said)
    pytest.skip(said)


@contextmanager
def running(command: list[str], folder: Path, url: str, question: bytes) -> Iterator[None]:
    """A server that has answered `question` at `url`."""
    environ = {**os.environ, "BENTOML_DO_NOT_TRACK": "True"}
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)
    try:
        request = urllib.request.Request(url, question, {"Content-Type": "application/json"})  # noqa: S310  # loopback
        for _ in range(_PATIENCE_S * 4):
            with suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # loopback
                assert answer.status == 200
                break
            assert process.poll() is None, (folder / "log.txt").read_text()
            time.sleep(0.25)
        else:
            pytest.fail((folder / "log.txt").read_text())
        yield
    finally:
        process.terminate()
        process.wait(20)


RULES: Final = """
groups:
  - rules:
      - alert: AIR106
        expr: sum(rate({family}_bucket{{le="0.3"}}[5m])) / sum(rate({family}_count[5m])) < 0.95
      - alert: AIR116
        expr: sum(rate({family}_bucket{{le="1"}}[5m])) / sum(rate({family}_count[5m])) < 0.95
      - alert: AIR119
        expr: histogram_quantile(0.95, sum(rate({family}_bucket[5m]))) > 0.5
      - alert: AIR107
        expr: {family} > 0.5
      - alert: right
        expr: sum(rate({family}_bucket{{le="0.5"}}[5m])) / sum(rate({family}_count[5m])) < 0.95
"""


def judged(airectl: Runner, url: str, family: str) -> dict[str, Any]:
    """The report on the page, alone and with rules on one of its histograms."""
    online = replace(airectl, loopback=True)
    (online.cwd / "rules.yaml").write_text(RULES.format(family=family))
    stdout, stderr, code = online.call(["metrics", "lint", url, "-o", "json"])
    assert code == 0, stderr
    assert json.loads(stdout)["findings"] == []
    stdout, _, _ = online.call(["metrics", "lint", url, "--rules", "rules.yaml", "-o", "json"])
    report: dict[str, Any] = json.loads(stdout)
    assert [each["code"] for each in report["findings"]] == ["AIR106", "AIR116", "AIR119", "AIR107"]
    (page,) = report["data"]["pages"]
    assert isinstance(page, dict)
    return page


def test_kserve_exposes_what_the_catalogue_says(airectl: Runner, tmp_path: Path) -> None:
    python, port = python_with("kserve"), free_port()
    (tmp_path / "serve.py").write_text(KSERVE)
    url = f"http://127.0.0.1:{port}"
    with running([python, "serve.py", str(port)], tmp_path, f"{url}/v1/models/chat:predict", b'{"instances": [1]}'):
        page = judged(airectl, f"{url}/metrics", "request_predict_seconds")
    assert page["models"] == ["chat"]
    (system,) = (each for each in page["systems"] if each["system"] == "kserve")
    assert (system["unknown"], system["edges"]) == ([], [])
    assert all(each["missing"] == [] for each in system["presets"])


def test_a_server_that_the_catalogue_does_not_have_is_judged_by_its_page(airectl: Runner, tmp_path: Path) -> None:
    python, port = python_with("bentoml"), free_port()
    (tmp_path / "service.py").write_text(BENTOML)
    url = f"http://127.0.0.1:{port}"
    command = [python, "-m", "bentoml", "serve", "service:Chat", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, tmp_path, f"{url}/predict", b'{"text": "a"}'):
        page = judged(airectl, f"{url}/metrics", "bentoml_service_request_duration_seconds")
    assert page["systems"] == []
    assert "bentoml_service_request_total" in page["others"]
