"""What tests of sources share."""

from pathlib import Path

import pytest
from log_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty folder for a log."""
    return Bench(tmp_path)
