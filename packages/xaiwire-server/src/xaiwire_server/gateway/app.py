"""The gateway as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from xaiwire import AsyncClient, RetryPolicy
from xaiwire_server.gateway.access.budgets import Budgets
from xaiwire_server.gateway.access.keys import Keyring, check_route
from xaiwire_server.gateway.endpoints.table import api_routes
from xaiwire_server.gateway.http.error_bodies import error_body
from xaiwire_server.gateway.http.exchange import Exchange
from xaiwire_server.gateway.http.failures import CLIENT_CLOSED, ApiError, ClientGoneError, meaning
from xaiwire_server.gateway.operations.observer import Observer
from xaiwire_server.gateway.routing import Router

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from xaiwire_server.gateway.routing import Found, Route
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Gateway"]

_LOG = logging.getLogger("xaiwire_server.gateway")


class Gateway:
    """The application. One event loop uses it, from its first request until `close`.

    Attributes:
        settings: how it is set up now.
        router: its routes.
    """

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet.

        Args:
            settings: how it is set up.
        """
        self.router = Router(api_routes())
        self._use(settings)

    def _use(self, settings: Settings) -> None:
        self.settings = settings
        self._keyring = Keyring(settings)
        self._budgets = Budgets(settings)
        self._observer = Observer(settings)
        self._client = _client(settings)

    async def close(self) -> None:
        """Close the connections upstream."""
        await self._client.close()
        await self._budgets.close()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        """Answer a request."""
        exchange = Exchange(scope, receive, send, self.settings)
        found = self.router.find(exchange.path, scope.get("raw_path") or exchange.path.encode())
        route = found.routes.get(exchange.method)
        self._observer.begin(exchange, route)
        try:
            await self._answer(exchange, route, found)
        except ClientGoneError:
            exchange.is_gone = True
        except asyncio.CancelledError:
            if not exchange.is_gone:
                raise
            # The watcher cancelled this task, for nobody waits for the answer any more.
            if task := asyncio.current_task():
                task.uncancel()
        except Exception as error:  # noqa: BLE001 - a bug is answered and logged, and the next request served
            await self._refuse(exchange, route, error)
        finally:
            exchange.close()
            if exchange.is_gone:
                exchange.status = CLIENT_CLOSED
            self._observer.end(exchange, route)
            if exchange.caller is not None:
                await self._budgets.charge(exchange.caller, exchange.usage)

    async def _answer(self, exchange: Exchange, route: Route | None, found: Found) -> None:
        if route is None:
            raise _no_route(exchange, found)
        exchange.params = found.params
        if route.needs_key:
            exchange.caller = self._keyring.caller(exchange.headers)
            check_route(exchange.caller, route)
            await self._budgets.admit(exchange.caller)
        await route.endpoint(exchange, self._client)

    async def _refuse(self, exchange: Exchange, route: Route | None, error: Exception) -> None:
        meant = meaning(error)
        if meant is None:
            _LOG.exception("a bug", exc_info=error, extra={"request_id": exchange.request_id})
            meant = ApiError(500, "a bug of the gateway; its log has the reason", code="internal_error")
        exchange.failed = meant
        if exchange.has_begun:
            # What was sent cannot be taken back; that it is not whole, the broken connection says.
            return
        form = route.errors if route is not None else "openai"
        headers = meant.headers
        await exchange.answer(error_body(meant, form, exchange.request_id), status=meant.status, headers=headers)


def _no_route(exchange: Exchange, found: Found) -> ApiError:
    if not found.routes:
        return ApiError(404, f"there is no {exchange.path}; GET /openapi.json says what there is", code="unknown_url")
    allowed = ", ".join(sorted(found.routes))
    return ApiError(405, f"{exchange.path} takes {allowed}", code="method_not_allowed", headers=(("allow", allowed),))


def _client(settings: Settings) -> AsyncClient:
    # Each call says its caller's own key in place of this one.
    return AsyncClient(
        api_key="none",
        management_api_key="none",
        api_host=settings.api_host,
        management_api_host=settings.management_host,
        use_insecure_channel=settings.plaintext,
        timeout=settings.timeout,
        retry=RetryPolicy(attempts=settings.retries) if settings.retries > 1 else None,
        user_agent="xaiwire-gateway",
    )
