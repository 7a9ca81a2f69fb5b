"""Channels that play what a test says, and a clock that a test moves; for both callers alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from xaiwire._calls.aio import AsyncCaller
from xaiwire._calls.attempts import Clock
from xaiwire._calls.blocking import Caller
from xaiwire._transport.model import Failure
from xaiwire.errors import ErrorDetail, StatusCode

Pairs = tuple[tuple[str, str], ...]
ANSWERED: Pairs = (("grpc-status", "0"),)


@dataclass
class Answer:
    """How one attempt goes: its messages, then its end.

    Attributes:
        messages: the responses' bytes.
        failure: what is raised behind them; None for status OK.
        headers: the answer's headers.
        trailers: the answer's trailers, which are known from the end on.
        at_start: the failure is raised before the call is begun.
        take: how many messages of a stream of requests are taken; None for all.
        seconds: what the attempt takes by the fake clock.
    """

    messages: tuple[bytes, ...] = ()
    failure: BaseException | None = None
    headers: Pairs = ()
    trailers: Pairs = ANSWERED
    at_start: bool = False
    take: int | None = None
    seconds: float = 0.0


def ok(*messages: Any, headers: Pairs = (("x-request-id", "r-1"),), **rest: Any) -> Answer:
    """Status OK behind some messages."""
    return Answer(tuple(message.to_binary() for message in messages), headers=headers, **rest)


def refused(code: StatusCode = StatusCode.UNAVAILABLE, *trailers: tuple[str, str], **rest: Any) -> Answer:
    """A status of the server and nothing else: a response of trailers alone."""
    details: tuple[ErrorDetail, ...] = rest.pop("details", ())
    failure = Failure(code, f"server says {code.name}", details=details)
    return Answer(failure=failure, trailers=(("grpc-status", str(int(code))), *trailers), **rest)


def broken(code: StatusCode = StatusCode.UNAVAILABLE, *, unprocessed: bool = False, **rest: Any) -> Answer:
    """The connection breaks, or was never made."""
    failure = Failure(code, "the connection broke", unprocessed=unprocessed)
    return Answer(failure=failure, trailers=(), **rest)


@dataclass
class Started:
    """An attempt as the channel saw it."""

    path: str
    metadata: Pairs
    messages: list[bytes]
    deadline: float | None
    closed: bool = False


class FakeClock(Clock):
    """Time stands still but for sleeps; chance is always the same."""

    def __init__(self, chance: float = 1.0) -> None:
        self.now = 100.0
        self.chance = chance
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1_700_000_000.0

    def random(self) -> float:
        return self.chance

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


class _Exchange:
    def __init__(self, answer: Answer, started: Started, clock: FakeClock) -> None:
        self.headers: Pairs = ()
        self.trailers: Pairs = ()
        self._answer = answer
        self._started = started
        self._clock = clock
        self._left = list(answer.messages)

    def next(self) -> bytes | None:
        self.headers = self._answer.headers
        if self._left:
            return self._left.pop(0)
        self._clock.now += self._answer.seconds
        self.trailers = self._answer.trailers
        if self._answer.failure is not None:
            raise self._answer.failure
        return None

    def close(self) -> None:
        self._started.closed = True


class BlockingFakeExchange(_Exchange):
    def receive(self) -> bytes | None:
        return self.next()


class AsyncFakeExchange(_Exchange):
    async def receive(self) -> bytes | None:
        await asyncio.sleep(0)
        return self.next()


@dataclass
class _Channel:
    answers: list[Answer]
    clock: FakeClock
    started: list[Started] = field(default_factory=list)
    closed: bool = False

    def _begin(self, path: str, metadata: Pairs, deadline: float | None) -> tuple[Answer, Started]:
        answer = self.answers.pop(0)
        started = Started(path, metadata, [], deadline)
        self.started.append(started)
        if answer.at_start:
            assert answer.failure is not None
            raise answer.failure
        return answer, started


class BlockingFakeChannel(_Channel):
    def start(
        self, path: str, metadata: Pairs, messages: bytes | Iterable[bytes], deadline: float | None
    ) -> BlockingFakeExchange:
        answer, started = self._begin(path, metadata, deadline)
        if isinstance(messages, bytes):
            started.messages.append(messages)
        else:
            for message in _first(messages, answer.take):
                started.messages.append(message)
        return BlockingFakeExchange(answer, started, self.clock)

    def close(self) -> None:
        self.closed = True


class AsyncFakeChannel(_Channel):
    async def start(
        self,
        path: str,
        metadata: Pairs,
        messages: bytes | Iterable[bytes] | AsyncIterable[bytes],
        deadline: float | None,
    ) -> AsyncFakeExchange:
        answer, started = self._begin(path, metadata, deadline)
        if isinstance(messages, bytes):
            started.messages.append(messages)
        elif isinstance(messages, AsyncIterable):
            if answer.take != 0:
                async for message in messages:
                    started.messages.append(message)
                    if len(started.messages) == answer.take:
                        break
        else:
            started.messages.extend(_first(messages, answer.take))
        return AsyncFakeExchange(answer, started, self.clock)

    async def close(self) -> None:
        self.closed = True


def _first(messages: Iterable[bytes], count: int | None) -> Iterator[bytes]:
    if count == 0:
        return
    for number, message in enumerate(messages, 1):
        yield message
        if number == count:
            return


class Rig:
    """A caller of either kind on a fake channel; its calls wait, whatever the kind."""

    def __init__(self, kind: str, *answers: Answer, clock: FakeClock | None = None, **options: Any) -> None:
        self.clock = clock or FakeClock()
        self.channel: Any
        self.caller: Any
        if kind == "aio":
            self.channel = AsyncFakeChannel([*answers], self.clock)
            make: Any = AsyncCaller
            sleep: Any = self.clock.sleep_async
        else:
            self.channel = BlockingFakeChannel([*answers], self.clock)
            make, sleep = Caller, self.clock.sleep
        labels = options.pop("labels", ("api", "management"))
        self.caller = make(dict.fromkeys(labels, self.channel), clock=self.clock, sleep=sleep, **options)
        self.kind = kind

    @property
    def started(self) -> list[Started]:
        return self.channel.started

    def unary(self, method: Any, request: Any, **options: Any) -> Any:
        return self._wait(self.caller.unary(method, request, options))

    def client_stream(self, method: Any, requests: Any, **options: Any) -> Any:
        return self._wait(self.caller.client_stream(method, requests, options))

    def server_stream(self, method: Any, request: Any, **options: Any) -> list[Any]:
        return self._all(self.caller.server_stream(method, request, options))

    def bidi_stream(self, method: Any, requests: Any, **options: Any) -> list[Any]:
        return self._all(self.caller.bidi_stream(method, requests, options))

    def first_of(self, method: Any, request: Any, **options: Any) -> Any:
        """The first response of a stream, which is closed then."""
        responses = self.caller.server_stream(method, request, options)
        if self.kind == "blocking":
            first = next(responses)
            responses.close()
            return first

        async def take() -> Any:
            first = await anext(responses)
            await responses.aclose()
            return first

        return asyncio.run(take())

    def close(self) -> None:
        self._wait(self.caller.close())

    def _wait(self, result: Any) -> Any:
        if self.kind == "blocking":
            return result

        async def wait() -> Any:
            return await result

        return asyncio.run(wait())

    def _all(self, responses: Any) -> list[Any]:
        if self.kind == "blocking":
            return [*responses]

        async def gather() -> list[Any]:
            return [response async for response in responses]

        return asyncio.run(gather())
