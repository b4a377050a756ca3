"""A credential in a spec is told of and shown nowhere."""

from pathlib import Path

import pytest

from airectl.render import FORMATS
from runner import Runner

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
    assert format in ("csv", "junit") or "AIR034" in shown
    assert [secret for secret in SECRETS if secret in shown] == []
