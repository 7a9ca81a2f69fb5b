"""HTTP proxies, as the environment names them."""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from xaiwire._transport.endpoint import is_loopback
from xaiwire._transport.model import Failure
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    from xaiwire._transport.model import Endpoint

__all__ = ["Proxy", "connect_request", "find_proxy", "read_answer"]

LONGEST_ANSWER = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that makes tunnels with CONNECT.

    Attributes:
        host: a name or an address.
        port: the port.
        credentials: what `proxy-authorization` says; empty for nothing.
    """

    host: str
    port: int
    credentials: str = field(default="", repr=False)


def find_proxy(endpoint: Endpoint) -> Proxy | None:
    """The proxy on the way to a server, by `https_proxy`, `all_proxy` and `no_proxy` or the system's settings.

    Plain text and the loopback never go through one.

    Raises:
        Failure: UNAVAILABLE, the proxy is of a kind that is not known.
    """
    if not endpoint.secure or is_loopback(endpoint.host):
        return None
    named = any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"))
    if not named and sys.platform not in ("darwin", "win32"):
        return None
    # It loads http.client and email, which few need.
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    url = proxies.get("https") or proxies.get("all")
    if not url or proxy_bypass(f"{endpoint.host}:{endpoint.port}") or proxy_bypass(endpoint.host):
        return None
    return _parsed(url)


def _parsed(url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    # The URL may hold a password: it is not repeated.
    if not host:
        raise Failure(StatusCode.UNAVAILABLE, "the proxy of the environment is not a URL", unprocessed=True)
    if parts.scheme.lower() != "http":
        raise Failure(
            StatusCode.UNAVAILABLE,
            f"the proxy of the environment has the scheme {parts.scheme!r}; only http:// is supported",
            unprocessed=True,
        )
    credentials = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        credentials = "Basic " + b64encode(pair.encode()).decode("ascii")
    return Proxy(host=host, port=port or 80, credentials=credentials)


def connect_request(proxy: Proxy, endpoint: Endpoint) -> bytes:
    """What asks a proxy for a tunnel."""
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    target = f"{host}:{endpoint.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: {proxy.credentials}")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def read_answer(proxy: Proxy, answer: bytes) -> bool:
    """Read what a proxy has answered so far.

    Returns:
        Whether the answer is whole; then the tunnel stands.

    Raises:
        Failure: UNAVAILABLE, the proxy refuses, or does not speak HTTP.
    """
    name = f"the proxy {proxy.host}:{proxy.port}"
    head, ended, _ = answer.partition(b"\r\n\r\n")
    if not ended:
        if len(answer) > LONGEST_ANSWER:
            raise Failure(StatusCode.UNAVAILABLE, f"{name} does not come to an end", unprocessed=True)
        return False
    first = head.split(b"\r\n")[0].decode("latin-1")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        raise Failure(StatusCode.UNAVAILABLE, f"{name} does not speak HTTP", unprocessed=True)
    if not 200 <= int(words[1]) < 300:
        hint = "; put its user and password into the proxy's URL" if words[1] == "407" else ""
        says = " ".join(words[1:])[:100]
        raise Failure(StatusCode.UNAVAILABLE, f"{name} refuses the connection: {says!r}{hint}", unprocessed=True)
    return True
