"""What shells offer for a line that somebody has begun to type: bash, zsh and fish themselves, with our scripts."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import servers

FOLDER: Final = Path(__file__).parents[2] / "completions"
_ENOUGH_S: Final = 30.0
_ESCAPES: Final = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")


def bash(line: str, cwd: Path, path: str) -> list[str]:
    """What bash would put in place of the last word; it asks the function as it does for Tab."""
    program = f"""
source {FOLDER}/airectl.bash
COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDS=($1) COMP_WORDBREAKS=$'"\\'><=;|&(: '
_airectl
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return _lines(["bash", "--norc", "-c", program, "bash", line], cwd, path)


def fish(line: str, cwd: Path, path: str) -> list[str]:
    """What fish lists, without the help behind each."""
    servers.need("fish")
    program = f"source {FOLDER}/airectl.fish; complete -C $argv[1]"
    return [each.partition("\t")[0] for each in _lines(["fish", "--no-config", "-c", program, line], cwd, path)]


def zsh(line: str, cwd: Path, path: str) -> list[str]:
    """What zsh makes of the line at Tab where there is one way to go on, else what it lists."""
    servers.need("zsh")
    setup = f"""
PS1='' PROMPT_EOL_MARK='' LISTMAX=0
fpath=({FOLDER} $fpath)
autoload -Uz compinit && compinit -u -D
zstyle ':completion:*' list-colors ''
unsetopt AUTO_MENU ALWAYS_TO_END
setopt LIST_ROWS_FIRST
zstyle ':completion:*' verbose no
said() {{ print -r -- "<<$BUFFER>>"; BUFFER=''; zle .accept-line }}
zle -N accept-line said
print ready
"""
    screen = _typed(["zsh", "-f", "-i"], (setup.strip().replace("\n", "; ") + "\r", f"{line}\t", "\r"), cwd, path)
    listed, _, buffer = screen.rpartition("<<")
    made = buffer.partition(">>")[0]
    last = line.rpartition(" ")[2]
    if made.rstrip() != line.rstrip():
        return [made[len(line) - len(last) :].strip()]
    # The line as typed, what is listed below it, the line again.
    return " ".join(_ESCAPES.sub("", listed).split("\n")[1:-1]).split()


def _lines(command: list[str], cwd: Path, path: str) -> list[str]:
    done = subprocess.run(
        command, cwd=cwd, env=_environment(path), capture_output=True, text=True, timeout=_ENOUGH_S, check=False
    )
    assert done.stderr == ""
    return [each for each in done.stdout.splitlines() if each]


def _environment(path: str) -> Mapping[str, str]:
    return {"PATH": f"{path}:{os.environ['PATH']}", "HOME": "/nonexistent", "LANG": "C.UTF-8", "TERM": "dumb"}


def _typed(command: list[str], keys: tuple[str, ...], cwd: Path, path: str) -> str:
    """What a terminal shows when these are typed, each after the last one was answered."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(cwd)
        environment = {**_environment(path), "COLUMNS": "400", "LINES": "200"}
        os.execvpe(command[0], command, environment)  # noqa: S606  # the terminal is to be its own
    screen = ""
    until = time.monotonic() + _ENOUGH_S
    try:
        for number, each in enumerate(keys):
            os.write(terminal, each.encode())
            screen = "" if number == 1 else screen
            screen += _shown(terminal, until, ("\nready", None, ">>")[number])
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return screen.replace("\r", "").replace("\x07", "")


def _shown(terminal: int, until: float, awaited: str | None) -> str:
    """What comes until `awaited` is there, or else until nothing has come for a while."""
    text = ""
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 1.5 if awaited is None else 0.5)
        if ready:
            text += os.read(terminal, 65536).decode("utf-8", "replace")
        elif awaited is None:
            return text
        if awaited is not None and awaited in text.replace("\r", ""):
            return text
    raise AssertionError(f"{awaited!r} never came: {text!r}")
