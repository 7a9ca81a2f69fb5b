"""Where budgets are counted: in this process, or in a Valkey or Redis that several gateways share.

A window of a minute begins with the first count that falls into it, and ends by itself.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from limits.aio.storage import Storage
    from valkey.asyncio import BlockingConnectionPool

__all__ = ["MEMORY", "Store", "StoreError", "open_store", "shown"]

MEMORY = "memory"

WINDOW_SECONDS = 60

ANSWER_SECONDS = 1.0
"""How long a server may take."""

MOST_CONNECTIONS = 64

_SCHEMES = {"valkey": "valkey", "redis": "valkey", "valkeys": "valkeys", "rediss": "valkeys"}
_FORM = "valkey://HOST:PORT/DB or redis://HOST:PORT/DB, with valkeys or rediss for TLS"


class StoreError(Exception):
    """A store cannot be used, or does not answer; the text says why, without its password."""


class Store(Protocol):
    """Counts in windows of a minute. Each method may raise StoreError."""

    async def add(self, name: str, amount: int) -> int:
        """Add to a count; what it is then."""

    async def count(self, name: str) -> int:
        """What a count is."""

    async def seconds_left(self, name: str) -> int:
        """How long a count's window lasts, at least one second."""

    async def close(self) -> None:
        """Close the connections."""


def open_store(address: str) -> Store:
    """A store; nothing connects yet.

    Args:
        address: `memory`, or `valkey://HOST:PORT/DB`.

    Raises:
        StoreError: there is no such kind, the address is none, or a package is missing.
    """
    from limits.aio.storage import MemoryStorage, RedisStorage

    if address == MEMORY:
        return _Counts(MemoryStorage())
    pool = _pool(address)
    return _Server(RedisStorage("async+valkey://", connection_pool=pool, key_prefix="xaiwire-gateway"), pool)  # type: ignore[arg-type]


def shown(address: str) -> str:
    """An address without user and password."""
    credentials, at, rest = address.rpartition("@")
    return f"{credentials.partition('://')[0]}://{rest}" if at else address


def _pool(address: str) -> BlockingConnectionPool:
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise StoreError(f"{shown(address)!r} is no store: give memory, {_FORM}")
    try:
        from valkey.asyncio import BlockingConnectionPool
    except ImportError as error:
        raise StoreError(f"the client of Valkey is missing ({error}); install xaiwire-server[valkey]") from error
    try:
        parts = urlsplit(address)
        if not parts.hostname or parts.port == 0 or not _is_database(parts.path) or parts.query or parts.fragment:
            raise ValueError  # noqa: TRY301 - as with a port that is no number
    except ValueError:
        raise StoreError(f"{shown(address)!r} is no address of a store: {_FORM}") from None
    return BlockingConnectionPool.from_url(
        f"{_SCHEMES[scheme]}://{rest}",
        max_connections=MOST_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
    )


def _is_database(path: str) -> bool:
    number = path.removeprefix("/")
    return not number or (number.isascii() and number.isdigit())


class _Counts:
    """Counts of `limits`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def add(self, name: str, amount: int) -> int:
        return await self._storage.incr(name, WINDOW_SECONDS, amount)

    async def count(self, name: str) -> int:
        return await self._storage.get(name)

    async def seconds_left(self, name: str) -> int:
        return max(1, ceil(await self._storage.get_expiry(name) - time.time()))

    async def close(self) -> None:
        """Nothing is open."""


class _Server(_Counts):
    """Counts on a server."""

    def __init__(self, storage: Storage, pool: BlockingConnectionPool) -> None:
        super().__init__(storage)
        self._pool = pool

    async def add(self, name: str, amount: int) -> int:
        async with _asked():
            return await super().add(name, amount)

    async def count(self, name: str) -> int:
        async with _asked():
            return await super().count(name)

    async def seconds_left(self, name: str) -> int:
        async with _asked():
            return await super().seconds_left(name)

    async def close(self) -> None:
        await self._pool.disconnect()


@asynccontextmanager
async def _asked() -> AsyncIterator[None]:
    from valkey.exceptions import ValkeyError

    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except TimeoutError:
        raise StoreError(f"it did not answer within {ANSWER_SECONDS:g} s") from None
    except (ValkeyError, OSError, ValueError) as error:
        raise StoreError(str(error)) from error
