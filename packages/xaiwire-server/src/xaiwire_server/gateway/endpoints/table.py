"""All routes of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.endpoints.chat import CHAT_ROUTES

if TYPE_CHECKING:
    from xaiwire_server.gateway.routing import Route

__all__ = ["api_routes"]


def api_routes() -> tuple[Route, ...]:
    """The routes, in the order of the documentation."""
    return (*CHAT_ROUTES,)
