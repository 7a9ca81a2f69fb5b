"""Callers that connect to nothing: they note what they are asked and answer what a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeCall:
    """One call.

    Attributes:
        method: the RPC.
        requests: the messages.
        options: the call's options.
        closed: whether a stream of responses was closed, or came to its end.
    """

    method: Any
    requests: list[Any]
    options: dict[str, Any]
    closed: bool = False

    @property
    def request(self) -> Any:
        [request] = self.requests
        return request


@dataclass
class _Fake:
    answers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    calls: list[FakeCall] = field(default_factory=list)

    def on(self, method: Any, answer: Callable[..., Any]) -> None:
        """Say what answers an RPC; an exception that is raised is the call's."""
        self.answers[method.path] = answer

    def names(self) -> list[str]:
        return [call.method.name for call in self.calls]

    @property
    def last(self) -> FakeCall:
        return self.calls[-1]

    def _noted(self, method: Any, requests: list[Any], options: Any) -> FakeCall:
        # Serializing shows that the messages are valid.
        for request in requests:
            assert isinstance(request, method.input)
            request.to_binary()
        call = FakeCall(method, requests, dict(options))
        self.calls.append(call)
        return call

    def _answer(self, method: Any, *given: Any) -> Any:
        answer = self.answers.get(method.path)
        return method.output() if answer is None else answer(*given)


class FakeCaller(_Fake):
    def unary(self, method, request, options, /):
        self._noted(method, [request], options)
        return self._answer(method, request)

    def server_stream(self, method, request, options, /):
        call = self._noted(method, [request], options)
        try:
            yield from self._answer(method, request)
        finally:
            call.closed = True

    def client_stream(self, method, requests, options, /):
        call = self._noted(method, [], options)
        for request in requests:
            assert isinstance(request, method.input)
            request.to_binary()
            call.requests.append(request)
        return self._answer(method, call.requests)

    def bidi_stream(self, method, requests, options, /):
        raise NotImplementedError


class AsyncFakeCaller(_Fake):
    async def unary(self, method, request, options, /):
        self._noted(method, [request], options)
        answer = self._answer(method, request)
        return await answer if hasattr(answer, "__await__") else answer

    async def server_stream(self, method, request, options, /):
        call = self._noted(method, [request], options)
        try:
            for response in self._answer(method, request):
                yield response
        finally:
            call.closed = True

    async def client_stream(self, method, requests, options, /):
        call = self._noted(method, [], options)
        async for request in requests:
            assert isinstance(request, method.input)
            request.to_binary()
            call.requests.append(request)
        return self._answer(method, call.requests)

    def bidi_stream(self, method, requests, options, /):
        raise NotImplementedError
