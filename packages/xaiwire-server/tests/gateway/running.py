"""A gateway in the event loop that the tests' emulators run in."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from xaiwire_server.emulator.settings import API_KEY
from xaiwire_server.gateway.app import Gateway
from xaiwire_server.gateway.settings import Settings
from xaiwire_server.wire.model import Served
from xaiwire_server.wire.port import Port


@dataclass
class RunningGateway:
    """A gateway that listens.

    Attributes:
        url: where, as `http://127.0.0.1:PORT`.
        gateway: the application.
        loop: the event loop in which it runs.
    """

    url: str
    gateway: Gateway
    loop: asyncio.AbstractEventLoop

    def http(self, key: str = API_KEY, **headers: str) -> httpx2.Client:
        """A client of HTTP that sends a key, to be closed by the caller."""
        return httpx2.Client(base_url=self.url, headers={"authorization": f"Bearer {key}", **headers}, timeout=30)

    def settle(self) -> None:
        """Wait until all requests are over for the gateway, too, and not just answered."""

        async def over():
            async with asyncio.timeout(10):
                while self.gateway._exchanges:
                    await asyncio.sleep(0.005)

        asyncio.run_coroutine_threadsafe(over(), self.loop).result()


@contextmanager
def running_gateway(loop: asyncio.AbstractEventLoop, upstream: str, **settings) -> Iterator[RunningGateway]:
    """Run a gateway.

    Args:
        loop: where; it runs in another thread.
        upstream: the server behind it, as `localhost:PORT`.
        **settings: of the gateway.
    """
    made = Settings(**{"api_host": upstream, "management_host": upstream, "retries": 1} | settings)

    async def start():
        gateway = Gateway(made)
        port = Port(Served(None, gateway, write_seconds=made.write_timeout))
        await port.listen("127.0.0.1", 0)
        return gateway, port

    async def stop():
        await port.close(5)
        await gateway.close()

    gateway, port = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield RunningGateway(f"http://{port.authority}", gateway, loop)
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result()
