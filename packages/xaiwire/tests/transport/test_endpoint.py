"""Hosts as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaiwire._transport.endpoint import is_loopback, parse_host
from xaiwire._transport.model import Endpoint
from xaiwire.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "host", "port", "secure"),
    [
        ("api.x.ai", "api.x.ai", 443, True),
        (" api.x.ai ", "api.x.ai", 443, True),
        ("api.x.ai:8443", "api.x.ai", 8443, True),
        ("https://api.x.ai", "api.x.ai", 443, True),
        ("https://api.x.ai/", "api.x.ai", 443, True),
        ("HTTPS://api.x.ai:1", "api.x.ai", 1, True),
        ("grpcs://api.x.ai", "api.x.ai", 443, True),
        ("http://api.x.ai", "api.x.ai", 80, False),
        ("grpc://api.x.ai:50051", "api.x.ai", 50051, False),
        ("localhost", "localhost", 80, False),
        ("LOCALHOST:50051", "LOCALHOST", 50051, False),
        ("localhost.:50051", "localhost.", 50051, False),
        ("127.0.0.1:50051", "127.0.0.1", 50051, False),
        ("127.9.9.9", "127.9.9.9", 80, False),
        ("[::1]:50051", "::1", 50051, False),
        ("[::1]", "::1", 80, False),
        ("::1", "::1", 80, False),
        ("[2001:db8::1]:443", "2001:db8::1", 443, True),
        ("10.0.0.1", "10.0.0.1", 443, True),
        ("https://127.0.0.1:1", "127.0.0.1", 1, True),
        ("my_service:50051", "my_service", 50051, True),
        ("bücher.example", "xn--bcher-kva.example", 443, True),
        ("localhost.example.com", "localhost.example.com", 443, True),
    ],
)
def test_hosts(text, host, port, secure):
    assert parse_host(text) == Endpoint(host=host, port=port, secure=secure)


def test_insecure_makes_plain_text_of_any_host():
    assert parse_host("10.0.0.1:50051", insecure=True) == Endpoint(host="10.0.0.1", port=50051, secure=False)


def test_a_scheme_says_more_than_insecure():
    assert parse_host("https://10.0.0.1", insecure=True).secure


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("ftp://api.x.ai", "scheme 'ftp'"),
        ("https://", "not a valid name"),
        ("api.x.ai/v1", "goes on behind '/'"),
        ("https://api.x.ai/v1", "goes on behind '/'"),
        ("api.x.ai?x", "goes on behind"),
        ("api.x.ai:", "port ''"),
        ("api.x.ai:0", "port '0'"),
        ("api.x.ai:65536", "port '65536'"),
        ("api.x.ai:abc", "port 'abc'"),
        ("api.x.ai:-1", "port '-1'"),
        ("api.x.ai:٣", "port"),
        ("[::1", "'['"),
        ("[::1]50051", "'['"),
        ("[nonsense]:1", "not an IPv6 address"),
        ("1:2:3", "not an IPv6 address"),
        ("1.2.3", "not an IPv4 address"),
        ("256.1.1.1", "not an IPv4 address"),
        ("-api.x.ai", "not a valid name"),
        ("api..x.ai", "not a valid name"),
        ("a b", "not a valid name"),
        ("a" * 64, "not a valid name"),
        ("é" * 70, "not a valid name"),
        (".".join(["a" * 60] * 5), "not a valid name"),
        ("api.x.ai\nHost: evil", "not a valid name|port"),
    ],
)
def test_what_is_not_a_host(text, says):
    with pytest.raises(ConfigurationError, match=says.replace("[", r"\[")):
        parse_host(text)


@pytest.mark.parametrize("text", ["https://user:hunter2@api.x.ai", "hunter2@api.x.ai", "user:hunter2@api.x.ai:1"])
def test_credentials_are_refused_and_not_repeated(text):
    with pytest.raises(ConfigurationError) as raised:
        parse_host(text)
    assert "hunter2" not in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_a_host_or_a_configuration_error(text):
    try:
        endpoint = parse_host(text)
    except ConfigurationError:
        return
    assert 0 < endpoint.port < 65536
    assert endpoint.host.isascii()
    assert not set(endpoint.host) & set(" \r\n\t/@")


@given(st.integers(1, 65535), st.booleans(), st.sampled_from(["api.x.ai", "::1", "127.0.0.1", "2001:db8::1"]))
def test_an_authority_reads_back(port, secure, host):
    endpoint = Endpoint(host=host, port=port, secure=secure)
    assert parse_host(f"{'https' if secure else 'http'}://{endpoint.authority}") == endpoint


def test_a_zone_does_not_hide_the_loopback():
    assert is_loopback("::1%lo")
