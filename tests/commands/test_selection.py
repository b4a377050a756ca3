"""--slo: SLOs, groups and objectives by name."""

from types import SimpleNamespace
from typing import Any

import pytest

from airectl.commands.selection import _slo_id, objectives
from airectl.core.groups import named
from airectl.errors import UsageError


def one(group: dict[str, str], objective: str = "0") -> Any:
    id = f"chat/fast{named(group)}/{objective}"
    return SimpleNamespace(
        id=id, slo=SimpleNamespace(id="chat/fast"), group=group, objective=SimpleNamespace(name=objective)
    )


FOUND = [one({"model": model}, objective) for model in ("meta/llama", "b}/0") for objective in ("0", "1")]


@pytest.mark.parametrize(
    ("name", "picked"),
    [
        ("chat/fast", [0, 1, 2, 3]),
        ("chat/fast/1", [1, 3]),
        ('chat/fast{model="meta/llama"}', [0, 1]),
        ('chat/fast{model="meta/llama"}/1', [1]),
        ('chat/fast{model="b}/0"}', [2, 3]),
        ('chat/fast{model="b}/0"}/0', [2]),
    ],
)
def test_a_name_picks_what_it_names(name: str, picked: list[int]) -> None:
    assert objectives(FOUND, [name]) == [FOUND[i] for i in picked]


@pytest.mark.parametrize(
    ("name", "slo"),
    [
        ("chat/fast", "chat/fast"),
        ("chat/fast/p{99}", "chat/fast"),
        ('chat/fast{model="a/b"}/p99', "chat/fast"),
        ("chat", "chat"),
        ("", ""),
    ],
)
def test_the_slo_of_a_name(name: str, slo: str) -> None:
    assert _slo_id(name) == slo


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ('chat/fast{model="c"}', 'write a group as the table does, such as `chat/fast{model="b}/0"}`'),
        ('chat/fast{model="meta/llamo"}', 'write a group as the table does, such as `chat/fast{model="meta/llama"}`'),
        ('chat/fast{model="meta/llama"}/7', "write its displayName, or its index from 0"),
    ],
)
def test_a_group_that_is_not_there(name: str, help: str) -> None:
    with pytest.raises(UsageError) as raised:
        objectives(FOUND, [name])
    assert raised.value.message == f"no objective is called `{name}`"
    assert raised.value.help == help
