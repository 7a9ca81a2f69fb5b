"""Where a server is, as users write it."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from xaiwire._transport.model import Endpoint
from xaiwire.errors import ConfigurationError

__all__ = ["is_loopback", "parse_host"]

EXPECTED = "give a name such as 'api.x.ai', 'localhost:50051' or 'https://api.x.ai:443'"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# Letters, digits, hyphens and, as many private networks have them, underscores; at most 63 in a label.
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_NUMERIC = re.compile(r"[0-9.]+\Z")


def parse_host(text: str, *, insecure: bool = False) -> Endpoint:
    """Read a host as users write it.

    Without a scheme, the loopback is plain text and everything else is TLS. `https://` and `http://` say it outright.

    Args:
        text: a name or an address, perhaps with a scheme and a port: `api.x.ai`, `localhost:50051`, `[::1]:50051`,
            `https://127.0.0.1:8443`.
        insecure: plain text, whatever the host is, unless the scheme says `https`.

    Returns:
        Where the server is. The port is 443 for TLS and 80 for plain text, if none is given.

    Raises:
        ConfigurationError: the text is not a host.
    """
    rest = text.strip()
    if "@" in rest:
        # What stands before the @ may be a password: it is not repeated.
        raise ConfigurationError(f"the host has a user name or a password before an '@'; leave it out: {EXPECTED}")
    if not rest:
        raise ConfigurationError(f"the host is empty; {EXPECTED}")
    secure: bool | None = None
    if scheme := _SCHEME.match(rest):
        secure = _secure(scheme[1].lower(), text)
        rest = rest[scheme.end() :].removesuffix("/")
    if found := re.search(r"[/?#\\]", rest):
        raise ConfigurationError(f"the host {text!r} goes on behind {found[0]!r}; leave out what follows: {EXPECTED}")
    host, port = _split(rest, text)
    if secure is None:
        secure = not (insecure or is_loopback(host))
    return Endpoint(host=host, port=port if port is not None else (443 if secure else 80), secure=secure)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower().removesuffix(".") == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _secure(scheme: str, text: str) -> bool:
    match scheme:
        case "https" | "grpcs":
            return True
        case "http" | "grpc":
            return False
    raise ConfigurationError(f"the host {text!r} has the scheme {scheme!r}; only https and http are known")


def _split(rest: str, text: str) -> tuple[str, int | None]:
    if rest.startswith("["):
        host, bracket, behind = rest[1:].partition("]")
        if not bracket or (behind and not behind.startswith(":")):
            raise ConfigurationError(f"the host {text!r} has a '[' without its ']'; write '[::1]:50051'")
        return _ipv6(host, text), _port(behind[1:], text) if behind else None
    if rest.count(":") > 1:
        return _ipv6(rest, text), None
    host, colon, port = rest.partition(":")
    return _name(host, text), _port(port, text) if colon else None


def _port(digits: str, text: str) -> int:
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) < 65536):
        raise ConfigurationError(f"the host {text!r} has the port {digits!r}; ports are numbers from 1 to 65535")
    return int(digits)


def _ipv6(host: str, text: str) -> str:
    try:
        IPv6Address(host)
    except ValueError as error:
        raise ConfigurationError(
            f"the host {text!r} is not an IPv6 address; with a port, write it as '[::1]:50051'"
        ) from error
    return host


def _name(host: str, text: str) -> str:
    if _NUMERIC.match(host):
        try:
            ip_address(host)
        except ValueError as error:
            raise ConfigurationError(f"the host {text!r} is not an IPv4 address; {EXPECTED}") from error
        return host
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ConfigurationError(f"the host {text!r} is not a valid name; {EXPECTED}") from error
    labels = ascii_host.removesuffix(".").split(".")
    if len(ascii_host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise ConfigurationError(f"the host {text!r} is not a valid name; {EXPECTED}")
    return ascii_host
