"""What the gateway offers, for programs and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.routing import Route

__all__ = ["Description"]


class Description:
    """What `/openapi.json` and `/docs` answer. It is made when it is first asked for, and kept."""

    def __init__(self, routes: Callable[[], tuple[Route, ...]]) -> None:
        """Make nothing yet.

        Args:
            routes: gives what is described.
        """
        self._routes = routes
        self._documents: dict[bool, bytes] = {}
        self._pages: dict[bool, tuple[bytes, str]] = {}

    async def document(self, exchange: Exchange, _client: AsyncClient) -> None:
        """Answer with the document."""
        content = self._document(strict=exchange.settings.strict)
        await exchange.answer_bytes(content, (b"content-type", b"application/json"))

    async def page(self, exchange: Exchange, _client: AsyncClient) -> None:
        """Answer with the page."""
        content, policy = self._page(strict=exchange.settings.strict)
        await exchange.answer_bytes(
            content,
            (b"content-type", b"text/html; charset=utf-8"),
            headers=(
                ("content-security-policy", policy),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-cache"),
            ),
        )

    def _document(self, *, strict: bool) -> bytes:
        if strict not in self._documents:
            from xaiwire_server.gateway.openapi import openapi_document

            self._documents[strict] = msgspec.json.encode(openapi_document(self._routes(), strict=strict))
        return self._documents[strict]

    def _page(self, *, strict: bool) -> tuple[bytes, str]:
        if strict not in self._pages:
            from xaiwire_server.gateway.reference_page import reference_page

            self._pages[strict] = reference_page(msgspec.json.decode(self._document(strict=strict)))
        return self._pages[strict]
