"""Chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire import RpcError
from xaiwire.proto import deferred_pb2
from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.chat_request import chat_fields, has_usage
from xaiwire_server.gateway.convert.chat_response import ChunkWriter, chat_completion, count_usage
from xaiwire_server.gateway.endpoints.streams import send_chunks
from xaiwire_server.gateway.http.failures import ApiError, invalid
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.chat import ChatCompletion, ChatRequest, DeferredStarted

if TYPE_CHECKING:
    from typing import Any

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["CHAT_ROUTES"]


async def complete(exchange: Exchange, client: AsyncClient) -> None:
    """Answer a conversation: at once, as a stream, or later."""
    request = await exchange.json(ChatRequest)
    allow_model(exchange, request.model)
    fields = chat_fields(request, exchange.leave_out)
    if request.deferred:
        if request.stream:
            raise invalid("deferred", "a deferred completion cannot be streamed")
        await _start(exchange, client, fields)
    elif request.stream:
        writer = ChunkWriter(with_usage=has_usage(request.stream_options))
        await send_chunks(exchange, client.services.chat.stream(**fields, **exchange.options()), writer)
    else:
        response = await client.services.chat.complete(**fields, **exchange.options())
        count_usage(response.usage, exchange.usage)
        await exchange.answer(chat_completion(response))


async def _start(exchange: Exchange, client: AsyncClient, fields: dict[str, Any]) -> None:
    """Have a completion made in the background.

    Nobody has to fetch it, so what its answers may take at most is charged now, and what its prompt took when it is
    handed out.

    Raises:
        ApiError: 400, the budget of the key cannot be charged, since the request does not say how much it may take.
    """
    key = exchange.caller.gateway_key if exchange.caller is not None else None
    most = fields.get("max_tokens", 0)
    if key is not None and key.tokens_per_minute is not None and most < 1:
        raise invalid("max_tokens", "the gateway key has a budget of tokens, so a deferred completion has to say this")
    # Before it is started: where the client leaves, nobody knows whether it was.
    exchange.usage.total = most * max(fields.get("n", 1), 1)
    try:
        started = await client.services.chat.start_deferred(**fields, **exchange.options())
    except RpcError:
        exchange.usage.total = 0
        raise
    await exchange.answer(DeferredStarted(request_id=started.request_id))


async def deferred(exchange: Exchange, client: AsyncClient) -> None:
    """Hand out a completion that was made in the background."""
    exchange.watch()
    request_id = exchange.params["request_id"]
    found = await client.services.chat.get_deferred(request_id=request_id, **exchange.options())
    if found.status == deferred_pb2.DeferredStatus.PENDING:
        await exchange.answer_bytes(b"", None, status=202)
    elif found.status == deferred_pb2.DeferredStatus.DONE and found.response is not None:
        count_usage(found.response.usage, exchange.usage)
        # The rest was charged when it was started.
        exchange.usage.total = exchange.usage.prompt
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
