"""One call's stream: what has come of its response, and how it ended. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xaiwire._transport.framing import Inbox
from xaiwire._transport.model import Failure
from xaiwire._transport.status import failure_of_http, failure_of_trailers, first, is_grpc
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    from xaiwire._transport.model import Pairs

__all__ = ["Stream"]


class Stream:
    """One call's stream.

    Attributes:
        id: its number in the connection; 0 until it is opened.
        headers: the response's headers.
        trailers: the response's trailers.
        inbox: the messages that have come.
        ended: nothing more comes: the status is known, or the stream broke.
        failure: how it ended, unless the status is OK.
        sent: our side has said all.
        plain: DATA can be taken without asking h2: headers have come, and they give no length to be checked.
        uncredited: bytes that the server was not yet allowed to send anew.
        received: bytes that came.
        wake: is called when something has come, or the stream ended.
    """

    __slots__ = (
        "_http_status",
        "ended",
        "failure",
        "headers",
        "id",
        "inbox",
        "plain",
        "received",
        "sent",
        "trailers",
        "uncredited",
        "wake",
    )

    def __init__(self, max_receive_bytes: int) -> None:
        self.id = 0
        self.headers: Pairs = ()
        self.trailers: Pairs = ()
        self.inbox = Inbox(max_receive_bytes)
        self.ended = False
        self.failure: Failure | None = None
        self.sent = False
        self.plain = False
        self.uncredited = 0
        self.received = 0
        self.wake: Callable[[], None] | None = None
        self._http_status = "200"

    def fail(self, failure: Failure) -> None:
        """End with a failure, unless the end is known already."""
        if not self.ended:
            self.ended = True
            self.plain = False
            self.failure = failure
        self.notify()

    def abort(self, failure: Failure) -> None:
        """End with a failure of this side, whatever the server said."""
        self.ended = True
        self.plain = False
        self.failure = failure

    def notify(self) -> None:
        """Tell who waits that something has come."""
        if self.wake is not None:
            self.wake()

    def on_headers(self, http_status: str, pairs: Pairs, *, last: bool) -> None:
        """The response's headers have come; if they are the last thing, they are its trailers."""
        self._http_status = http_status
        if last:
            self.trailers = pairs
            if first(pairs, "grpc-status") is None and not is_grpc(pairs):
                self.fail(failure_of_http(http_status, pairs))
            else:
                self._finish()
            return
        self.headers = pairs
        if (http_status != "200" or not is_grpc(pairs)) and first(pairs, "grpc-status") is None:
            # What comes behind is a web page, and nobody reads it.
            self.fail(failure_of_http(http_status, pairs))
            return
        self.inbox.encoding = first(pairs, "grpc-encoding") or "identity"
        self.plain = first(pairs, "content-length") is None
        self.notify()

    def on_data(self, data: bytes, start: int, end: int) -> None:
        """Bytes of messages have come.

        Raises:
            Failure: they cannot be taken; the stream has to be reset.
        """
        self.received += end - start
        self.inbox.feed(data, start, end)
        if self.wake is not None:
            self.wake()

    def on_trailers(self, pairs: Pairs) -> None:
        """The response's trailers have come; they are the last thing."""
        self.trailers = pairs
        self._finish()

    def on_end(self) -> None:
        """The response is at its end without trailers."""
        if not self.ended:
            # Some proxies put the status into the headers, and a body behind them.
            status_pairs = self.headers if first(self.headers, "grpc-status") is not None else ()
            self._finish(status_pairs)

    def take(self) -> bytes | None:
        """The next message; None if there is none: then the response is at its end, or more has to come.

        Raises:
            Failure: the message cannot be decompressed.
        """
        return self.inbox.take()

    def finish(self) -> None:
        """Behind the last message of an ended stream: raise what it ended with.

        Raises:
            Failure: the status is not OK.
        """
        if self.failure is not None:
            raise self.failure

    def _finish(self, pairs: Pairs | None = None) -> None:
        if self.ended:
            return
        failure = failure_of_trailers(self.trailers if pairs is None else pairs, self._http_status)
        if failure is None and self.inbox.partial:
            failure = Failure(StatusCode.INTERNAL, "the response ends in the middle of a message")
        self.ended = True
        self.plain = False
        self.failure = failure
        self.notify()
