"""CORS: which pages of browsers may call. No page may send cookies or a browser's stored passwords along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["ANY_ORIGIN", "Cors"]

ANY_ORIGIN = "*"

MAX_AGE_SECONDS = 600
"""How long a browser may remember what it was told."""

_EXPOSED = b", ".join(
    (
        b"x-request-id",
        b"x-gateway-warning",
        b"retry-after",
        b"x-ratelimit-limit-requests",
        b"x-ratelimit-remaining-requests",
        b"x-ratelimit-limit-tokens",
        b"x-ratelimit-remaining-tokens",
    )
)
_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, \t-]{1,4096}")
_USUAL_NAMES = b"authorization, content-type, x-api-key"


class Cors:
    """Says to browsers what pages may do."""

    def __init__(self, origins: Iterable[str]) -> None:
        """Take the origins.

        Args:
            origins: those whose pages may call, such as `https://app.example`; `*` for all.
        """
        self._origins = frozenset(origin.encode() for origin in origins)
        self._any = ANY_ORIGIN.encode() in self._origins

    def begin(self, exchange: Exchange) -> bool:
        """Put the headers for its page to a request's answer.

        Args:
            exchange: the request.

        Returns:
            Whether it is a preflight, a browser's question of what it may send.
        """
        exchange.extra_headers.append((b"vary", b"origin"))
        origin = exchange.headers.get(b"origin")
        if origin is None:
            return False
        is_preflight = exchange.method == "OPTIONS" and b"access-control-request-method" in exchange.headers
        if self._any or origin in self._origins:
            exchange.extra_headers.append((b"access-control-allow-origin", b"*" if self._any else origin))
            if not is_preflight:
                exchange.extra_headers.append((b"access-control-expose-headers", _EXPOSED))
        return is_preflight

    async def answer(self, exchange: Exchange, methods: Iterable[str]) -> None:
        """Answer a preflight.

        Args:
            exchange: the request, after `begin`.
            methods: those that its path takes.
        """
        # SDKs send headers of their own, such as `x-stainless-lang`; which ones, they alone know.
        asked = exchange.headers.get(b"access-control-request-headers", b"")
        exchange.extra_headers += (
            (b"access-control-allow-methods", ", ".join(sorted(methods)).encode()),
            (b"access-control-allow-headers", asked if _NAMES.fullmatch(asked) else _USUAL_NAMES),
            (b"access-control-max-age", str(MAX_AGE_SECONDS).encode()),
        )
        await exchange.begin(204, ())
        await exchange.send(b"", more=False)
