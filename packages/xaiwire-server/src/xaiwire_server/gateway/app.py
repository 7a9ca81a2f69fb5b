"""The gateway as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from xaiwire import AsyncClient, RetryPolicy
from xaiwire_server.gateway.access.budgets import Budgets
from xaiwire_server.gateway.access.keys import Keyring, check_route
from xaiwire_server.gateway.access.store import open_store
from xaiwire_server.gateway.endpoints.table import api_routes
from xaiwire_server.gateway.http.cors import Cors
from xaiwire_server.gateway.http.error_bodies import error_body
from xaiwire_server.gateway.http.exchange import Exchange
from xaiwire_server.gateway.http.failures import CLIENT_CLOSED, ApiError, ClientGoneError, meaning
from xaiwire_server.gateway.http.query import read_query
from xaiwire_server.gateway.operations.observer import Observer
from xaiwire_server.gateway.operations.routes import operations_routes
from xaiwire_server.gateway.routing import Router
from xaiwire_server.wire.hosts import is_local_name

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from xaiwire.telemetry import Telemetry
    from xaiwire_server.gateway.access.store import Store
    from xaiwire_server.gateway.routing import Found, Route
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Gateway"]

_LOG = logging.getLogger("xaiwire_server.gateway")


class _Setup:
    """What follows from settings. A request ends with the one that it began with.

    Attributes:
        settings: from which it follows.
        requests: how many have begun with it, and are not over.
    """

    __slots__ = ("budgets", "client", "cors", "keyring", "requests", "settings", "store")

    def __init__(self, settings: Settings, store: Store, telemetry: Telemetry | None) -> None:
        self.settings = settings
        self.store = store
        self.keyring = Keyring(settings)
        self.budgets = Budgets(settings, store)
        self.cors = Cors(settings.cors_origins) if settings.cors_origins else None
        self.client = _client(settings, telemetry)
        self.requests = 0


class Gateway:
    """The application. One event loop uses it, from its first request until `close`.

    Attributes:
        router: its routes.
        observer: what notes its requests.
        is_draining: it takes no new clients, since it is about to stop.
    """

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet.

        Args:
            settings: how it is set up.
        """
        self.router = Router((*api_routes(), *operations_routes(self)))
        self.is_draining = False
        self.observer = Observer(settings)
        self._setup = _Setup(settings, open_store(settings.store), self.observer.telemetry)
        self._setups = {self._setup}
        self._exchanges: set[Exchange] = set()

    @property
    def settings(self) -> Settings:
        """How it is set up now."""
        return self._setup.settings

    @property
    def budgets(self) -> Budgets:
        """What gateway keys may still use now."""
        return self._setup.budgets

    async def reload(self, settings: Settings) -> None:
        """Go on with other settings; requests that are under way end as they were begun.

        Args:
            settings: those that hold for requests from now on.

        Raises:
            ConfigurationError: a host cannot be used.
            StoreError: the store cannot be used; nothing has changed.
            TracesError: traces cannot be made; nothing has changed.
        """
        before = self._setup
        # The minute's counts go on where they are.
        store = before.store if before.settings.store == settings.store else open_store(settings.store)
        self.observer.use(settings)
        self._setup = _Setup(settings, store, self.observer.telemetry)
        self._setups.add(self._setup)
        if not before.requests:
            await self._end(before)

    def drain(self) -> None:
        """Say from now on that no new clients are wanted."""
        self.is_draining = True

    def cut(self) -> None:
        """End all requests that are under way: a stream with an error event, all others with an error."""
        for exchange in tuple(self._exchanges):
            exchange.cut(ApiError(503, "the gateway is being stopped; send the request again", code="shutting_down"))

    async def close(self) -> None:
        """Close the connections upstream."""
        for setup in tuple(self._setups):
            await self._end(setup)
        await self.observer.close()

    async def _end(self, setup: _Setup) -> None:
        self._setups.discard(setup)
        await setup.client.close()
        if all(other.store is not setup.store for other in self._setups):
            await setup.store.close()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        """Answer a request."""
        setup = self._setup
        exchange = Exchange(scope, receive, send, setup.settings)
        setup.requests += 1
        self._exchanges.add(exchange)
        try:
            await self._serve(exchange, setup)
        finally:
            self._exchanges.discard(exchange)
            setup.requests -= 1
            if setup is not self._setup and not setup.requests:
                await self._end(setup)

    async def _serve(self, exchange: Exchange, setup: _Setup) -> None:
        found = self.router.find(exchange.path, exchange.scope.get("raw_path") or exchange.path.encode())
        route = found.routes.get(exchange.method)
        noted = self.observer.begin(exchange, route)
        try:
            if setup.cors is not None and setup.cors.begin(exchange):
                await setup.cors.answer(exchange, found.routes)
            else:
                await self._answer(exchange, route, found, setup)
        except ClientGoneError:
            exchange.is_gone = True
        except asyncio.CancelledError:
            if not exchange.is_gone and exchange.cut_by is None:
                raise
            # The watcher cancelled this task, for nobody waits for the answer any more; or `cut` did.
            if task := asyncio.current_task():
                task.uncancel()
            if not exchange.is_gone and exchange.cut_by is not None:
                await self._refuse(exchange, route, exchange.cut_by)
        except Exception as error:  # noqa: BLE001 - a bug is answered and logged, and the next request served
            await self._refuse(exchange, route, error)
        finally:
            exchange.close()
            if exchange.is_gone:
                exchange.status = CLIENT_CLOSED
            self.observer.end(exchange, route, noted)
            if exchange.caller is not None and exchange.caller.gateway_key is not None:
                await setup.budgets.charge(exchange.caller.gateway_key, exchange.usage)

    async def _answer(self, exchange: Exchange, route: Route | None, found: Found, setup: _Setup) -> None:
        if exchange.settings.local_names_only:
            _check_local(exchange)
        if route is None:
            raise _no_route(exchange, found)
        exchange.params = found.params()
        if route.needs_key:
            caller = exchange.caller = setup.keyring.caller(exchange.headers)
            if caller.gateway_key is not None:
                check_route(caller, route)
                await setup.budgets.admit(caller.gateway_key, exchange)
            # Probes and scrapes may say what they like.
            if exchange.scope["query_string"]:
                read_query(exchange, route.query)
        await route.endpoint(exchange, setup.client)

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


def _check_local(exchange: Exchange) -> None:
    """Let no page of another site act through a browser on this machine."""
    try:
        host = urlsplit(f"//{exchange.headers.get(b'host', b'').decode('latin-1')}").hostname or ""
    except ValueError:
        host = ""
    if not is_local_name(host):
        raise ApiError(403, f"this gateway is not for the host {host!r}; ask for it by address", code="wrong_host")


def _no_route(exchange: Exchange, found: Found) -> ApiError:
    if not found.routes:
        return ApiError(404, f"there is no {exchange.path}; GET /openapi.json says what there is", code="unknown_url")
    allowed = ", ".join(sorted(found.routes))
    return ApiError(405, f"{exchange.path} takes {allowed}", code="method_not_allowed", headers=(("allow", allowed),))


def _client(settings: Settings, telemetry: Telemetry | None) -> AsyncClient:
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
        telemetry=telemetry,
    )
