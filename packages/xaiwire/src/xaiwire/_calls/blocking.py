"""Calls that the calling thread waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from xaiwire._calls.call import Call, serialized
from xaiwire._calls.caller import BaseCaller
from xaiwire._transport.model import BlockingChannel, Failure

if TYPE_CHECKING:
    from protobuf import Message

    from xaiwire._calls.attempts import Clock
    from xaiwire._calls.options import CallOptions
    from xaiwire._services import calls
    from xaiwire._services.calls import Metadata, Method
    from xaiwire._transport.model import Endpoint
    from xaiwire.telemetry import Telemetry

__all__ = ["Caller"]

Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")


class Caller(BaseCaller[BlockingChannel]):
    """Makes calls and waits for them; `calls.Caller` with retries, errors, spans and logs. See BaseCaller.

    It may be used from several threads at once.

    Args:
        sleep: waits between attempts; for tests.
    """

    __slots__ = ("_sleep",)

    def __init__(
        self,
        channels: Mapping[str, BlockingChannel],
        *,
        metadata: Mapping[str, Metadata] | None = None,
        endpoints: Mapping[str, Endpoint] | None = None,
        hints: Mapping[str, str] | None = None,
        defaults: CallOptions | None = None,
        telemetry: Telemetry | None = None,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            channels,
            metadata=metadata,
            endpoints=endpoints,
            hints=hints,
            defaults=defaults,
            telemetry=telemetry,
            clock=clock,
        )
        self._sleep = sleep

    def close(self) -> None:
        """Close the channels, also for what `with_defaults` made: later calls raise RuntimeError."""
        for channel in self._hosts.channels():
            channel.close()

    def unary(self, method: Method[Req, Res], request: Req, options: calls.CallOptions, /) -> Res:
        """One request, one response.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or the request cannot be sent.
            RpcError: the call failed.
        """
        call = self._open(method, options)
        data = serialized(method, request)
        call.begin(request)
        return self._one(call, data)

    def server_stream(
        self, method: Method[Req, Res], request: Req, options: calls.CallOptions, /
    ) -> Generator[Res, None, None]:
        """One request, a stream of responses. The call begins with the first response that is asked for.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or the request cannot be sent.
            RpcError: the call failed; raised while the responses are taken.
        """
        call = self._open(method, options)
        return self._many(call, request, serialized(method, request))

    def client_stream(self, method: Method[Req, Res], requests: Iterable[Req], options: calls.CallOptions, /) -> Res:
        """A stream of requests, one response.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or a request cannot be sent.
            RpcError: the call failed.
            Exception: what `requests` raises; the call is cancelled then.
        """
        call = self._open(method, options)
        call.begin(None)
        return self._one(call, iter(requests))

    def bidi_stream(
        self, method: Method[Req, Res], requests: Iterable[Req], options: calls.CallOptions, /
    ) -> Generator[Res, None, None]:
        """A stream of requests, a stream of responses, which come when all requests are sent.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or a request cannot be sent.
            RpcError: the call failed; raised while the responses are taken.
            Exception: what `requests` raises; the call is cancelled then.
        """
        return self._many(self._open(method, options), None, iter(requests))

    def _one(self, call: Call[BlockingChannel, Req, Res], source: bytes | Iterator[Req]) -> Res:
        try:
            while True:
                call.attempt()
                try:
                    messages = source if isinstance(source, bytes) else _each(call, source)
                    exchange = call.channel.start(call.method.path, call.metadata, messages, call.deadline)
                    call.exchange = exchange
                    data = exchange.receive()
                    if data is None:
                        raise call.missing(several=False)
                    if exchange.receive() is not None:
                        raise call.missing(several=True)
                except Failure as failure:
                    call.failed(failure)
                else:
                    response = call.decoded(data)
                    call.succeeded()
                    return response
                # Out here, the error that it raises has no other one behind it.
                self._sleep(call.pause())
        except BaseException as error:
            call.ended(error)
            raise

    def _many(
        self, call: Call[BlockingChannel, Req, Res], request: Req | None, source: bytes | Iterator[Req]
    ) -> Generator[Res, None, None]:
        call.begin(request)
        decoded = call.decoded
        try:
            while True:
                call.attempt()
                try:
                    messages = source if isinstance(source, bytes) else _each(call, source)
                    exchange = call.channel.start(call.method.path, call.metadata, messages, call.deadline)
                    call.exchange = exchange
                    receive = exchange.receive
                    while (data := receive()) is not None:
                        yield decoded(data)
                except Failure as failure:
                    call.failed(failure)
                else:
                    call.succeeded()
                    return
                self._sleep(call.pause())
        except BaseException as error:
            call.ended(error)
            raise


def _each(call: Call[BlockingChannel, Req, Res], requests: Iterator[Req]) -> Iterator[bytes]:
    for request in requests:
        call.taken = True
        yield serialized(call.method, request)
