"""The client of completions in the background that makes its calls in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack, cast

from xaiwire._chat.conversation import messages_of, response_of
from xaiwire._chat.polling import Wait, completion_in
from xaiwire._chat.request import completions_request, request_for, split_options
from xaiwire._chat.response import Response
from xaiwire._gen.xai.api.v1 import chat_pb, deferred_pb
from xaiwire._options import without_call_info
from xaiwire._services import chat as methods
from xaiwire.errors import DeadlineExceededError

if TYPE_CHECKING:
    from datetime import timedelta

    from xaiwire._calls.options import CallOptions
    from xaiwire._chat.request import CompletionOptions
    from xaiwire._options import PollOptions
    from xaiwire._services.calls import AsyncCaller

__all__ = ["Client"]


class Client:
    """Completions that are made in the background: `client.deferred`.

        request_id = await client.deferred.start("grok-4", "Write a long story.")
        ...
        response = await client.deferred.wait(request_id)

    A server keeps a completion for a day, and hands it out once.
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: AsyncCaller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    async def start(
        self,
        model: str,
        prompt: str | chat_pb.Message | Iterable[chat_pb.Message],
        *,
        n: int = 1,
        **settings: Unpack[CompletionOptions],
    ) -> str:
        """Have an answer made in the background.

        Args:
            model: the model's name, such as `grok-4`.
            prompt: what the user says, or the messages of a conversation.
            n: how many answers are to be made.
            **settings: what else is said of the answer and of the call; see ChatSettings and CallOptions.

        Returns:
            The id to ask for it with.

        Raises:
            ValidationError: there is no message, or a setting says what does not exist.
            RpcError: the call failed.
        """
        own, options = split_options(settings)
        request = request_for(completions_request(model, messages_of(prompt), own), n)
        return (await self._caller.unary(methods.START_DEFERRED, request, options)).request_id

    async def get(self, request_id: str, **options: Unpack[CallOptions]) -> Response | None:
        """Ask once whether an answer is there.

        Args:
            request_id: what `start` gave.
            **options: of the call.

        Returns:
            The answer, or None while it is made. Of several, its `proto` has all.

        Raises:
            DeferredExpiredError: it is gone.
            RpcError: the call failed.
        """
        request = deferred_pb.GetDeferredRequest(request_id=request_id)
        proto = completion_in(await self._caller.unary(methods.GET_DEFERRED, request, options), request_id)
        return response_of(proto) if proto is not None else None

    async def wait(
        self,
        request_id: str,
        *,
        timeout: timedelta | float | None = None,
        interval: timedelta | float | None = None,
        **options: Unpack[PollOptions],
    ) -> Response:
        """Wait for an answer.

        Args:
            request_id: what `start` gave.
            timeout: how long to wait, in seconds or as a timedelta; 10 minutes by default.
            interval: how long to wait before it is asked for a second time; 0.1 s by default. Later waits are longer.
            **options: of the calls.

        Returns:
            The answer. Of several, its `proto` has all.

        Raises:
            DeferredTimeoutError: it was not ready in time; its request_id is there to ask again.
            DeferredExpiredError: it is gone.
            RpcError: a call failed.
        """
        return response_of(await wait(self._caller, request_id, timeout, interval, options))


async def start(caller: AsyncCaller, request: chat_pb.GetCompletionsRequest, options: PollOptions) -> str:
    """Have a request answered in the background; gives the id to ask for the answer with."""
    first = without_call_info(cast("CallOptions", dict(options)))
    return (await caller.unary(methods.START_DEFERRED, request, first)).request_id


async def wait(
    caller: AsyncCaller,
    request_id: str,
    timeout: timedelta | float | None,
    interval: timedelta | float | None,
    options: PollOptions,
) -> chat_pb.GetChatCompletionResponse:
    """Ask for an answer until it is there, longer and longer apart.

    No question takes longer than what is left of the time.
    """
    waiting = Wait(request_id, timeout=timeout, interval=interval)
    request = deferred_pb.GetDeferredRequest(request_id=request_id)
    while True:
        try:
            answer = await caller.unary(methods.GET_DEFERRED, request, waiting.options(options))
        except DeadlineExceededError as error:
            waiting.check_late(error)
            raise
        proto = completion_in(answer, request_id)
        if proto is not None:
            return proto
        await asyncio.sleep(waiting.delay())
