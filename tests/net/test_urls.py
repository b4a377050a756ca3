"""Addresses of servers: what is taken, what is the same server, what is told of a redirect."""

import pytest

from airectl.net.urls import Origin, UrlError, endpoint, place_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://prometheus.example.com", "https://prometheus.example.com"),
        ("https://prometheus.example.com/", "https://prometheus.example.com"),
        ("https://host/prometheus", "https://host/prometheus"),
        ("https://host/prometheus/", "https://host/prometheus"),
        ("https://host//", "https://host"),
        ("HTTP://Host:80/Path", "http://host/Path"),
        ("http://host:443", "http://host:443"),
        ("http://[::1]:9090", "http://[::1]:9090"),
    ],
)
def test_an_address_has_no_slash_at_its_end_and_no_port_that_goes_without_saying(text: str, address: str) -> None:
    assert str(endpoint(text)) == address


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prometheus.example.com:9090", "does not begin with http"),
        ("ftp://host", "does not begin with http"),
        ("file:///etc/passwd", "does not begin with http"),
        ("https://user:hunter2@host", "holds credentials"),
        ("https://hunter2@host", "holds credentials"),
        ("https://host?token=hunter2", "has a query"),
        ("https://host#hunter2", "has a query or a fragment"),
        ("https://host/api/v1/query", "as far as `/api/v1`"),
        ("https://host:port", "port is no number"),
        ("https://host:99999", "port is no number"),
        ("https://", "names no host"),
        ("https://:9090", "names no host"),
        ("https://ho st", "characters that are in none"),
        ("https://höst", "characters that are in none"),
        ("https://host/\u202e", "characters that are in none"),
        ("https://[::1", "cannot be read"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str, said: str) -> None:
    with pytest.raises(UrlError) as caught:
        endpoint(text)
    assert said in str(caught.value)
    assert caught.value.help
    assert "hunter2" not in f"{caught.value}{caught.value.help}"


def test_an_origin_is_scheme_host_and_port() -> None:
    origin = endpoint("https://host/a").origin
    assert origin == endpoint("https://HOST:443/b").origin
    assert origin != endpoint("http://host/a").origin
    assert origin != endpoint("https://host:8443/a").origin
    assert origin != endpoint("https://host.example.com/a").origin


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback(host: str) -> None:
    assert Origin("http", host, 80).loopback


@pytest.mark.parametrize("host", ["localhost.example.com", "127.example.com", "10.0.0.1", "example.com"])
def test_not_loopback(host: str) -> None:
    assert not Origin("http", host, 80).loopback


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://login.example.com/start?token=hunter2", "https://login.example.com"),
        ("https://u:hunter2@login.example.com/hunter2", "https://login.example.com"),
        ("/login?hunter2", "another path"),
        ("", "another path"),
        ("https://[hunter2", "another place"),
    ],
)
def test_of_a_redirect_the_host_is_told(location: str, told: str) -> None:
    assert place_of(location) == told
