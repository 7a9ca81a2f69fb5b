"""An emulator and a gateway on one port: all of xAI's API, in gRPC and in REST, without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.app import Gateway
from xaiwire_server.gateway.settings import Settings
from xaiwire_server.wire.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.wire.model import AsgiApp

__all__ = ["Together"]

_OF_THE_GATEWAY = ("/v1/", "/management/", "/openapi.json", "/docs")


class Together:
    """The two. One event loop calls `start` and `stop`.

    Attributes:
        emulator: the emulator; its page, metrics and control API are where they are without a gateway.
    """

    def __init__(self, emulator: Emulator) -> None:
        """Put a gateway before an emulator.

        Args:
            emulator: does not listen yet.
        """
        self.emulator = emulator
        self._gateway: Gateway | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which xaiwire and the packages of OpenAI and Anthropic find the two while they listen."""
        settings = self.emulator.settings
        return self.emulator.environment | {
            "OPENAI_API_KEY": settings.api_keys[0],
            "OPENAI_BASE_URL": f"{self.emulator.url}/v1",
            "ANTHROPIC_API_KEY": settings.api_keys[0],
            "ANTHROPIC_BASE_URL": self.emulator.url,
        }

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Args:
            host: a name or an address.
            port: its number; 0 takes a free one.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        await self.emulator.start(host, port, around=self._around)
        address = self.emulator.address
        self._gateway = Gateway(
            Settings(
                api_host=address,
                management_host=address,
                plaintext=True,
                metrics=False,
                # Everybody knows the key.
                local_names_only=is_loopback(host),
            )
        )

    async def stop(self, grace: float) -> None:
        """Take no new calls, let those under way end, and close the state.

        Args:
            grace: how long they have, in seconds.
        """
        await self.emulator.stop(grace)
        if self._gateway is not None:
            await self._gateway.close()

    def _around(self, pages: AsgiApp) -> AsgiApp:
        async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
            gateway = self._gateway
            if gateway is not None and scope["type"] == "http" and scope["path"].startswith(_OF_THE_GATEWAY):
                await gateway(scope, receive, send)
            else:
                await pages(scope, receive, send)

        return app
