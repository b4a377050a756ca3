"""The cache of slices: several runs at once, an end in the middle, damage, full disks, its bound, who may read it."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from airectl.sources.cache_file import DAMAGED, NAME, cache_folder, identity, put_aside
from airectl.sources.slice_cache import Contents, Key, SliceCache

Open = Callable[..., SliceCache]


class Said(list[str]):
    """What a cache logged."""


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".cache" / "airectl"


@pytest.fixture
def opened(folder: Path, said: Said) -> Iterator[Open]:
    """Opens caches in `folder`, and closes them."""
    caches = []

    def open_(**options: object) -> SliceCache:
        caches.append(SliceCache(folder, log=said.append, **options))  # type: ignore[arg-type]  # of a test
        return caches[-1]

    yield open_
    for cache in caches:
        cache.close()


def key(number: int, *, source: str = "http://127.0.0.1:9090", query: str = "c", step_s: int = 60) -> Key:
    return Key(source=source, query=query, step_s=step_s, start_s=number)


def noise(number: int, size: int) -> bytes:
    return random.Random(number).randbytes(size)  # noqa: S311  # bytes to compare


def test_a_later_run_finds_what_an_earlier_one_wrote(opened: Open, said: Said) -> None:
    opened().write({key(0): b"old", key(60): b"zero"})
    opened().write({key(0): b"new"})
    assert opened().read([key(0), key(60), key(120)]) == {key(0): b"new", key(60): b"zero"}
    assert said == []


@pytest.mark.parametrize(
    "other",
    [key(0, source="http://b"), key(0, query="d"), key(0, step_s=300), key(60)],
    ids=["source", "query", "step", "start"],
)
def test_keys_differ_in_each_of_their_parts(opened: Open, other: Key) -> None:
    opened().write({key(0): b"one"})
    assert opened().read([other]) == {}


def test_parts_of_keys_do_not_run_into_each_other() -> None:
    assert key(0, source="a", query="bc").digest != key(0, source="ab", query="c").digest


def test_more_keys_than_one_statement_takes(opened: Open) -> None:
    spans = {key(number): str(number).encode() for number in range(1_700)}
    opened().write(spans)
    assert opened().read(list(spans)) == spans


def test_nothing_that_was_asked_can_be_read_in_the_file(opened: Open, folder: Path) -> None:
    cache = opened()
    cache.write({key(0, source="https://me:sesame@example.com", query="sum(secret_total)"): b"x"})
    cache.close()
    held = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"x" in held
    assert not [word for word in (b"sesame", b"secret_total", b"example.com") if word in held]


def test_nobody_else_may_read_it(opened: Open, folder: Path) -> None:
    previous = os.umask(0)
    try:
        opened().write({key(0): b"x"})
        (folder / NAME).chmod(0o644)
        opened().write({key(0): b"x"})
    finally:
        os.umask(previous)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == {
        NAME: 0o600,
        f"{NAME}-wal": 0o600,
        f"{NAME}-shm": 0o600,
    }


def test_what_others_may_write_is_not_trusted(opened: Open, folder: Path, said: Said) -> None:
    opened().write({key(0): b"x"})
    folder.chmod(0o777)
    assert opened().read([key(0)]) == {}
    assert said == [f"no cache in {folder}: others than you may write there"]


WRITER = """
import sys
from pathlib import Path
from airectl.sources.slice_cache import Key, SliceCache

name, first, last = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
cache = SliceCache(Path(sys.argv[1]), log=lambda text: sys.exit(text))
print("ready", flush=True)
sys.stdin.readline()
for number in range(first, last):
    cache.write({Key(source=name, query="c", step_s=60, start_s=number): str(number).encode() * 1000})
    assert cache.read([Key(source=name, query="c", step_s=60, start_s=first)])
    if number == first + 20:
        print("going", flush=True)
