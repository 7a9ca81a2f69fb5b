"""How failed calls are made again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from xaiwire.errors import StatusCode, ValidationError

__all__ = ["RetryBudget", "RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How failed calls are made again.

    The delay before attempt n + 1 is a random part of `first_delay * multiplier ** (n - 1)`, at most `most_delay`.
    Where the server names a delay (`grpc-retry-pushback-ms`, `retry-after` or google.rpc.RetryInfo), that one is taken;
    where it asks for no more attempts (a negative or unreadable push-back), there are none. No delay goes past the
    call's timeout: the error is then that of the last attempt, with a note that says so.

    Which calls are made again depends on the RPC:

    - One without side effects, or whose second call does what the first one did (reads, searches, embeddings,
      deletions, updates): after any failure whose code is in `codes`, also where the connection broke midway.
    - One whose second call would do or cost a thing twice (completions, images, new collections): only where the
      server has not done it. That is so where it never got the call (it could not be reached, or refused the stream),
      where it answered UNAVAILABLE and nothing else, as a server does that takes no requests now, or where it named a
      delay, by which it asks for another attempt. Where the connection broke while the server may have been at work,
      the call fails; gRPC's own retries, which the official client uses, may make such a call again. (A proxy may
      answer UNAVAILABLE where it lost the server, which cannot be told from outside. To be sure, leave UNAVAILABLE out
      of `codes`.)
    - An upload: never.

    RESOURCE_EXHAUSTED is retried only as the server's answer; a message that is too large for this side is not. A
    stream of responses is made again only before its first message, a stream of requests only before its first one
    was taken.

    Attributes:
        attempts: how often a call is made at most, the first time included.
        first_delay: seconds.
        most_delay: seconds; a server's own delay may be longer, up to `most_server_delay`.
        multiplier: what the delay grows by.
        codes: the codes after which a call may be made again. RESOURCE_EXHAUSTED is retried where the RPC has no side
            effects, or the server names a delay; what the RPC's own class forbids is never retried.
        most_server_delay: seconds; a server that asks for more ends the call.
        budget: how many retries a client makes at most for each call of the last while, as a share; see RetryBudget.
            `math.inf` for any number.

    Raises:
        ValidationError: a number is out of its range.
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

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ValidationError(f"attempts is a whole number from 1 on; it is {self.attempts!r}")
        for name in ("first_delay", "most_delay", "most_server_delay"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValidationError(f"{name} is a number of seconds from 0 on; it is {getattr(self, name)!r}")
        if not 1 <= self.multiplier < math.inf:
            raise ValidationError(f"multiplier is a number from 1 on; it is {self.multiplier!r}")
        if not self.budget >= 0:
            raise ValidationError(f"budget is a share from 0 on; it is {self.budget!r}")
        codes = frozenset(self.codes)
        if not all(isinstance(code, StatusCode) for code in codes) or StatusCode.OK in codes:
            raise ValidationError("codes takes values of StatusCode other than OK")
        object.__setattr__(self, "codes", codes)


class RetryBudget:
    """Keeps a client from doubling the load of a server that fails: retries are bought with calls.

    Each call brings in a share of a retry (`RetryPolicy.budget`, 0.2: one retry for five calls), up to `MOST` retries;
    each retry costs one. A client has `RESERVE` retries at the start, and gets them back at `PER_SECOND`. That is the
    aim of gRPC's own throttling (https://github.com/grpc/proposal/blob/master/A6-client-retries.md), which counts
    failures against successes and stops a client that makes few calls after the second one that fails.

    A client and what `with_options` makes of it share one. It may be used from several threads: a race loses a
    fraction of a retry.
    """

    RESERVE = 100.0
    MOST = 10_000.0
    PER_SECOND = 10.0

    __slots__ = ("_paid_until", "_retries")

    def __init__(self) -> None:
        self._retries = self.RESERVE
        self._paid_until = -math.inf

    def called(self, share: float) -> None:
        """A call is made for the first time.

        Args:
            share: of a retry; an infinite one pays for its own calls alone.
        """
        if self._retries < self.MOST and share != math.inf:
            self._retries = min(self.MOST, self._retries + share)

    def take(self, now: float, share: float) -> bool:
        """Whether a retry may be made; it is paid then.

        Args:
            now: by a clock that never goes back, in seconds.
            share: what the call brought in.
        """
        if share == math.inf:
            return True
        if self._retries < self.RESERVE:
            since = now - self._paid_until
            self._retries = min(self.RESERVE, self._retries + max(since, 0.0) * self.PER_SECOND)
        self._paid_until = now
        if self._retries < 1:
            return False
        self._retries -= 1
        return True
