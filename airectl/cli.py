"""argv to exit code: the fast path of --version, and the one error boundary."""

from __future__ import annotations

import sys

from airectl import __version__

# `typing`, `enum` and `signal` cost as much as Python's own start: --version does without them.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from airectl.exits import Exit
    from airectl.registry import Ran


def main(argv: list[str] | None = None) -> int:
    """Run airectl and return its exit code; no exception leaves it."""
    args = sys.argv[1:] if argv is None else argv
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _replace_closed_streams()
    if args in (["--version"], ["-V"]):
        _print(f"airectl {__version__}\n")
        return 0
    return _guarded(args)


def _replace_closed_streams() -> None:
    """A stream that was closed before the start (`>&-`) is None; what nobody reads goes nowhere."""
    import os

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))


def _guarded(args: list[str]) -> int:
    from airectl.errors import AirectlError, Interrupted

    try:
        return _run(args)
    except Interrupted as stop:
        return _interrupted(stop.signum)
    except KeyboardInterrupt:
        return _interrupted(None)
    except AirectlError as error:
        _say(f"error: {error.message}", f"  help: {error.help}" if error.help else "")
        return error.exit
    except Exception as error:  # the boundary: whatever is left is a bug, and says so
        return _bug(error, debug="--debug" in args)


def _run(args: list[str]) -> int:
    from airectl.registry import dispatch

    ran = dispatch(args)
    if isinstance(ran, int):
        _print("")  # help was printed: flush it while a closed pipe can still be handled
        return ran
    return _deliver(ran)


def _deliver(ran: Ran) -> int:
    """Write the files, print the report, return the exit code."""
    from dataclasses import replace

    from airectl.core.report import exit_of
    from airectl.files import write_all
    from airectl.render import View, render

    run, report = ran.run, ran.report
    env = run.env
    code = _stopped(env.stop.signum) if report.partial else exit_of(report)
    # With an artefact the report goes to stderr, which need not be where stdout goes.
    terminal = env.tty and (report.artefact is None or sys.stderr.isatty())
    view = View(
        report=report, command=ran.command, version=__version__, exit=code, generated_at=env.now(),
        colour=env.colour and terminal == env.tty, tty=terminal, width=env.width, cwd=str(env.cwd), root=env.repository,
    )  # fmt: skip
    for_files = replace(view, colour=False, tty=False)
    files = {path: c.encode() if isinstance(c, str) else c for path, c in report.files.items()}
    printed = ""
    for output in run.outputs:
        if output.path not in ("", "-"):
            files[output.path] = render(output.format, for_files).encode()
        elif not run.shared.quiet:
            printed = render(output.format, view)
    write_all(files, env.cwd)
    if report.artefact is not None:
        _print(report.artefact, sys.stdout, "utf-8")
        _print(printed, sys.stderr)
    else:
        _print(printed)
    return code


def _print(text: str, stream: TextIO | None = None, encoding: str = "") -> None:
    """Print to `stream` (stdout) in `encoding` (the stream's own). A reader that went away changes nothing."""
    stream = stream or sys.stdout
    try:
        stream.flush()
        stream.buffer.write(text.encode(encoding or stream.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        # Python flushes the stream once more on exit; give it somewhere to go.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(*lines: str) -> None:
    print("\n".join(line for line in lines if line), file=sys.stderr)


def _stopped(signum: int | None) -> Exit:
    """The exit code after a signal; None is Ctrl-C."""
    import signal

    from airectl.exits import Exit

    return Exit.TERMINATED if signum == signal.SIGTERM else Exit.INTERRUPTED


def _interrupted(signum: int | None) -> int:
    _say("interrupted")
    return _stopped(signum)


def _bug(error: Exception, *, debug: bool) -> int:
    _say(
        f"error: airectl failed: {type(error).__name__}", "  help: this is a bug; run again with --debug and report it"
    )
    if debug:
        import traceback

        traceback.print_exc()
    return 70
