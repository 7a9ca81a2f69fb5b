"""When to ask a server again, and when to give up waiting."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from xaiwire.errors import ValidationError

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._options import PollOptions
    from xaiwire.errors import DeadlineExceededError, XaiError

__all__ = ["Polling"]

GROWTH = 1.5
CLOCK_TOLERANCE = 0.1


class Polling(ABC):
    """One wait: when to ask again, and when to give up.

    The time between questions grows by half each time, up to a limit, or to the first one where that is longer.

    Args:
        timeout: how long to wait, in seconds or as a timedelta; None for without end.
        interval: how long to wait before the second question, in seconds or as a timedelta.
        most: the longest time between questions, in seconds.

    Attributes:
        timeout: how long to wait, in seconds.

    Raises:
        ValidationError: a time is not positive, or is not finite.
    """

    def __init__(
        self,
        *,
        timeout: timedelta | float | None,
        interval: timedelta | float,
        most: float,
    ) -> None:
        self.timeout = math.inf if timeout is None else _seconds("timeout", timeout)
        self._delay = _seconds("interval", interval)
        self._most = max(self._delay, most)
        self._deadline = time.monotonic() + self.timeout

    def options(self, given: PollOptions) -> CallOptions:
        """The options of the next question, which takes no longer than what is left of the time.

        Args:
            given: what is said of all questions.

        Raises:
            XaiError: the time is over.
        """
        options = cast("CallOptions", dict(given))
        left = self._left()
        if left <= 0:
            raise self._over()
        if left < math.inf:
            options["timeout"] = left
        return options

    def delay(self) -> float:
        """Seconds to wait before the next question."""
        delay, self._delay = self._delay, min(self._delay * GROWTH, self._most)
        return max(0.0, min(delay, self._left()))

    def check_late(self, error: DeadlineExceededError) -> None:
        """Refuse to go on where a question was not answered in time because the waiting is over.

        Args:
            error: what became of the question.

        Raises:
            XaiError: the waiting is over.
        """
        # The question had until the deadline; the server's clock may be a little ahead.
        if self._left() < CLOCK_TOLERANCE:
            raise self._over() from error

    @abstractmethod
    def _over(self) -> XaiError:
        """The error that says that the time is over."""

    def _left(self) -> float:
        return self._deadline - time.monotonic()


def _seconds(name: str, given: timedelta | float) -> float:
    seconds = given.total_seconds() if isinstance(given, timedelta) else float(given)
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValidationError(f"{name} has to be more than 0 s, and not without end, not {given}")
    return seconds
