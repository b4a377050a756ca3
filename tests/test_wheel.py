"""The wheel holds all that airectl reads of its own, and works in a folder that has nothing of this repository."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runner import Runner

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("airectl-*.whl")
    return zipfile.ZipFile(built)


def test_every_file_of_the_package_is_in_it(wheel: zipfile.ZipFile) -> None:
    package = ROOT / "airectl"
    ours = [path.relative_to(ROOT).as_posix() for path in package.rglob("*") if path.is_file()]
    shipped = {name for name in ours if not name.endswith(".pyc")}
    assert any(name.startswith("airectl/data/codes/") for name in shipped)
    assert shipped <= set(wheel.namelist())


def test_nothing_else_is_in_it(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {"airectl"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


@pytest.mark.parametrize("command", ["validate spec.yaml", "explain AIR014", "help exit-codes", "explain slo.spec"])
def test_it_works_from_another_folder(command: str, wheel: zipfile.ZipFile, airectl: Runner, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    (airectl.cwd / "spec.yaml").write_text("service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n")
    environ = {**airectl.environ, "PYTHONPATH": str(tmp_path / "installed")}
    program = "import sys, airectl.cli; print(airectl.__file__); sys.exit(airectl.cli.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, *command.split()],
        cwd=airectl.cwd, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith(str(tmp_path / "installed"))
    assert (done.returncode, done.stderr) == (0, "")
