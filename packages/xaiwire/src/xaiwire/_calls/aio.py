"""Calls in an event loop. Each thing here has its counterpart in `blocking`."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from xaiwire._calls.call import Call, serialized
from xaiwire._calls.caller import BaseCaller
from xaiwire._transport.model import AsyncChannel, Failure

if TYPE_CHECKING:
    from protobuf import Message

    from xaiwire._calls.attempts import Clock
    from xaiwire._calls.options import CallOptions
    from xaiwire._services import calls
    from xaiwire._services.calls import Metadata, Method
    from xaiwire._transport.model import Endpoint
    from xaiwire.telemetry import Telemetry

__all__ = ["AsyncCaller"]

Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")


async def _pause(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


class AsyncCaller(BaseCaller[AsyncChannel]):
    """Makes calls in an event loop; `calls.AsyncCaller` with retries, errors, spans and logs. See BaseCaller.

    It may be used in several event loops, at once or one after another. The cancellation of a task stays
    `asyncio.CancelledError`; the server is told that its call is over.

    Args:
        sleep: waits between attempts; for tests.
    """

    __slots__ = ("_sleep",)

    def __init__(
        self,
        channels: Mapping[str, AsyncChannel],
        *,
        metadata: Mapping[str, Metadata] | None = None,
        endpoints: Mapping[str, Endpoint] | None = None,
        hints: Mapping[str, str] | None = None,
        defaults: CallOptions | None = None,
        telemetry: Telemetry | None = None,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = _pause,
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

    async def close(self) -> None:
        """Close the channels, also for what `with_defaults` made: later calls raise RuntimeError."""
        for channel in self._hosts.channels():
            await channel.close()

    async def unary(self, method: Method[Req, Res], request: Req, options: calls.CallOptions, /) -> Res:
        """One request, one response.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or the request cannot be sent.
            RpcError: the call failed.
        """
        call = self._open(method, options)
        data = serialized(method, request)
        call.begin(request)
        return await self._one(call, data)

    def server_stream(
        self, method: Method[Req, Res], request: Req, options: calls.CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """One request, a stream of responses. The call begins with the first response that is asked for.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or the request cannot be sent.
            RpcError: the call failed; raised while the responses are taken.
        """
        call = self._open(method, options)
        return self._many(call, request, serialized(method, request))

    async def client_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: calls.CallOptions, /
    ) -> Res:
        """A stream of requests, one response.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or a request cannot be sent.
            RpcError: the call failed.
            Exception: what `requests` raises; the call is cancelled then.
        """
        call = self._open(method, options)
        call.begin(None)
        return await self._one(call, _iterator(requests))

    def bidi_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: calls.CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """A stream of requests, a stream of responses, which come when all requests are sent.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            ValidationError: an option or a request cannot be sent.
            RpcError: the call failed; raised while the responses are taken.
            Exception: what `requests` raises; the call is cancelled then.
        """
        return self._many(self._open(method, options), None, _iterator(requests))

    async def _one(self, call: Call[AsyncChannel, Req, Res], source: bytes | AsyncIterator[Req] | Iterator[Req]) -> Res:
        try:
            while True:
                call.attempt()
                try:
                    messages = source if isinstance(source, bytes) else _Each(call, source)
                    exchange = await call.channel.start(call.method.path, call.metadata, messages, call.deadline)
                    call.exchange = exchange
                    data = await exchange.receive()
                    if data is None:
                        raise call.missing(several=False)
                    if await exchange.receive() is not None:
                        raise call.missing(several=True)
                except Failure as failure:
                    call.failed(failure)
                else:
                    response = call.decoded(data)
                    call.succeeded()
                    return response
                # Out here, the error that it raises has no other one behind it.
                await self._sleep(call.pause())
        except BaseException as error:
            call.ended(error)
            raise

    async def _many(
        self,
        call: Call[AsyncChannel, Req, Res],
        request: Req | None,
        source: bytes | AsyncIterator[Req] | Iterator[Req],
    ) -> AsyncGenerator[Res, None]:
        call.begin(request)
        decoded = call.decoded
        try:
            while True:
                call.attempt()
                try:
                    messages = source if isinstance(source, bytes) else _Each(call, source)
                    exchange = await call.channel.start(call.method.path, call.metadata, messages, call.deadline)
                    call.exchange = exchange
                    receive = exchange.receive
                    while (data := await receive()) is not None:
                        yield decoded(data)
                except Failure as failure:
                    call.failed(failure)
                else:
                    call.succeeded()
                    return
                await self._sleep(call.pause())
        except BaseException as error:
            call.ended(error)
            raise


def _iterator(requests: AsyncIterable[Req] | Iterable[Req]) -> AsyncIterator[Req] | Iterator[Req]:
    return aiter(requests) if isinstance(requests, AsyncIterable) else iter(requests)


class _Each(Generic[Req]):
    """Serialized requests. Not an async generator: one that is left behind would have to be closed."""

    __slots__ = ("_call", "_requests")

    def __init__(self, call: Call[AsyncChannel, Req, Any], requests: AsyncIterator[Req] | Iterator[Req]) -> None:
        self._call = call
        self._requests = requests

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if isinstance(self._requests, AsyncIterator):
            request = await anext(self._requests)
        else:
            try:
                request = next(self._requests)
            except StopIteration:
                raise StopAsyncIteration from None
        self._call.taken = True
        return serialized(self._call.method, request)
