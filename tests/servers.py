"""Real servers on loopback for tests: Prometheus, VictoriaMetrics and Alertmanager from Debian's packages.

A test that needs one is skipped where it is not installed, and fails where AIRECTL_REQUIRE_SERVERS=1
says that it must be there.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

_READY_S: Final = 60
# Samples of any age are kept, so that a test's history may lie years back.
_KEPT: Final = "100y"
_NOTHING_SCRAPED: Final = "global: {}\n"


def need(*programs: str) -> None:
    """Skip the test where one of these is not installed; fail where it has to be."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    said = f"not installed: {', '.join(missing)}"
    if os.environ.get("AIRECTL_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{said}; Debian's packages are prometheus, victoria-metrics and prometheus-alertmanager")
    pytest.skip(said)


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def prometheus(
    folder: Path, history: str = "", *, config: str = _NOTHING_SCRAPED, arguments: Sequence[str] = ()
) -> Iterator[str]:
    """The URL of a Prometheus that holds `history`, OpenMetrics text with times, and runs with `config`.

    `folder` is made and keeps its data; in `config` `{port}` stands for its own port, and paths of rule files are
    relative to `folder`.
    """
    need("prometheus", "promtool")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (folder / "prometheus.yml").write_text(config.replace("{port}", str(port)), "utf-8")
    if history:
        backfill(folder / "data", history)
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--storage.tsdb.retention.time={_KEPT}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-lifecycle",
        *arguments,
    ]
    with _running(command, folder / "prometheus.log", f"http://127.0.0.1:{port}", "/-/ready") as url:
        yield url


def backfill(data: Path, history: str) -> None:
    """Blocks in the folder `data` with the samples of an OpenMetrics text, which ends in `# EOF`."""
    data.mkdir(parents=True, exist_ok=True)
    text = data.parent / "history.om"
    text.write_text(history, "utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h"]
    subprocess.run([*command, str(text), str(data)], check=True, capture_output=True, timeout=300)


@contextmanager
def victoria(folder: Path, history: str = "") -> Iterator[str]:
    """The URL of a VictoriaMetrics that holds `history`, OpenMetrics text with times in seconds."""
    need("victoria-metrics")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        "victoria-metrics",
        f"-storageDataPath={folder / 'data'}",
        f"-retentionPeriod={_KEPT}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-search.latencyOffset=0s",
        "-memory.allowedPercent=20",
    ]
    with _running(command, folder / "victoria.log", f"http://127.0.0.1:{port}", "/health") as url:
        if history:
            imported = httpx.post(
                f"{url}/api/v1/import/prometheus", content=_in_milliseconds(history), timeout=120, trust_env=False
            )
            imported.raise_for_status()
            httpx.get(f"{url}/internal/force_flush", timeout=60, trust_env=False).raise_for_status()
        yield url


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[str]:
    """The URL of an Alertmanager with `config`."""
    need("prometheus-alertmanager")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (folder / "alertmanager.yml").write_text(config, "utf-8")
    command = [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with _running(command, folder / "alertmanager.log", f"http://127.0.0.1:{port}", "/-/ready") as url:
        yield url


def _in_milliseconds(history: str) -> str:
    """OpenMetrics text as Prometheus' older format, whose times are in milliseconds."""
    rows = []
    for line in history.splitlines():
        if not line.startswith("#"):
            sample, _, seconds = line.rpartition(" ")
            rows.append(f"{sample} {round(float(seconds) * 1000)}")
    return "\n".join(rows) + "\n"


@contextmanager
def _running(command: Sequence[str], log: Path, url: str, ready: str) -> Iterator[str]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _await(process, log, url + ready)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(process: subprocess.Popen[bytes], log: Path, url: str) -> None:
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail(f"{url} did not answer:\n{log.read_text('utf-8', 'replace')[-2000:]}")
