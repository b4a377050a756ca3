"""NVIDIA's catalogue of XIDs: every row as published, each action in words."""

from __future__ import annotations

import pytest

from airectl.incident.xid import load


@pytest.mark.parametrize(
    ("number", "description", "immediate", "investigatory"),
    [
        (13, "Graphics Engine Exception", "RESTART_APP", "WORKFLOW_XID_13"),
        (48, "Double Bit ECC Error", "WORKFLOW_XID_48", "WORKFLOW_XID_48"),
        (63, "GPU memory remapping event", "IGNORE", "IGNORE"),
        (74, "NVLINK Error", "WORKFLOW_NVLINK_ERR", "CONTACT_SUPPORT"),
        (79, "GPU has fallen off the bus", "RESTART_BM", "CONTACT_SUPPORT"),
        (119, "GSP RPC Timeout", "RESET_GPU", "INVESTIGATE_SW"),
        (172, "Additional to Xid 48", "", ""),
    ],
)
def test_a_number_has_its_actions(number: int, description: str, immediate: str, investigatory: str) -> None:
    found = load().by_number[number]
    assert found.description.startswith(description)
    assert (found.immediate, found.investigatory) == (immediate, investigatory)
    assert found.immediate_words
    assert found.investigatory_words


def test_numbers_ascend_and_neighbours_are_known() -> None:
    known = load()
    assert list(known.by_number) == sorted(known.by_number)
    assert known.near(81) == (80, 82)
    assert known.near(0) == (8,)
    assert known.near(9999) == (172,)
