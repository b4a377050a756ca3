"""A credential in a spec is told of and shown nowhere."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airectl.render import FORMATS
from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.source import SourceText
from runner import Runner

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC))
SECRETS = ("hunter2", "s3cr3t", "0123456", "p4ssphrase", "fl0w")
SPEC = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prod}
spec:
  type: Datadog
  connectionDetails:
    - apiKey: hunter2
    - url: https://me:s3cr3t@example.com/?token=hunter2
    - {password: 0123456, app-key: fl0w, unknown: [1, 2]}
    - passphrase: "p4ss\\x70hrase" # p4ss is not to be seen either
    - {token: fl0w, token: hunter2}
"""


@pytest.mark.parametrize("format", FORMATS)
def test_no_report_shows_it(format: str, tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text(SPEC)
    stdout, stderr, _ = Runner(cwd=tmp_path, home=tmp_path).call(["validate", "prod.yaml", "-o", format])
    shown = stdout.decode() + stderr.decode()
    assert format in ("csv", "junit", "openmetrics") or "AIR034" in shown
    assert [secret for secret in SECRETS if secret in shown] == []


def test_a_line_of_very_many_is_no_trap() -> None:
    pairs = ", ".join(f"a{n}_token: abcd{n}, url{n}: 'http://u:pass{n}@h/?token=x{n}'" for n in range(3000))
    url = "http://h/?" + "&".join(f"token=x{n}" for n in range(30_000))
    text = SPEC.split("  connectionDetails", maxsplit=1)[0] + f"  connectionDetails: {{{pairs}, all: '{url}'}}\n"
    found = [f for f in check([SourceText(path="a.yaml", text=text)], CONTEXT).findings if f.code == "AIR034"]
    assert len(found) == 6001
    assert len({f.excerpt for f in found}) == 1
    assert not re.search("abcd|pass|=x", found[0].excerpt)
