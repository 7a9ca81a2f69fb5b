"""Whether a failed call is made again, and when. No I/O: clocks and chance come from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xaiwire._calls.server_delay import NO_MORE, server_delay
from xaiwire._services.calls import Idempotency, RetryClass
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    from typing import Any

    from xaiwire._calls.retry import RetryBudget, RetryPolicy
    from xaiwire._services.calls import Method
    from xaiwire._transport.model import Failure, Pairs

__all__ = ["Attempts", "Clock"]


class Clock:
    """Time and chance as calls use them; a test puts its own in their place."""

    __slots__ = ()

    def monotonic(self) -> float:
        """Seconds by a clock that never goes back: that of deadlines."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def random(self) -> float:
        """A number from 0 to below 1."""
        import random

        return random.random()  # noqa: S311 - it spreads retries, it protects nothing


class Attempts:
    """Decides after each failure of one call: give up, or wait.

    Attributes:
        made: how many attempts have failed.
        reason: why there is none after the last failure, where that is not plain; else empty.
    """

    __slots__ = ("_before", "_budget", "_clock", "_deadline", "_delay", "_method", "_policy", "made", "reason")

    def __init__(
        self,
        method: Method[Any, Any],
        policy: RetryPolicy | None,
        deadline: float | None,
        budget: RetryBudget,
        clock: Clock,
    ) -> None:
        """Begin with no attempt made.

        Args:
            method: the RPC.
            policy: how it is retried; None for not at all.
            deadline: when the call has to be over, by the clock; None for never.
            budget: what retries are paid from.
            clock: time and chance.
        """
        self.made = 0
        self.reason = ""
        self._before = ""
        self._method = method
        self._policy = policy
        self._deadline = deadline
        self._budget = budget
        self._clock = clock
        self._delay = policy.first_delay if policy is not None else 0.0

    def after(self, failure: Failure, headers: Pairs, trailers: Pairs, *, begun: bool) -> float | None:
        """Decide after a failure.

        Args:
            failure: how the attempt failed.
            headers: the answer's headers; empty if none came.
            trailers: the answer's trailers; empty if none came.
            begun: a response was handed on, or a message of a stream of requests was taken.

        Returns:
            Seconds to wait before the next attempt; None to give up.
        """
        self.made += 1
        # A deadline says nothing of why there was an attempt when it passed.
        self.reason = self._before if failure.code is StatusCode.DEADLINE_EXCEEDED else ""
        self._before = f"attempt {self.made} had failed with {failure.code.name}: {failure.message}"
        policy = self._policy
        if policy is None or failure.code not in policy.codes or self._method.retry is RetryClass.NEVER:
            return None
        if begun:
            self.reason = "not tried again: messages had been exchanged"
            return None
        named = server_delay(headers, trailers, failure.details, self._clock.wall)
        if not self._allowed(failure, headers, trailers, named):
            return None
        if self.made >= policy.attempts:
            self.reason = f"given up after {self.made} attempts" if policy.attempts > 1 else ""
            return None
        if named is None:
            delay = self._clock.random() * min(self._delay, policy.most_delay)
            self._delay = min(self._delay * policy.multiplier, policy.most_delay)
        elif named == NO_MORE:
            self.reason = "not tried again: the server asks for no further attempt"
            return None
        elif named > policy.most_server_delay:
            self.reason = (
                f"not tried again: the server asks to wait {named:.0f} s, and most_server_delay is "
                f"{policy.most_server_delay:g} s"
            )
            return None
        else:
            delay = named
            self._delay = policy.first_delay
        now = self._clock.monotonic()
        if self._deadline is not None and now + delay >= self._deadline:
            self.reason = f"not tried again: the next attempt, in {delay:.2f} s, would come after the call's timeout"
            return None
        if not self._budget.take(now, policy.budget):
            self.reason = "not tried again: the client's retry budget is used up; see RetryPolicy.budget"
            return None
        return delay

    def _allowed(self, failure: Failure, headers: Pairs, trailers: Pairs, named: float | None) -> bool:
        """Whether a second call can do no harm."""
        answered = any(name == "grpc-status" for name, _ in trailers)
        safe = self._method.retry is RetryClass.ALWAYS or self._method.idempotency is not Idempotency.UNKNOWN
        if failure.code is StatusCode.RESOURCE_EXHAUSTED:
            # Without an answer it is this side's: a message that is too large will be so again.
            return (answered and safe) or named is not None
        if safe or failure.unprocessed or named is not None:
            return True
        if failure.code is StatusCode.UNAVAILABLE and answered and not headers:
            return True
        self.reason = "not tried again: the server may have begun with the call, and a second one would do it twice"
        return False
