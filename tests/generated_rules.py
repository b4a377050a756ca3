"""Rules from spec texts in tests, written to a folder with their unit tests, and what promtool says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import spec_texts
from airectl.core.catalogue import Catalogue
from airectl.rules import prometheus_file, tables
from airectl.rules.generate import Options, generate
from airectl.rules.model import Generated
from airectl.rules.unit_tests import UnitTests, unit_tests
from airectl.rules.windows import Table
from airectl.spec.alerting import alerting
from airectl.spec.build import build
from airectl.spec.connections import Connections
from airectl.spec.documents import SpecSet
from servers import need


@dataclass(frozen=True, slots=True)
class Said:
    """How a run of promtool ended and what it printed."""

    passed: bool
    text: str


def generated(specs: SpecSet, table: Table | None = None, **options: object) -> Generated:
    """The rules of every SLO of `specs`, by the usual tables or by one table."""
    slos = build(specs, Connections(), Catalogue()).slos
    wanted = replace(Options(tables=(table,) if table else tables.shipped()), **options)  # type: ignore[arg-type]  # any
    return generate(slos, wanted, alerting(specs))


def of_text(text: str, table: Table | None = None) -> Generated:
    """The rules of every SLO of a text."""
    return generated(spec_texts.read(text).specs, table)


def write(folder: Path, made: Generated) -> UnitTests:
    """Rule files and their tests into `folder`."""
    tests = unit_tests(made)
    for name, text in {**prometheus_file.files(made), **tests.files}.items():
        (folder / name).write_text(text, "utf-8")
    return tests


def promtool(folder: Path, *arguments: str) -> Said:
    """What promtool says, run in `folder`."""
    need("promtool")
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return Said(done.returncode == 0, done.stdout + done.stderr)


def check(folder: Path, files: Sequence[str] = ()) -> Said:
    """`promtool check rules` of these files, or of all there are."""
    return promtool(folder, "check", "rules", *(files or sorted(p.name for p in folder.glob("*.rules.yaml"))))


def run_tests(folder: Path, files: Sequence[str] = ()) -> Said:
    """`promtool test rules` of these files, or of all there are."""
    return promtool(folder, "test", "rules", *(files or sorted(p.name for p in folder.glob("*.rules.test.yaml"))))
