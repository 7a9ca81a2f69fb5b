"""Budgets: how many requests and tokens a gateway key may use in a minute.

Requests are counted when they come, tokens when the answer is over, for only then it is known how many it took. So the
last answer of a minute may go past the budget; it is counted all the same, and nothing is admitted until the minute is
over. Completions that are made in the background are counted when they are started, by what they may take at most: see
`endpoints.chat`.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.store import StoreError
from xaiwire_server.gateway.http.failures import ApiError

if TYPE_CHECKING:
    from xaiwire_server.gateway.access.store import Store
    from xaiwire_server.gateway.http.exchange import Exchange, Usage
    from xaiwire_server.gateway.settings import KeySettings, Settings

__all__ = ["Budgets"]

_LOG = logging.getLogger("xaiwire_server.gateway")

LOG_SECONDS = 60.0
"""How often it is said at most that the store cannot be reached."""


class Budgets:
    """Counts what gateway keys use."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin.

        Args:
            settings: the gateway's.
            store: where it is counted.
        """
        self._refuse = settings.refuse_without_store
        self._store = store
        self._logged = -LOG_SECONDS

    async def admit(self, key: KeySettings, exchange: Exchange) -> None:
        """Count a request, and see whether the budgets of its key allow it.

        Args:
            key: whose request it is.
            exchange: the request; its answer will say in headers what is left.

        Raises:
            ApiError: 429, a budget is used up, with `retry-after`; 503, the store cannot be reached.
        """
        if key.requests_per_minute is None and key.tokens_per_minute is None:
            return
        try:
            if key.tokens_per_minute is not None:
                await self._see(key, exchange, "tokens", key.tokens_per_minute)
            if key.requests_per_minute is not None:
                await self._see(key, exchange, "requests", key.requests_per_minute)
        except StoreError as error:
            self._note(error)
            if self._refuse:
                raise ApiError(
                    503,
                    "the gateway's store of budgets cannot be reached, so this request is not counted; try again later",
                    code="limits_unavailable",
                    headers=(("retry-after", "1"),),
                ) from error

    async def charge(self, key: KeySettings, usage: Usage) -> None:
        """Count what an answer took.

        Args:
            key: whose request it was.
            usage: what it took.
        """
        if key.tokens_per_minute is None or usage.total <= 0:
            return
        try:
            await self._store.add(_name(key, "tokens"), usage.total)
        except StoreError as error:
            self._note(error)

    async def reachable(self) -> bool:
        """Whether the store answers."""
        try:
            await self._store.count("reachable")
        except StoreError as error:
            self._note(error)
            return False
        return True

    async def _see(self, key: KeySettings, exchange: Exchange, what: str, limit: int) -> None:
        name = _name(key, what)
        if what == "requests":
            used = await self._store.add(name, 1)
            is_used_up = used > limit
        else:
            used = await self._store.count(name)
            is_used_up = used >= limit
        exchange.extra_headers += (
            (b"x-ratelimit-limit-" + what.encode(), str(limit).encode()),
            (b"x-ratelimit-remaining-" + what.encode(), str(max(0, limit - used)).encode()),
        )
        if is_used_up:
            seconds = await self._store.seconds_left(name)
            raise ApiError(
                429,
                f"this gateway key may use {limit:,} {what} in a minute, and they are used up; "
                f"send the request again in {seconds} s",
                code=f"{what}_per_minute_exceeded",
                headers=(("retry-after", str(seconds)),),
            )

    def _note(self, error: StoreError) -> None:
        now = time.monotonic()
        if now - self._logged >= LOG_SECONDS:
            self._logged = now
            done = "refused" if self._refuse else "admitted without being counted"
            _LOG.error("the store of budgets cannot be reached; requests are %s", done, extra={"reason": str(error)})


def _name(key: KeySettings, what: str) -> str:
    # By the name, not by the digest: a key that is changed goes on with what is left of the minute.
    return f"{key.name}:{what}"
