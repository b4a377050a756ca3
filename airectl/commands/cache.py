"""`airectl cache`: what is kept of the past that sources have told, and how to forget it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from airectl.commands.budgets import moment
from airectl.core.report import Lines, Report, Status
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from airectl.sources.slice_cache import Contents, SliceCache


def show(run: Run) -> Report:
    """Say where the cache of closed slices is, and how much it holds.

    What a Prometheus says of the past is kept, so that the next run asks for what is new only. `--no-cache`
    leaves it alone.

    Examples:
      airectl cache show
      airectl cache show -o json
    """
    held = None
    if _file(run).exists():
        with closing(_opened(run)) as cache:
            held = cache.contents()
    return _report(run, held)


def clear(run: Run) -> Report:
    """Forget every slice that was kept; the next run asks for all of them again.

    Examples:
      airectl cache clear
      airectl cache clear -o json
    """
    held = None
    if _file(run).exists():
        with closing(_opened(run)) as cache:
            cache.clear()
            held = cache.contents()
    return _report(run, held)


def _folder(run: Run) -> Path:
    from airectl.sources.cache_file import cache_folder

    folder = cache_folder(run.env.environ)
    if folder is None:
        raise UsageError("there is no place for a cache: HOME is not set", help="set HOME, or XDG_CACHE_HOME")
    return folder


def _file(run: Run) -> Path:
    from airectl.sources.cache_file import NAME

    return _folder(run) / NAME


def _opened(run: Run) -> SliceCache:
    from airectl.sources.slice_cache import SliceCache

    return SliceCache(_folder(run), log=run.log)


def _report(run: Run, held: Contents | None) -> Report:
    from airectl.sources.slice_cache import DEFAULT_BYTES

    file, spans, size = _file(run), held.spans if held else 0, held.size_bytes if held else 0
    said = "it is empty"
    if spans:
        much = f"{size / 2**20:,.1f} MiB of at most {DEFAULT_BYTES / 2**20:,.0f} MiB"
        said = f"{spans:,} {'span' if spans == 1 else 'spans'} in {much}"
    last = moment(held.last_s) if held and held.last_s is not None else None
    data = {"file": str(file), "spans": spans, "size_bytes": size, "limit_bytes": DEFAULT_BYTES, "last_used": last}
    return Report(status=Status.DONE, data=data, blocks=[Lines(lines=[str(file), said])])
