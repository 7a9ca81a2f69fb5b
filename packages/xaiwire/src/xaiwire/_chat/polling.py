"""How to wait for a deferred completion."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from xaiwire._chat.tool_calls import enum_name
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire._gen.xai.api.v1.deferred_pb import DeferredStatus
from xaiwire.errors import DeferredExpiredError, DeferredTimeoutError, ValidationError, XaiError

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._options import PollOptions

__all__ = ["DEFAULT_INTERVAL", "DEFAULT_TIMEOUT", "Wait"]

DEFAULT_TIMEOUT = timedelta(minutes=10)
DEFAULT_INTERVAL = timedelta(milliseconds=100)
GROWTH = 1.5
MOST_INTERVAL = 5.0


class Wait:
    """The waiting for one completion: when to ask again, and when to give up.

    The time between questions grows by half each time, up to 5 s, or to the first one where that is longer.

    Args:
        request_id: what the completion is asked for with.
        timeout: how long to wait.
        interval: how long to wait before the second question.

    Raises:
        ValidationError: a time is not positive.
    """

    def __init__(
        self, request_id: str, *, timeout: timedelta | float | None, interval: timedelta | float | None
    ) -> None:
        self.request_id = request_id
        self._timeout = _seconds("timeout", DEFAULT_TIMEOUT if timeout is None else timeout)
        self._delay = _seconds("interval", DEFAULT_INTERVAL if interval is None else interval)
        self._most = max(self._delay, MOST_INTERVAL)
        self._deadline = time.monotonic() + self._timeout

    def next_delay(self) -> float:
        """Seconds to wait before the next question.

        Raises:
            DeferredTimeoutError: the time is over.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._over()
        delay, self._delay = self._delay, min(self._delay * GROWTH, self._most)
        return min(delay, left)

    def options(self, given: PollOptions) -> CallOptions:
        """The options of a question, which takes no longer than what is left of the time.

        Args:
            given: what is said of all of them.

        Raises:
            DeferredTimeoutError: the time is over.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._over()
        return {**given, "timeout": left}

    def response(self, answer: chat_pb.GetDeferredCompletionResponse) -> chat_pb.GetChatCompletionResponse | None:
        """The completion, if it is done; None as long as it is not.

        Raises:
            DeferredExpiredError: it is gone.
            XaiError: the server says something else.
        """
        if answer.status == DeferredStatus.DONE:
            return answer.response or chat_pb.GetChatCompletionResponse()
        if answer.status == DeferredStatus.PENDING:
            return None
        if answer.status == DeferredStatus.EXPIRED:
            raise DeferredExpiredError(
                "the deferred completion has expired; they are kept for a day and handed out once",
                request_id=self.request_id,
            )
        raise XaiError(f"the status of the deferred completion is {enum_name(answer.status)}, which is not known")

    def _over(self) -> DeferredTimeoutError:
        return DeferredTimeoutError(
            f"the deferred completion was not ready within {self._timeout:g} s; ask for it later with "
            f"client.deferred.wait({self.request_id!r})",
            request_id=self.request_id,
        )


def _seconds(name: str, given: timedelta | float) -> float:
    seconds = given.total_seconds() if isinstance(given, timedelta) else float(given)
    if not 0 < seconds < math.inf:
        raise ValidationError(f"{name} is a time above 0; it is {given}")
    return seconds