cache.close()
"""


def writer(folder: Path, name: str, last: int) -> subprocess.Popen[str]:
    """A process that writes spans one by one, as soon as it gets a line."""
    command = [sys.executable, "-c", WRITER, str(folder), name, "0", str(last)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def spans(name: str, last: int) -> Mapping[Key, bytes]:
    return {key(number, source=name): str(number).encode() * 1000 for number in range(last)}


def test_two_processes_write_at_once(opened: Open, folder: Path) -> None:
    both = [writer(folder, name, 150) for name in ("one", "two")]
    for process in both:
        process.stdin.write("\n")  # type: ignore[union-attr]  # a pipe
        process.stdin.flush()  # type: ignore[union-attr]  # a pipe
    for process in both:
        _, stderr = process.communicate(timeout=120)
        assert (process.returncode, stderr) == (0, "")
    wanted = {**spans("one", 150), **spans("two", 150)}
    assert opened().read(list(wanted)) == wanted


def test_threads_share_one(opened: Open, said: Said) -> None:
    cache = opened()
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait()
        for each, data in spans(name, 50).items():
            cache.write({each: data})

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = {each: data for name in "abcd" for each, data in spans(name, 50).items()}
    assert cache.read(list(wanted)) == wanted
    assert said == []


def test_a_process_that_is_killed_leaves_whole_spans(opened: Open, folder: Path, said: Said) -> None:
    process = writer(folder, "one", 1_000_000)
    with process:
        process.stdin.write("\n")  # type: ignore[union-attr]  # a pipe
        process.stdin.flush()  # type: ignore[union-attr]  # a pipe
        assert process.stdout.readline() == "going\n"  # type: ignore[union-attr]  # a pipe
        process.send_signal(signal.SIGKILL)
    wanted = spans("one", 21)
    cache = opened()
    assert cache.read(list(wanted)) == wanted
    cache.write({key(0): b"x"})
    assert cache.read([key(0)]) == {key(0): b"x"}
    assert said == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"no database at all" * 1000),
        lambda file: file.write_bytes(file.read_bytes()[:20_000]),
        lambda file: file.write_bytes(file.read_bytes()[:100] + b"\xff" * 60_000),
    ],
    ids=["overwritten", "cut off", "zapped"],
)
def test_a_damaged_file_is_put_aside(opened: Open, folder: Path, said: Said, damage: Callable[[Path], int]) -> None:
    cache = opened()
    cache.write({key(number): noise(number, 3000) for number in range(30)})
    cache.close()
    damage(folder / NAME)
    cache = opened()
    assert cache.read([key(number) for number in range(30)]) == {}
    cache.write({key(1): b"anew"})
    assert opened().read([key(1)]) == {key(1): b"anew"}
    assert said == [f"the cache was damaged and is begun anew; the old one is {folder / DAMAGED}"]
    assert (folder / DAMAGED).exists()


def test_a_file_of_another_shape_is_put_aside(opened: Open, folder: Path, said: Said) -> None:
    opened().read([])
    with sqlite3.connect(folder / NAME) as connection:
        connection.executescript("DROP INDEX entry_used; DROP TABLE entry; CREATE TABLE entry (id INTEGER)")
    connection.close()
    cache = opened()
    cache.write({key(0): b"x"})
    assert cache.read([key(0)]) == {key(0): b"x"}
    assert len(said) == 1


def test_what_another_run_began_anew_stays(opened: Open, folder: Path) -> None:
    opened().write({key(0): b"anew"})
    which = identity(folder)
    put_aside(folder, which + 1)
    assert opened().read([key(0)]) == {key(0): b"anew"}
    put_aside(folder, which)
    assert opened().read([key(0)]) == {}


def test_it_never_grows_beyond_its_limit(opened: Open, folder: Path) -> None:
    limit = 2_000_000
    now = [0.0]
    cache = opened(limit_bytes=limit, clock=lambda: now[0])
    for number in range(300):
        now[0] += 1
        cache.write({key(number): noise(number, 20_000)})
        held = cache.contents()
        assert held is not None
        assert held.size_bytes <= limit
    cache.close()
    assert (folder / NAME).stat().st_size < limit * 1.25
    kept = opened().read([key(number) for number in range(300)])
    assert min(each.start_s for each in kept) > 200
    assert len(kept) == 300 - min(each.start_s for each in kept)


def test_what_was_used_longest_ago_goes_first(opened: Open) -> None:
    now = [0.0]
    cache = opened(limit_bytes=100_000, clock=lambda: now[0])
    for number in range(4):
        now[0] += 10_000
        cache.write({key(number): noise(number, 20_000)})
    now[0] += 10_000
    cache.read([key(0)])
    cache.write({key(4): noise(4, 20_000)})
    assert {each.start_s for each in cache.read([key(number) for number in range(5)])} == {0, 2, 3, 4}


def test_one_write_may_be_more_than_all_there_is_room_for(opened: Open) -> None:
    cache = opened(limit_bytes=100_000)
    cache.write({key(-1): noise(0, 200_000), **{key(number): noise(number, 20_000) for number in range(50)}})
    held = cache.contents()
    assert held is not None
    assert 0 < held.size_bytes <= 100_000
    assert key(49) in cache.read([key(number) for number in range(-1, 50)])


def test_no_room_at_all_is_no_cache(opened: Open, folder: Path, said: Said) -> None:
    cache = opened(limit_bytes=0)
    cache.write({key(0): b"x"})
    assert cache.read([key(0)]) == {}
    assert not folder.exists()
    assert said == []


FULL = """
import resource, signal, sys
from pathlib import Path
from airectl.sources.slice_cache import Key, SliceCache

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
cache = SliceCache(Path(sys.argv[1]), log=print)
cache.write({Key(source="s", query="c", step_s=60, start_s=0): b"small"})
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
for number in range(1, 100):
    cache.write({Key(source="s", query="c", step_s=60, start_s=number): bytes([number]) * 50_000})
