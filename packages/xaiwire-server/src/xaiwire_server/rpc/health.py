"""The service by which clients of gRPC ask whether a server serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from xaiwire_server._gen.grpc.health.v1 import health_pb
from xaiwire_server.rpc.refusal import not_found

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

__all__ = ["HealthService"]

_Status = health_pb.HealthCheckResponse.ServingStatus


class HealthService:
    """The service. It serves until `leave` is called."""

    def __init__(self, services: Collection[str]) -> None:
        """Begin.

        Args:
            services: the names of what is served.
        """
        self._services = frozenset(services)
        self._leaving = asyncio.Event()

    def handlers(self) -> dict[str, Callable[[Any, Any], Any]]:
        """The RPCs of the service."""
        return {"/grpc.health.v1.Health/Check": self.check, "/grpc.health.v1.Health/Watch": self.watch}

    def leave(self) -> None:
        """The server is about to stop."""
        self._leaving.set()

    async def check(self, request: health_pb.HealthCheckRequest, _context: object) -> health_pb.HealthCheckResponse:
        """Whether a service is served; an empty name asks for the whole server."""
        if request.service and request.service not in self._services:
            raise not_found("service", request.service)
        return health_pb.HealthCheckResponse(status=self._status())

    async def watch(
        self, request: health_pb.HealthCheckRequest, _context: object
    ) -> AsyncIterator[health_pb.HealthCheckResponse]:
        """The same, now and whenever it changes."""
        known = not request.service or request.service in self._services
        yield health_pb.HealthCheckResponse(status=self._status() if known else _Status.SERVICE_UNKNOWN)
        await self._leaving.wait()
        yield health_pb.HealthCheckResponse(status=_Status.NOT_SERVING)

    def _status(self) -> health_pb.HealthCheckResponse.ServingStatus:
        return _Status.NOT_SERVING if self._leaving.is_set() else _Status.SERVING
