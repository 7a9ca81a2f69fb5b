"""Health: whether the gateway runs, and whether it can answer."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Checks", "Health", "Reachable", "Readiness", "address_of"]

CONNECT_SECONDS = 2.0
KEPT_SECONDS = 5.0
"""How long it is believed that the API can be reached, or cannot: probes do not add up to load there."""

_LOOPBACK = ("localhost", "127.", "::1")


class Reachable(Protocol):
    """What answers, or does not."""

    async def reachable(self) -> bool:
        """Whether it does."""


class Checks(msgspec.Struct):
    """What readiness depends on.

    `upstream` is whether the API takes connections, `store` whether budgets can be counted, and `draining` whether the
    gateway is about to stop. Where a gateway is to go on without its store, readiness does not depend on it.
    """

    upstream: bool
    store: bool
    draining: bool


class Readiness(msgspec.Struct):
    """Whether the gateway can answer, and why not."""

    ready: bool
    checks: Checks


class Health:
    """What `/healthz` and `/readyz` answer."""

    def __init__(self) -> None:
        """Look at nothing yet."""
        self._checked: tuple[str, float, bool] = ("", 0.0, False)
        self._lock = asyncio.Lock()

    async def alive(self, exchange: Exchange, _client: AsyncClient) -> None:
        """Answer that it runs."""
        await exchange.answer_bytes(b"ok\n", (b"content-type", b"text/plain; charset=utf-8"))

    async def readiness(self, settings: Settings, store: Reachable, *, draining: bool) -> Readiness:
        """Whether it can answer.

        Args:
            settings: the gateway's.
            store: where budgets are counted.
            draining: whether it is about to stop.
        """
        upstream, counted = await asyncio.gather(self._upstream(settings), store.reachable())
        ready = upstream and not draining and (counted or not settings.refuse_without_store)
        return Readiness(ready, Checks(upstream, counted, draining))

    async def _upstream(self, settings: Settings) -> bool:
        async with self._lock:
            host, moment, reached = self._checked
            now = asyncio.get_running_loop().time()
            if host != settings.api_host or not moment or now - moment >= KEPT_SECONDS:
                reached = await _takes_connections(*address_of(settings.api_host, plaintext=settings.plaintext))
                self._checked = (settings.api_host, asyncio.get_running_loop().time(), reached)
            return reached


def address_of(api_host: str, *, plaintext: bool) -> tuple[str, int]:
    """Where connections to the API begin: at its server, or at the proxy on the way to it.

    Args:
        api_host: as xaiwire's clients take it; it was looked at when they were made.
        plaintext: whether it is spoken to without TLS.

    Returns:
        The host and the port.
    """
    text = api_host.strip()
    scheme, separator, rest = text.rpartition("://")
    rest = rest.removesuffix("/")
    if not rest.startswith("[") and rest.count(":") > 1:
        rest = f"[{rest}]"
    parts = urlsplit(f"//{rest}")
    host = parts.hostname or ""
    loopback = host.startswith(_LOOPBACK)
    secure = scheme.lower() in ("https", "grpcs") if separator else not (plaintext or loopback)
    port = parts.port or (443 if secure else 80)
    if secure and not loopback:
        return _proxy(host, port) or (host, port)
    return host, port


def _proxy(host: str, port: int) -> tuple[str, int] | None:
    if not any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")):
        return None
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    url = proxies.get("https") or proxies.get("all")
    if not url or proxy_bypass(f"{host}:{port}") or proxy_bypass(host):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        found = (parts.hostname, parts.port or 80)
    except ValueError:
        return None
    return (found[0], found[1]) if found[0] else None


async def _takes_connections(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        # A timeout is one, too.
        return False
    writer.close()
    return True
