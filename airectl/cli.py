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
    try:
        return _run(args)
    except BaseException as error:
        return _ended(error, debug="--debug" in args)


def _replace_closed_streams() -> None:
    """A stream that was closed before the start (`>&-`) is None; what nobody reads goes nowhere."""
    import os

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))


def _run(args: list[str]) -> int:
    if args in (["--version"], ["-V"]):
        _print(f"airectl {__version__}\n")
        return 0
    from airectl.registry import dispatch

    ran = dispatch(args)
    if isinstance(ran, int):
        _print("")  # help was printed: flush it while a closed pipe can still be handled
        return ran
    return _deliver(ran)


def _ended(error: BaseException, *, debug: bool) -> int:
    """The boundary: the message and the exit code of a run that did not come to its end."""
    import errno

    from airectl.errors import AirectlError, Interrupted
    from airectl.exits import Exit

    if isinstance(error, Interrupted | KeyboardInterrupt):
        _say("interrupted")
        return _stopped(error.signum if isinstance(error, Interrupted) else None)
    if isinstance(error, AirectlError):
        _say(f"error: {error.message}", f"  help: {error.help}" if error.help else "")
        return error.exit
    if isinstance(error, OSError) and error.filename and error.errno in (errno.ENAMETOOLONG, errno.EACCES):
        _say(f"error: cannot use `{error.filename}`: {(error.strerror or '').lower()}", "  help: check the path")
        return Exit.USAGE
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _give_up(sys.stdout)
        _say(f"error: {(error.strerror or '').lower()}", "  help: make room, here or where stdout goes")
        return Exit.USAGE
    if isinstance(error, Exception):
        return _bug(error, debug=debug)
    raise error


def _deliver(ran: Ran) -> int:
    """Write the files, print the report, return the exit code."""
    from dataclasses import replace

    from airectl.core.report import exit_of
    from airectl.files import write_all
    from airectl.render import View, render

    run, report = ran.run, ran.report
    env = run.env
    code = _stopped(env.stop.signum) if env.stop or report.partial else exit_of(report)
    # With an artefact the report goes to stderr, which need not be where stdout goes.
    terminal = env.tty and (report.artefact is None or sys.stderr.isatty())
    view = View(
        report=report, command=ran.command, version=__version__, exit=code, generated_at=env.now(),
        colour=env.colour and terminal == env.tty, tty=terminal, fine=_is_fine(), width=env.width, cwd=str(env.cwd),
        root=env.repository,
    )  # fmt: skip
    for_files = replace(view, colour=False, tty=False)
    files = {path: c.encode() if isinstance(c, str) else c for path, c in report.files.items()}
    if report.charts:
        from airectl.render.charts import picture

        files |= {path: picture(path, chart) for path, chart in report.charts.items()}
    if report.kept:
        files[report.kept] = render("json", for_files).encode()
    printed = ""
    for output in run.outputs:
        if output.path not in ("", "-"):
            files[output.path] = render(output.format, for_files).encode()
        elif not run.shared.quiet:
            printed = render(output.format, view)
    write_all(files, env.cwd)
    for path in files:
        run.log(f"wrote {path}")
    if report.artefact is not None:
        _print(report.artefact, sys.stdout, "utf-8")
        _print(printed, sys.stderr)
    else:
        _print(printed)
    return code


def _is_fine() -> bool:
    """Whether stdout takes any character."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _print(text: str, stream: TextIO | None = None, encoding: str = "") -> None:
    """Print to `stream` (stdout) in `encoding` (the stream's own). A reader that went away changes nothing.

    Raises UsageError where the stream cannot be written for another reason, as on a full disk.
    """
    stream = stream or sys.stdout
    try:
        stream.flush()
        stream.buffer.write(text.encode(encoding or stream.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except OSError as error:
        _give_up(stream)
        if isinstance(error, BrokenPipeError):
            return
        from airectl.errors import UsageError

        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            f"cannot write to {stream.name.strip('<>')}: {reason}", help="make room, or use -o FORMAT=PATH"
        ) from None


def _say(*lines: str) -> None:
    """To stderr, with whatever the user's text holds as harmless text. Unread, the exit code has to do."""
    from airectl.render.inert import inert

    try:
        print("\n".join(inert(line) for line in lines if line), file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Python flushes its streams once more on exit; give this one somewhere to go."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stopped(signum: int | None) -> Exit:
    """The exit code after a signal; None is Ctrl-C."""
    import signal

    from airectl.exits import Exit

    return Exit.TERMINATED if signum == signal.SIGTERM else Exit.INTERRUPTED


def _bug(error: Exception, *, debug: bool) -> int:
    from airectl.exits import Exit

    name = type(error).__name__
    _say(f"error: airectl failed: {name}", "  help: this is a bug; run again with --debug and report it")
    if debug:
        import traceback

        _say(*"".join(traceback.format_exception(error)).splitlines())
    return Exit.BUG
