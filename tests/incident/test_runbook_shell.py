"""Commands in runbooks: which there are, on which line, and whether they change something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.incident.runbooks.shell import NotShellError, commands


def seen(text: str) -> list[tuple[str, int]]:
    return [(" ".join(each.words), each.line) for each in commands(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("airectl budget a --slo 'b c' | head -3", [("airectl budget a --slo b c", 0), ("head -3", 0)]),
        ("A=1 B=2 airectl check > out 2>&1", [("airectl check", 0)]),
        ("# why\n\n$ airectl check # don't\nls", [("airectl check", 2), ("ls", 3)]),
        ("a \\\n  b\nc && d; e", [("a b", 0), ("c", 2), ("d", 2), ("e", 2)]),
        ('a "x\ny"\nb', [("a x\ny", 0), ("b", 2)]),
        ('echo "a # b"', [("echo a # b", 0)]),
        ("cat <<EOF\nit's\nEOF", []),
        ("", []),
    ],
)
def test_commands_and_their_lines(text: str, expected: list[tuple[str, int]]) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(("text", "line"), [('a\nb "c', 1), ("a 'b", 0), ("a \\\nb\n\nc 'd", 3)])
def test_a_quote_that_does_not_end_has_its_line(text: str, line: int) -> None:
    with pytest.raises(NotShellError) as error:
        list(commands(text))
    assert error.value.line == line


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("kubectl get pods", False),
        ("kubectl -n chat logs deploy/chat", False),
        ("kubectl rollout history deployment/chat", False),
        ("kubectl rollout undo deployment/chat", True),
        ("sudo systemctl restart vllm", True),
        ("systemctl status vllm", False),
        ("curl http://host/health", False),
        ("curl -X POST http://host/drain", True),
        ("git log --oneline", False),
        ("git revert abc", True),
        ("nvidia-smi", False),
        ("nvidia-smi --gpu-reset -i 0", True),
        ("/bin/rm -rf cache", True),
        ("airectl budget specs --explain", False),
    ],
)
def test_what_changes_something(text: str, changes: bool) -> None:
    (command,) = commands(text)
    assert command.changes is changes


@given(st.text(alphabet="ab '\"\\\n#$<>|&;=()", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = list(commands(text))
    except NotShellError:
        return
    assert all(each.words and 0 <= each.line <= text.count("\n") for each in found)