print(len(cache.read([Key(source="s", query="c", step_s=60, start_s=0)])), "read after")
"""


def test_a_full_disk_ends_the_cache_for_this_run_and_harms_nothing(opened: Open, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, last = done.stdout.splitlines()
    assert first.startswith(f"no cache in {folder}: ")
    assert last == "0 read after"
    found = opened().read([key(number, source="s") for number in range(100)])
    assert found[key(0, source="s")] == b"small"
    for each, data in found.items():
        assert each.start_s == 0 or data == bytes([each.start_s]) * 50_000


READER = """
import os, sqlite3, sys
from pathlib import Path
from airectl.sources.slice_cache import Key, SliceCache

if os.geteuid() == 0:
    os.setuid(65_534)  # root may write anywhere
cache = SliceCache(Path(sys.argv[1]), log=print)
cache.write({Key(source="s", query="c", step_s=60, start_s=0): b"x"})
print(cache.read([Key(source="s", query="c", step_s=60, start_s=0)]))
"""


def test_a_home_that_cannot_be_written_is_no_cache() -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READER, f"{home}/airectl"], capture_output=True, text=True, check=False, timeout=60
        )
        Path(home).chmod(0o700)
    assert done.stdout.splitlines() == [f"no cache in {home}/airectl: permission denied", "{}"], done.stderr


def test_a_file_where_the_folder_should_be_is_no_cache(folder: Path, opened: Open, said: Said) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    cache = opened()
    cache.write({key(0): b"x"})
    assert cache.read([key(0)]) == {}
    assert len(said) == 1


def test_where_memory_cannot_be_shared_it_works_without_a_log(opened: Open, folder: Path, said: Said) -> None:
    (folder / f"{NAME}-shm").mkdir(parents=True)
    folder.chmod(0o700)
    folder.parent.chmod(0o700)
    cache = opened()
    cache.write({key(0): b"x"})
    assert opened().read([key(0)]) == {key(0): b"x"}
    assert said == []
    assert not (folder / f"{NAME}-wal").exists()


def test_another_run_that_holds_it_for_long_is_not_waited_for(
    opened: Open, folder: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airectl.sources.cache_file._WAIT_S", 0.05)
    cache = opened()
    cache.write({key(0): b"x"})
    other = sqlite3.connect(folder / NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache.write({key(1): b"y"})
    assert cache.read([key(0), key(1)]) == {key(0): b"x"}
    other.execute("ROLLBACK")
    other.close()
    cache.write({key(1): b"y"})
    assert cache.read([key(1)]) == {key(1): b"y"}
    assert said == ["another run holds the cache: going on without it"]


def test_clearing_gives_the_disk_its_space_back(opened: Open, folder: Path) -> None:
    cache = opened(clock=lambda: 7.0)
    cache.write({key(number): noise(number, 20_000) for number in range(50)})
    (folder / DAMAGED).write_bytes(b"old")
    assert cache.contents() == Contents(spans=50, size_bytes=50 * 22_048, last_s=7)
    cache.clear()
    assert cache.contents() == Contents(spans=0, size_bytes=0, last_s=None)
    cache.close()
    assert (folder / NAME).stat().st_size < 100_000
    assert not (folder / DAMAGED).exists()


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_CACHE_HOME": "/var/me", "HOME": "/home/me"}, "/var/me/airectl"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.cache/airectl"),
        ({"HOME": "/home/me"}, "/home/me/.cache/airectl"),
        ({"HOME": ""}, None),
        ({}, None),
    ],
)
def test_the_folder_is_where_the_desktop_standard_says(environ: Mapping[str, str], folder: str | None) -> None:
    assert cache_folder(environ) == (Path(folder) if folder else None)
