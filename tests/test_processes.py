"""Commands as processes: run to their end, ended where they take too long, and nothing left of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from airectl.errors import Unreachable
from airectl.processes import Place, ran, serving
from airectl.sim.ordering import order

SIMULATE = ("simulate", "--listen", "127.0.0.1:0", "--duration", "60s")


def place(folder: Path, **more: object) -> Place:
    return Place(folder=folder, environ={"PATH": "/usr/bin:/bin", "HOME": str(folder)}, **more)  # type: ignore[arg-type]  # as given


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_command_runs_in_its_folder_to_its_end(tmp_path: Path) -> None:
    ended = ran(("schema", "run", "-q", "-o", "json=said.json"), place(tmp_path), 60)
    assert (ended.code, ended.in_time, ended.said) == (0, True, ())
    assert (tmp_path / "said.json").is_file()


def test_what_it_said_is_kept(tmp_path: Path) -> None:
    ended = ran(("validate", "--colour"), place(tmp_path), 60)
    assert ended.code == 2
    assert "did you mean `--color`?" in ended.said[0]


def test_what_it_says_is_heard_while_it_runs(tmp_path: Path) -> None:
    heard: list[str] = []
    looks: list[int] = []
    args = (*SIMULATE[:-1], "1s")
    ended = ran(args, place(tmp_path), 60, heard=heard.append, meanwhile=lambda: looks.append(len(heard)))
    assert ended.code == 0
    assert list(ended.said) == heard
    assert " listens at http://127.0.0.1:" in heard[0]
    assert any(look > 0 for look in looks)


@pytest.mark.parametrize("limit_s", [2.0, 60.0], ids=["its time is up", "somebody ends it"])
def test_one_that_has_to_end_ends_as_if_interrupted(limit_s: float, tmp_path: Path) -> None:
    heard: list[str] = []
    ended = ran(SIMULATE, place(tmp_path, stopped=lambda: limit_s > 10 and bool(heard)), limit_s, heard=heard.append)
    assert (ended.code, ended.in_time) == (130, False)


def test_a_server_is_there_for_the_length_of_a_block(tmp_path: Path) -> None:
    with serving((*SIMULATE, "--control"), place(tmp_path)) as server:
        assert is_there(server.pid)
        order(server.url, ["stall:0.1"])
        order(server.url, [])
    assert not is_there(server.pid)
    assert server.did["faults"] == {}


def test_a_server_ends_with_its_block_whatever_happens(tmp_path: Path) -> None:
    begun: list[int] = []

    def fails() -> None:
        with serving(SIMULATE, place(tmp_path)) as server:
            begun.append(server.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not is_there(begun[0])


def test_a_server_that_does_not_begin_says_why(tmp_path: Path) -> None:
    wrong = serving(("simulate", "--fault", "x"), place(tmp_path))
    with pytest.raises(Unreachable, match="did not begin") as raised, wrong:
        pass
    assert "`x`" in raised.value.help


def test_orders_that_are_not_taken(tmp_path: Path) -> None:
    with serving(SIMULATE, place(tmp_path)) as server, pytest.raises(Unreachable, match="takes no orders: status 404"):
        order(server.url, ["stall"])
    with pytest.raises(Unreachable, match="takes no orders"):
        order(server.url, ["stall"])
