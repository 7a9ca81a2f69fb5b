"""Routes for those who run a gateway, and its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.operations.description import Description
from xaiwire_server.gateway.operations.health import Health, Readiness
from xaiwire_server.gateway.routing import Route

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.operations.health import Reachable
    from xaiwire_server.gateway.operations.observer import Observer
    from xaiwire_server.gateway.routing import Router
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Watched", "operations_routes"]

_TAG = "Operations"


class Watched(Protocol):
    """A gateway, as far as it is looked at from here."""

    @property
    def settings(self) -> Settings:
        """How it is set up now."""

    @property
    def router(self) -> Router:
        """Its routes."""

    @property
    def is_draining(self) -> bool:
        """Whether it is about to stop."""

    @property
    def budgets(self) -> Reachable:
        """Where budgets are counted."""

    @property
    def observer(self) -> Observer:
        """What notes its requests."""


def operations_routes(gateway: Watched) -> tuple[Route, ...]:
    """The routes. None of them needs a key, and none says what a stranger must not know.

    Args:
        gateway: what is looked at.
    """
    health = Health()
    description = Description(lambda: gateway.router.routes)

    async def ready(exchange: Exchange, _client: AsyncClient) -> None:
        found = await health.readiness(gateway.settings, gateway.budgets, draining=gateway.is_draining)
        await exchange.answer(found, status=200 if found.ready else 503)

    async def figures(exchange: Exchange, _client: AsyncClient) -> None:
        if not exchange.settings.metrics:
            raise ApiError(404, "metrics are off; the gateway's setting `metrics` turns them on", code="metrics_off")
        accept = exchange.headers.get(b"accept", b"").decode("latin-1")
        content, content_type = gateway.observer.metrics.show(accept)
        await exchange.answer_bytes(content, (b"content-type", content_type.encode()))

    return (
        Route(
            name="operations.health",
            method="GET",
            path="/healthz",
            endpoint=health.alive,
            summary="Say that the gateway runs",
            tag=_TAG,
            content="text/plain",
            needs_key=False,
        ),
        Route(
            name="operations.readiness",
            method="GET",
            path="/readyz",
            endpoint=ready,
            summary="Say whether the gateway can answer: it is not about to stop, and reaches the API and its store",
            tag=_TAG,
            response=Readiness,
            statuses={503: "It cannot, and the checks say why."},
            bodies={503: Readiness},
            needs_key=False,
        ),
        Route(
            name="operations.metrics",
            method="GET",
            path="/metrics",
            endpoint=figures,
            summary="Figures of requests, as Prometheus reads them",
            tag=_TAG,
            content="text/plain",
            statuses={404: "Figures are not counted."},
            needs_key=False,
        ),
        Route(
            name="operations.openapi",
            method="GET",
            path="/openapi.json",
            endpoint=description.document,
            summary="Describe this API for programs, as OpenAPI 3.1",
            tag=_TAG,
            content="application/json",
            needs_key=False,
        ),
        Route(
            name="operations.reference",
            method="GET",
            path="/docs",
            endpoint=description.page,
            summary="Describe this API for people, on a page",
            tag=_TAG,
            content="text/html",
            needs_key=False,
        ),
    )
