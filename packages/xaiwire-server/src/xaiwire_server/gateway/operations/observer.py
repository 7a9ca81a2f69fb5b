"""Notes what happens to requests: figures, the access log, traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.routing import Route
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Observer"]


class Observer:
    """Told of each request's begin and end."""

    def __init__(self, settings: Settings) -> None:
        """Begin.

        Args:
            settings: the gateway's.
        """
        self._settings = settings

    def begin(self, exchange: Exchange, route: Route | None) -> None:
        """A request came.

        Args:
            exchange: the request.
            route: what it is for; None where there is no such route.
        """

    def end(self, exchange: Exchange, route: Route | None) -> None:
        """The request is over, by an answer, an error, or the client's leaving: see the exchange.

        Args:
            exchange: the request.
            route: as at its begin.
        """
