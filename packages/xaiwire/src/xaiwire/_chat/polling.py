"""How to wait for a deferred completion."""

from __future__ import annotations

from datetime import timedelta

from xaiwire._choices import enum_name
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire._gen.xai.api.v1.deferred_pb import DeferredStatus
from xaiwire._polling import Polling
from xaiwire.errors import DeferredExpiredError, DeferredTimeoutError, XaiError

__all__ = ["DEFAULT_INTERVAL", "DEFAULT_TIMEOUT", "Wait", "completion_in"]

DEFAULT_TIMEOUT = timedelta(minutes=10)
DEFAULT_INTERVAL = timedelta(milliseconds=100)
MOST_INTERVAL = 5.0


class Wait(Polling):
    """The waiting for one completion: when to ask again, and when to give up.

    Args:
        request_id: what the completion is asked for with.
        timeout: how long to wait; None for 10 minutes.
        interval: how long to wait before the second question; None for 0.1 s.

    Raises:
        ValidationError: a time is not positive.
    """

    def __init__(
        self, request_id: str, *, timeout: timedelta | float | None, interval: timedelta | float | None
    ) -> None:
        super().__init__(
            timeout=DEFAULT_TIMEOUT if timeout is None else timeout,
            interval=DEFAULT_INTERVAL if interval is None else interval,
            most=MOST_INTERVAL,
        )
        self._request_id = request_id

    def _over(self) -> DeferredTimeoutError:
        return DeferredTimeoutError(
            f"the deferred completion was not ready within {self.timeout:g} s; ask for it later with "
            f"client.deferred.wait({self._request_id!r})",
            request_id=self._request_id,
        )


def completion_in(
    answer: chat_pb.GetDeferredCompletionResponse, request_id: str
) -> chat_pb.GetChatCompletionResponse | None:
    """The completion, if it is done; None as long as it is not.

    Args:
        answer: what the server says of it.
        request_id: what it was asked for with.

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
            "the deferred completion has expired; they are kept for a day and handed out once", request_id=request_id
        )
    raise XaiError(f"the status of the deferred completion is {enum_name(answer.status)}, which is not known")
