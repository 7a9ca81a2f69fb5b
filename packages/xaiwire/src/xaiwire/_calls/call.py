"""One call: what is noted while it is made, and what is raised when it fails. No I/O.

The callers, blocking and asyncio, make the attempts; everything they decide and tell is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from xaiwire._calls.attempts import Attempts
from xaiwire._calls.call_info import CallInfo
from xaiwire._logging import DEBUG, INFO, logger_for
from xaiwire.errors import InternalError, RpcError, StatusCode, ValidationError, rpc_error
from xaiwire.telemetry import begin_span

if TYPE_CHECKING:
    from typing import Any

    from protobuf import Message

    from xaiwire._calls.attempts import Clock
    from xaiwire._calls.call_info import Pairs
    from xaiwire._calls.hosts import Host
    from xaiwire._calls.retry import RetryBudget, RetryPolicy
    from xaiwire._services.calls import Method
    from xaiwire._transport.model import Failure
    from xaiwire.telemetry import Span, Telemetry

__all__ = ["Call", "serialized"]

ChannelT = TypeVar("ChannelT")
Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")


class _Exchange(Protocol):
    """What of an exchange concerns us here."""

    @property
    def headers(self) -> Pairs: ...

    @property
    def trailers(self) -> Pairs: ...

    def close(self) -> None: ...


class Call(Generic[ChannelT, Req, Res]):
    """One call, over all its attempts.

    Attributes:
        method: the RPC.
        channel: what makes the attempts.
        metadata: what they carry.
        deadline: when the call has to be over, by the clock; None for never.
        exchange: the attempt that is under way.
        taken: a message of a stream of requests was taken.
    """

    __slots__ = (
        "_attempts",
        "_budget",
        "_clock",
        "_conversation",
        "_error",
        "_host",
        "_info",
        "_logged",
        "_number",
        "_pause",
        "_policy",
        "_received",
        "_span",
        "_started",
        "_telemetry",
        "_timeout",
        "channel",
        "deadline",
        "exchange",
        "metadata",
        "method",
        "taken",
    )

    def __init__(
        self,
        method: Method[Req, Res],
        host: Host[ChannelT],
        *,
        metadata: Pairs,
        timeout: float | None,
        policy: RetryPolicy | None,
        info: CallInfo | None,
        conversation: str | None,
        budget: RetryBudget,
        clock: Clock,
        telemetry: Telemetry | None,
    ) -> None:
        self.method = method
        self.channel = host.channel
        self.metadata = metadata
        self.deadline: float | None = None
        self.exchange: _Exchange | None = None
        self.taken = False
        self._error: RpcError | None = None
        self._pause = 0.0
        self._host = host
        self._timeout = timeout
        self._policy = policy
        self._info = info
        self._conversation = conversation
        self._budget = budget
        self._clock = clock
        self._telemetry = telemetry
        self._attempts: Attempts | None = None
        self._number = 0
        self._logged = 0
        self._received = False
        self._span: Span | None = None
        self._started = 0.0

    def begin(self, request: Req | None) -> None:
        """The call begins now: its timeout runs, its span is open.

        Args:
            request: the one request; None where requests are a stream.
        """
        self._started = self._clock.monotonic()
        if self._timeout is not None:
            self.deadline = self._started + self._timeout
        if self._policy is not None:
            self._budget.called(self._policy.budget)
        span = begin_span(self._telemetry, self.method, request, self._host.endpoint, self._conversation)
        if span is not None:
            self._span = span
            if span.metadata:
                given = {name for name, _ in self.metadata}
                self.metadata = (*self.metadata, *(pair for pair in span.metadata if pair[0] not in given))

    def attempt(self) -> None:
        """An attempt begins."""
        self._number += 1
        self.exchange = None
        if self._info is not None:
            self._info.method = self.method.path
            self._info.headers = self._info.trailers = ()
            self._info.attempts = self._number

    def decoded(self, data: bytes) -> Res:
        """A response, from its bytes.

        Raises:
            InternalError: they are not what the contract says.
        """
        try:
            message = self.method.output.from_binary(data)
        except Exception as error:  # noqa: BLE001 - whatever the decoder says, it is the bytes that are wrong
            # Only the text is kept: the error itself may hold the response.
            reason = str(error)
        else:
            if not self._received:
                self._received = True
                if self._info is not None and self.exchange is not None:
                    self._info.headers = self.exchange.headers
            if self._span is not None:
                self._span.received(message)
            return message
        name = self.method.output.desc().type_name
        raise self._internal(f"the response of {len(data):,} bytes cannot be read as {name}: {reason}")

    def succeeded(self) -> None:
        """The call ended with status OK."""
        if self._info is not None:
            self._note_answer()
        self._log("OK")
        if self._span is not None:
            self._span.end(self._number, StatusCode.OK)

    def failed(self, failure: Failure) -> None:
        """An attempt failed; `pause` says what follows."""
        # An exchange may keep what it raised, and the traceback has the frame that has the exchange.
        failure.__traceback__ = None
        exchange = self.exchange
        if exchange is not None:
            exchange.close()
        if self._info is not None:
            self._note_answer()
        attempts = self._attempts
        if attempts is None:
            attempts = self._attempts = Attempts(self.method, self._policy, self.deadline, self._budget, self._clock)
        delay = attempts.after(
            failure,
            exchange.headers if exchange is not None else (),
            exchange.trailers if exchange is not None else (),
            begun=self._received or self.taken,
        )
        self._log(failure.code.name)
        if delay is None:
            self._error = rpc_error(
                failure.code,
                failure.message,
                details=failure.details,
                method=self.method.path,
                call=self._answer(),
            )
            if attempts.reason:
                self._error.add_note(attempts.reason)
            return
        self._pause = delay
        if (logger := logger_for(INFO)) is not None:
            logger.info(
                "%s to %s: attempt %d failed with %s; the next one follows in %.2f s",
                self.method.path,
                self._host.name,
                self._number,
                failure.code.name,
                delay,
            )
        if self._span is not None:
            self._span.retried(self._number, failure.code, delay)

    def pause(self) -> float:
        """Seconds to wait before the next attempt.

        Raises:
            RpcError: there is none.
        """
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                # Nothing is to refer to itself in a circle: error, traceback, frame, error.
                del error
        return self._pause

    def ended(self, error: BaseException) -> None:
        """The call ends by an error: its own, or one of the caller, who may also have closed a stream early."""
        exchange = self.exchange
        if exchange is not None:
            exchange.close()
            if self._info is not None:
                self._note_answer()
        code = error.code if isinstance(error, RpcError) else StatusCode.CANCELLED
        if self._logged < self._number:
            self._log("closed early" if isinstance(error, GeneratorExit) else f"ended by {type(error).__name__}")
        if self._span is not None:
            self._span.end(self._number, code, error)

    def missing(self, *, several: bool) -> InternalError:
        """What to raise where the one response of a call is missing, or there are several."""
        what = "more than one response" if several else "no response"
        return self._internal(f"the server ended the call with {what}, where the contract has one")

    def _internal(self, message: str) -> InternalError:
        return InternalError(message, method=self.method.path, call=self._answer())

    def _answer(self) -> CallInfo:
        """What is known of the answer, for an error: the caller's own CallInfo may serve other calls later."""
        exchange = self.exchange
        return CallInfo(
            method=self.method.path,
            headers=exchange.headers if exchange is not None else (),
            trailers=exchange.trailers if exchange is not None else (),
            attempts=self._number,
        )

    def _note_answer(self) -> None:
        if self._info is not None and self.exchange is not None:
            self._info.headers = self.exchange.headers
            self._info.trailers = self.exchange.trailers

    def _log(self, outcome: str) -> None:
        self._logged = self._number
        logger = logger_for(DEBUG)
        if logger is not None:
            logger.debug(
                "%s to %s, attempt %d: %s after %.1f ms, request id %s",
                self.method.path,
                self._host.name,
                self._number,
                outcome,
                (self._clock.monotonic() - self._started) * 1000,
                self._answer().request_id or "not given",
            )


def serialized(method: Method[Any, Any], request: Message[Any]) -> bytes:
    """A request's bytes.

    Raises:
        TypeError: a field has a value of another type.
        ValidationError: a field has a value that its type cannot hold.
    """
    try:
        return request.to_binary()
    except (ValueError, OverflowError) as error:
        # An error of Unicode would show the whole text.
        reason = str(error)
    raise ValidationError(f"{method.path} cannot be called with this {type(request).__name__}: {reason}")
