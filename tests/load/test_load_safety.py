"""What a load test may do: where to, how much, and when it stops by itself."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.load_bounds import Bounds, allows, is_loopback, read_bounds
from airectl.errors import Unreachable, UsageError
from airectl.exits import Exit
from airectl.load.resolving import resolve
from airectl.load.safety import Count, Demand, Place, StormRule, bound, failures, permit, storm


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "::1%lo"])
def test_loopback(address: str) -> None:
    assert is_loopback(address)
    permit(Place(host="anything", addresses=(address,)), Bounds())


@pytest.mark.parametrize("address", ["0.0.0.1", "10.0.0.1", "::", "::ffff:10.0.0.1", "fe80::1%eth0", "8.8.8.8"])
def test_other_machines_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is not this machine") as caught:
        permit(Place(host="staging", addresses=(address,)), Bounds())
    assert "--yes" in caught.value.help
    assert 'allow = ["staging"]' in caught.value.help
    assert caught.value.exit is Exit.USAGE
    permit(Place(host="staging", addresses=(address,)), Bounds(), yes=True)


def test_a_name_that_leads_here_and_elsewhere_leads_elsewhere() -> None:
    with pytest.raises(UsageError, match=r"`rebind\.example\.com` \(127\.0\.0\.1, 10\.0\.0\.1\) is not this machine"):
        permit(Place(host="rebind.example.com", addresses=("127.0.0.1", "10.0.0.1")), Bounds())


def test_a_name_without_an_address_is_no_loopback() -> None:
    assert not Place(host="x", addresses=()).loopback
    assert not allows(["10.0.0.0/8"], "x", [])


@pytest.mark.parametrize(
    ("entry", "host", "addresses", "allowed"),
    [
        ("a.example.com", "A.example.com.", ("10.0.0.1",), True),
        ("a.example.com", "b.a.example.com", ("10.0.0.1",), False),
        ("*.example.com", "a.b.example.com", ("10.0.0.1",), True),
        ("*.example.com", "example.com", ("10.0.0.1",), False),
        ("*.example.com", "badexample.com", ("10.0.0.1",), False),
        ("10.0.0.0/8", "a", ("10.1.2.3",), True),
        ("10.0.0.0/8", "a", ("10.1.2.3", "11.0.0.1"), False),
        ("10.0.0.0/8", "a", ("::ffff:10.1.2.3",), True),
        ("10.1.2.3", "10.1.2.3", ("10.1.2.3",), True),
        ("2001:db8::/32", "a", ("2001:db8::5",), True),
        ("2001:db8::/32", "a", ("10.0.0.1",), False),
        ("10.0.0.0/8", "10.example.com", ("8.8.8.8",), False),
    ],
)
def test_the_allow_list(entry: str, host: str, addresses: tuple[str, ...], allowed: bool) -> None:
    assert read_bounds({"allow": [entry]}).allow == (entry,)
    assert allows([entry], host, addresses) == allowed


def test_resolving_takes_every_address_that_a_name_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: object, **__: object) -> list[tuple[object, ...]]:
        family, kind = socket.AF_INET, socket.SOCK_STREAM
        return [(family, kind, 6, "", (each, 80)) for each in ("127.0.0.1", "10.0.0.1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert resolve("both.example.com", 80).addresses == ("127.0.0.1", "10.0.0.1")
    assert resolve("::1", 80).addresses == ("::1",)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 300, "\udcff"])
def test_a_host_that_has_no_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if host.endswith(".invalid"):
        monkeypatch.setattr(socket, "getaddrinfo", _no_such_name)
    with pytest.raises(Unreachable, match="has no address"):
        resolve(host, 80)


def _no_such_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        (
            Demand(highest_rps=20_000, ends_s=60, requests=1),
            "asks for 20,000 requests per second, and 10,000 is the most",
        ),
        (Demand(highest_rps=1, ends_s=7201, requests=1), "asks for a run of 7201 s, and 7200 s is the most"),
        (Demand(highest_rps=None, ends_s=None, requests=2e7), "20,000,000 requests, and 10,000,000 is the most"),
        (Demand(highest_rps=1, ends_s=None, requests=None), "the load test has no end"),
    ],
)
def test_more_than_the_bounds_is_refused(demand: Demand, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        bound(demand, Bounds())
    assert caught.value.exit is Exit.USAGE
    assert "--" in caught.value.help


def test_what_keeps_to_the_bounds_is_not() -> None:
    bound(Demand(highest_rps=10_000, ends_s=7200, requests=1e7), Bounds())
    bound(Demand(highest_rps=None, ends_s=10, requests=None), Bounds())
    bound(Demand(highest_rps=None, ends_s=None, requests=5), Bounds())


def counts(*pairs: tuple[int, int]) -> list[Count]:
    return [Count(t_s=float(t), ended=ended, failed=failed) for t, (ended, failed) in enumerate(pairs, 1)]


def test_a_server_that_only_fails_is_a_storm_after_a_hundred_requests() -> None:
    assert storm([]) is None
    assert storm(counts((99, 99))) is None
    found = storm(counts((99, 99), (120, 120)))
    assert found is not None
    assert str(found) == "120 of the last 120 requests failed"


def test_half_of_the_requests_are_no_storm() -> None:
    assert storm(counts((200, 100))) is None
    assert storm(counts((200, 101))) is not None


def test_old_successes_do_not_hide_a_storm_and_old_failures_do_not_make_one() -> None:
    went_bad = storm(counts((10_000, 0), (10_100, 100), (10_210, 210)))
    assert went_bad is not None
    assert (went_bad.since_s, went_bad.ended, went_bad.failed) == (1.0, 210, 210)
    assert storm(counts((150, 70), (400, 70))) is None


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), max_size=40), st.floats(0, 0.99))
def test_a_storm_always_has_more_than_the_share(steps: list[tuple[int, float]], share: float) -> None:
    history, ended, failed = [], 0, 0
    for t, (more, part) in enumerate(steps):
        ended, failed = ended + more, failed + int(more * part)
        history.append(Count(t_s=t, ended=ended, failed=failed))
    found = storm(history, StormRule(share=share))
    if found:
        assert share * found.ended < found.failed <= found.ended
        assert found.ended >= 100


def test_what_the_client_did_itself_is_no_failure() -> None:
    assert failures({"": 9, "cancelled": 5, "dropped": 7, "http 429": 2, "connect": 1}) == 3
