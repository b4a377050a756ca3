"""The manifest of a fleet of workers: valid YAML, safe settings, and command lines that airectl understands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from runner import Runner

MANIFEST: Final = Path(__file__).parents[1] / "docs" / "loadtest-workers.yaml"
DOCUMENTS: Final[list[dict[str, Any]]] = list(yaml.safe_load_all(MANIFEST.read_text("utf-8")))


def named(kind: str, name: str) -> dict[str, Any]:
    """The one object of that kind and name."""
    (found,) = (each for each in DOCUMENTS if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def pod(name: str) -> dict[str, Any]:
    """What a pod of a Job is made of."""
    spec: dict[str, Any] = named("Job", name)["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("name", ["airectl-master", "airectl-workers"])
def test_pods_have_no_rights_that_they_do_not_need(name: str) -> None:
    spec = pod(name)
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"].keys() == container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert all("secretKeyRef" in each["valueFrom"] for each in container["env"])


def test_the_fleet_is_as_large_as_the_master_expects() -> None:
    workers = named("Job", "airectl-workers")["spec"]
    arguments = pod("airectl-master")["containers"][0]["args"]
    assert f"--expect-workers={workers['parallelism']}" in arguments
    assert workers["parallelism"] == workers["completions"]


def test_none_but_workers_reach_the_master() -> None:
    policy = named("NetworkPolicy", "airectl-master")["spec"]
    (rule,) = policy["ingress"]
    labels = named("Job", "airectl-workers")["spec"]["template"]["metadata"]["labels"]
    assert rule["from"] == [{"podSelector": {"matchLabels": labels}}]
    assert policy["podSelector"]["matchLabels"] == named("Service", "airectl-master")["spec"]["selector"]
    assert (
        named("Job", "airectl-master")["spec"]["template"]["metadata"]["labels"]
        == named("Service", "airectl-master")["spec"]["selector"]
    )


def settled(runner: Runner, arguments: list[str]) -> list[str]:
    """The arguments with the settings in this folder, and a host that has an address."""
    settings = named("ConfigMap", "airectl")["data"]["airectl.toml"].replace("chat.inference.svc", "127.0.0.1")
    (runner.cwd / "airectl.toml").write_text(settings)
    return [
        each.replace("/etc/airectl/airectl.toml", "airectl.toml").replace("chat.inference.svc", "127.0.0.1")
        for each in arguments
    ]


def test_the_master_understands_its_command_line(airectl: Runner) -> None:
    arguments = settled(airectl, pod("airectl-master")["containers"][0]["args"])
    runner = replace(airectl, extra={"CHAT_TOKEN": "t0ken"})
    stdout, stderr, code = runner.call([*arguments, "--dry-run", "-o", "json"])
    assert (stderr, code) == (b"", 0)
    data = json.loads(stdout)["data"]
    # 200 a second for five and a half minutes: within the bounds of its settings.
    assert data["requests"] == 66_000
    assert data["target"] == "http://127.0.0.1:8000"


def test_a_worker_understands_its_command_line(airectl: Runner) -> None:
    arguments = settled(airectl, pod("airectl-workers")["containers"][0]["args"])
    here = [
        each.replace("airectl-master:5557", "127.0.0.1:9").replace("--wait=5m", "--wait=100ms") for each in arguments
    ]
    runner = replace(airectl, loopback=True, extra={"CHAT_TOKEN": "t0ken"})
    stdout, stderr, code = runner.call([*here, "-o", "json"])
    assert (stderr, code) == (b"", 3)
    assert json.loads(stdout)["gates"][0]["message"] == "no master answers at 127.0.0.1:9"
