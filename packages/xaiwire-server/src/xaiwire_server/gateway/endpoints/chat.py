"""Chat completions."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from xaiwire.proto import deferred_pb2
from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.chat_request import chat_fields
from xaiwire_server.gateway.convert.chat_response import ChunkWriter, chat_completion, count_usage
from xaiwire_server.gateway.http.error_bodies import openai_event
from xaiwire_server.gateway.http.events import send_events
from xaiwire_server.gateway.http.failures import ApiError, invalid
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.chat import ChatCompletion, ChatRequest, DeferredStarted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import Any

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["CHAT_ROUTES", "DONE", "data_event"]

DONE = b"data: [DONE]\n\n"
_encode = msgspec.json.Encoder().encode


def data_event(value: object) -> bytes:
    """An event of OpenAI's API."""
    return b"data: " + _encode(value) + b"\n\n"


async def complete(exchange: Exchange, client: AsyncClient) -> None:
    """Answer a conversation: at once, as a stream, or later."""
    request = await exchange.json(ChatRequest)
    allow_model(exchange, request.model)
    fields = chat_fields(request, exchange.leave_out)
    if request.deferred:
        if request.stream:
            raise invalid("deferred", "a deferred completion cannot be streamed")
        started = await client.services.chat.start_deferred(**fields, **exchange.options())
        await exchange.answer(DeferredStarted(request_id=started.request_id))
    elif request.stream:
        with_usage = request.stream_options is not None and bool(request.stream_options.include_usage)
        events = _events(exchange, client, fields, ChunkWriter(with_usage=with_usage))
        await send_events(exchange, events, failed=openai_event)
    else:
        response = await client.services.chat.complete(**fields, **exchange.options())
        count_usage(response.usage, exchange.usage)
        await exchange.answer(chat_completion(response))


async def _events(
    exchange: Exchange, client: AsyncClient, fields: dict[str, Any], writer: ChunkWriter
) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(client.services.chat.stream(**fields, **exchange.options())) as chunks:
            async for chunk in chunks:
                yield data_event(writer.chunk(chunk))
    finally:
        # Also where the client left: what was made is paid for.
        count_usage(writer.usage, exchange.usage)
    last = writer.last()
    yield DONE if last is None else data_event(last) + DONE


async def deferred(exchange: Exchange, client: AsyncClient) -> None:
    """Hand out a completion that was made in the background."""
    exchange.watch()
    request_id = exchange.params["request_id"]
    found = await client.services.chat.get_deferred(request_id=request_id, **exchange.options())
    if found.status == deferred_pb2.DeferredStatus.PENDING:
        await exchange.answer_bytes(b"", None, status=202)
    elif found.status == deferred_pb2.DeferredStatus.DONE and found.response is not None:
        count_usage(found.response.usage, exchange.usage)
        await exchange.answer(chat_completion(found.response))
    else:
        raise ApiError(
            404, "the completion is not there any more: it was handed out, or it has expired", code="deferred_expired"
        )


CHAT_ROUTES = (
    Route(
        name="chat.completions",
        method="POST",
        path="/v1/chat/completions",
        endpoint=complete,
        summary="Answer a conversation: at once, as a stream, or later",
        tag="Chat",
        rpcs=(
            "xai_api.Chat/GetCompletion",
            "xai_api.Chat/GetCompletionChunk",
            "xai_api.Chat/StartDeferredCompletion",
        ),
        request=ChatRequest,
        response=ChatCompletion | DeferredStarted,
        streams=True,
    ),
    Route(
        name="chat.deferred",
        method="GET",
        path="/v1/chat/deferred-completion/{request_id}",
        endpoint=deferred,
        summary="Hand out a completion that was made in the background; it is handed out once",
        tag="Chat",
        rpcs=("xai_api.Chat/GetDeferredCompletion",),
        response=ChatCompletion,
        statuses={202: "It is still being made.", 404: "There is none, or not any more."},
    ),
)
