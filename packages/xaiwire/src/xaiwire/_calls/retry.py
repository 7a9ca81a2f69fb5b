"""How failed calls are made again."""

from __future__ import annotations

from dataclasses import dataclass, field

from xaiwire.errors import StatusCode

__all__ = ["RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How failed calls are made again.

    The delay before attempt n + 1 is a random part of `first_delay * multiplier ** (n - 1)`, at most `most_delay`. Where
    the server names a delay (`grpc-retry-pushback-ms`, `retry-after` or google.rpc.RetryInfo), that one is taken; where
    it asks for no more attempts, there are none. No delay goes past the call's timeout.

    Attributes:
        attempts: how often a call is made at most, the first time included.
        first_delay: seconds.
        most_delay: seconds; a server's own delay may be longer, up to `most_server_delay`.
        multiplier: what the delay grows by.
        codes: the codes after which a call may be made again. RESOURCE_EXHAUSTED is retried where the RPC has no side
            effects, or the server names a delay; what the RPC's own class forbids is never retried.
        most_server_delay: seconds; a server that asks for more ends the call.
        budget: how many retries a client makes at most for each call of the last while, as a share; see RetryBudget.
    """

    attempts: int = 5
    first_delay: float = 0.1
    most_delay: float = 1.0
    multiplier: float = 2.0
    codes: frozenset[StatusCode] = field(
        default_factory=lambda: frozenset({StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED})
    )
    most_server_delay: float = 60.0
    budget: float = 0.2
