"""requirements.lock satisfies pyproject.toml, pins with hashes and names no package index."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins() -> dict[str, Requirement]:
    """Every pinned requirement of the lock by its name."""
    heads = [line.removesuffix("\\").strip() for line in LOCK.splitlines() if line[:1].isalnum()]
    found = [Requirement(head) for head in heads]
    return {canonicalize_name(pin.name): pin for pin in found}


def test_each_dependency_is_pinned_within_its_range() -> None:
    wanted = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    locked = pins()
    for requirement in map(Requirement, wanted):
        pin = locked.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in requirements.lock: run `make lock`"
        version = str(pin.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement} is not met by {pin}: run `make lock`"


def test_each_pin_is_exact_and_has_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)
    for entry in filter(str.strip, entries):
        assert re.match(r"[a-z0-9._-]+==[^ ]+", entry), entry.splitlines()[0]
        assert _HASH.search(entry), entry.splitlines()[0]


def test_the_lock_names_no_host() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK
