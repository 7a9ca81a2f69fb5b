"""Budgets: how many requests and tokens a gateway key may use in a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xaiwire_server.gateway.http.exchange import Caller, Usage
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Budgets"]


class Budgets:
    """Counts what gateway keys use."""

    def __init__(self, settings: Settings) -> None:
        """Begin.

        Args:
            settings: the gateway's.
        """
        self._settings = settings

    async def admit(self, caller: Caller) -> None:
        """Count a request, and see whether the caller's budgets allow it.

        Args:
            caller: who made it.

        Raises:
            ApiError: 429, a budget is used up, with `retry-after`; 503, the store cannot be reached.
        """

    async def charge(self, caller: Caller, usage: Usage) -> None:
        """Count what an answer took.

        Args:
            caller: whose request it was.
            usage: what it took.
        """

    async def close(self) -> None:
        """Close the connections to the store."""
