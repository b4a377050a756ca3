"""The speed targets, on a machine with two free cores; part of `make accept`, never of `make test`."""

import pytest

from bench import figures


@pytest.mark.accept
def test_the_speed_targets_are_met() -> None:
    slow = [figure for figure in figures() if figure.limit_s is not None and figure.seconds > figure.limit_s]
    assert slow == []
