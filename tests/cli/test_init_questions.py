"""airectl init on a terminal: it asks what is missing, takes Enter for an answer, and Ctrl-C leaves nothing."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import yaml

from runner import Runner

_LIMIT_S: Final = 60
PAGE: Final = Path(__file__).parents[1] / "telemetry" / "expositions" / "sglang.txt"


class Terminal:
    """A process on a terminal of its own. `seen` is all that it has shown."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process, self._master, self.seen, self._at = process, master, "", 0

    def until(self, text: str) -> None:
        """Wait for `text`, behind what was waited for before."""
        while (found := self.seen.find(text, self._at)) < 0:
            assert self._read(), f"it ended without {text!r}:\n{self.seen}"
        self._at = found + len(text)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, and type."""
        self.until(question)
        self.until("] ")
        os.write(self._master, f"{text}\n".encode())

    def key(self, byte: bytes) -> None:
        os.write(self._master, byte)

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(_LIMIT_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], _LIMIT_S)
        assert ready, f"nothing for {_LIMIT_S} s:\n{self.seen}"
        try:
            data = os.read(self._master, 4096)
        except OSError:  # how Linux says that the other side of a terminal is closed
            return False
        self.seen += data.decode("utf-8").replace("\r\n", "\n")
        return bool(data)


@contextmanager
def terminal(runner: Runner, *args: str) -> Iterator[Terminal]:
    """`airectl init ARGS` on a terminal."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "airectl", "init", *args]
    environ = {**runner.environ, "TERM": "dumb", "COLUMNS": "80"}

    def own_terminal() -> None:
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=runner.cwd,
        env=environ,
        preexec_fn=own_terminal,  # noqa: PLW1509  # Ctrl-C reaches only who has the terminal
    ) as process:
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            process.kill()
            os.close(master)


def specs(runner: Runner) -> list[str]:
    return sorted(str(path.relative_to(runner.cwd)) for path in runner.cwd.rglob("*") if path.is_file())


def objectives(runner: Runner, path: str) -> dict[str, float]:
    documents = yaml.safe_load_all((runner.cwd / path).read_text("utf-8"))
    return {
        each["spec"]["objectives"][0]["displayName"]: each["spec"]["objectives"][0]["target"]
        for each in documents
        if each["kind"] == "SLO"
    }


def test_enter_alone_gives_a_starting_point(airectl: Runner) -> None:
    with terminal(airectl) as shown:
        shown.answer("Which server?", "")
        shown.answer("What is the service called?", "")
        for preset in ("availability:", "ttft:", "itl:"):
            shown.answer(preset, "")
        assert shown.end() == 0
    # The folder's name is the service's until somebody says otherwise.
    assert specs(airectl) == ["slo-specs/cwd.yaml"]
    assert objectives(airectl, "slo-specs/cwd.yaml") == {
        "availability": 0.999,
        "ttft < 500 ms": 0.95,
        "itl < 50 ms": 0.99,
    }
    assert "DONE" in shown.seen


def test_answers_are_taken_and_wrong_ones_asked_for_again(airectl: Runner) -> None:
    with terminal(airectl) as shown:
        shown.answer("Which server?", "?")
        shown.until("one of: agentgateway, ")
        shown.answer("Which server?", "vlm")
        shown.until("did you mean `vllm`?")
        shown.answer("Which server?", "ollama")
        shown.until("use `airectl probe`")
        shown.answer("Which server?", "sglang")
        shown.answer("What is the service called?", "My Chat")
        shown.until("such as `my-chat`")
        shown.answer("What is the service called?", "my-chat")
        shown.answer("availability:", "99.5")
        shown.until("did you mean `99.5%`?")
        shown.answer("For which share", "99.5%")
        shown.answer("ttft:", "500ms")
        shown.until("it lies between 400 ms and 600 ms")
        shown.answer("Within which time", "400ms@90%")
        shown.answer("itl:", "-")
        assert shown.end() == 0
    assert objectives(airectl, "slo-specs/my-chat.yaml") == {"availability": 0.995, "ttft < 400 ms": 0.9}


def test_only_what_is_missing_is_asked(airectl: Runner) -> None:
    with terminal(airectl, "--telemetry", "vllm", "--ttft", "250ms") as shown:
        shown.answer("What is the service called?", "chat")
        assert shown.end() == 0
    assert objectives(airectl, "slo-specs/chat.yaml") == {"ttft < 250 ms": 0.95}
    assert "Which server?" not in shown.seen
    assert "availability" not in shown.seen


def test_with_flags_a_terminal_is_asked_nothing(airectl: Runner) -> None:
    with terminal(airectl, "--telemetry", "vllm", "--service", "chat") as shown:
        assert shown.end() == 0
    assert "?" not in shown.seen.partition("DONE")[0]
    assert len(objectives(airectl, "slo-specs/chat.yaml")) == 3


def test_a_page_may_be_the_answer(airectl: Runner) -> None:
    with terminal(airectl) as shown:
        shown.answer("Which server?", str(PAGE))
        shown.answer("What is the service called?", "chat")
        shown.answer("availability:", "-")
        shown.until("200ms, 400ms, 600ms, 800ms, 1s and others can be measured")
        shown.answer("", "")
        shown.answer("itl:", "-")
        assert shown.end() == 0
    assert objectives(airectl, "slo-specs/chat.yaml") == {"ttft < 600 ms": 0.95}
    assert re.search(r"SGLang on \S+sglang.txt", shown.seen)


@pytest.mark.parametrize("answers", [[], ["vllm"], ["vllm", "chat"], ["vllm", "chat", "99%"]])
def test_ctrl_c_leaves_nothing(answers: Sequence[str], airectl: Runner) -> None:
    with terminal(airectl) as shown:
        for text in answers:
            shown.answer("", text)
        shown.until("] ")
        shown.key(b"\x03")
        assert shown.end() == 130
    assert specs(airectl) == []
    assert "interrupted" in shown.seen
    assert "Traceback" not in shown.seen


def test_a_signal_between_two_questions_leaves_nothing(airectl: Runner) -> None:
    with terminal(airectl) as shown:
        shown.until("] ")
        time.sleep(0.1)
        shown.process.send_signal(signal.SIGTERM)
        assert shown.end() == 143
    assert specs(airectl) == []


def test_the_end_of_the_answers_leaves_nothing(airectl: Runner) -> None:
    with terminal(airectl) as shown:
        shown.answer("Which server?", "vllm")
        shown.until("] ")
        shown.key(b"\x04")
        assert shown.end() == 2
    assert specs(airectl) == []
    assert "the answers ended, so nothing was written" in shown.seen


def test_to_promise_nothing_writes_nothing(airectl: Runner) -> None:
    with terminal(airectl) as shown:
        for question, text in (
            ("Which", "vllm"),
            ("service", "chat"),
            ("availability", "-"),
            ("ttft", "no"),
            ("itl", "-"),
        ):
            shown.answer(question, text)
        assert shown.end() == 2
    assert specs(airectl) == []
    assert "nothing is to be promised" in shown.seen
