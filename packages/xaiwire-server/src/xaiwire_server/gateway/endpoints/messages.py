"""Anthropic's Messages API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.chat_response import count_usage
from xaiwire_server.gateway.convert.messages_answer import MessageWriter, answered_message
from xaiwire_server.gateway.convert.messages_request import countable_text, messages_fields
from xaiwire_server.gateway.endpoints.streams import events_of
from xaiwire_server.gateway.http.error_bodies import anthropic_event
from xaiwire_server.gateway.http.events import named_event, send_events
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.messages import CountTokensRequest, MessagesRequest
from xaiwire_server.gateway.shapes.messages_answer import AnsweredMessage, TokenCount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.shapes.messages_answer import StreamEvent

__all__ = ["MESSAGES_ROUTES"]


async def create(exchange: Exchange, client: AsyncClient) -> None:
    """Answer a conversation, at once or as a stream."""
    request = await exchange.json(MessagesRequest)
    allow_model(exchange, request.model)
    fields = messages_fields(request, exchange.leave_out)
    if request.stream:
        writer = MessageWriter()
        chunks = client.services.chat.stream(**fields, **exchange.options())
        events = events_of(
            chunks, lambda chunk: _written(writer.chunk(chunk)), lambda: _written(writer.last()), writer, exchange
        )
        await send_events(exchange, events, failed=anthropic_event)
        return
    response = await client.services.chat.complete(**fields, **exchange.options())
    count_usage(response.usage, exchange.usage)
    await exchange.answer(answered_message(response))


def _written(events: Iterable[StreamEvent]) -> bytes:
    """Events of Anthropic's API; the name of each is its type's."""
    return b"".join(named_event(str(event.__struct_config__.tag), event) for event in events)


async def count_tokens(exchange: Exchange, client: AsyncClient) -> None:
    """Count the tokens of a conversation's texts."""
    request = await exchange.json(CountTokensRequest)
    allow_model(exchange, request.model)
    text = countable_text(request, exchange.leave_out)
    found = await client.services.tokenize.text(text=text, model=request.model, **exchange.options())
    await exchange.answer(TokenCount(len(found.tokens)))


_QUERY = {"beta": {"type": "string", "description": "What clients of beta features say; it changes nothing."}}

MESSAGES_ROUTES = (
    Route(
        name="messages.create",
        method="POST",
        path="/v1/messages",
        endpoint=create,
        summary="Answer a conversation in Anthropic's shapes, at once or as a stream",
        tag="Messages",
        rpcs=("xai_api.Chat/GetCompletion", "xai_api.Chat/GetCompletionChunk"),
        request=MessagesRequest,
        response=AnsweredMessage,
        streams=True,
        query=_QUERY,
        errors="anthropic",
    ),
    Route(
        name="messages.count_tokens",
        method="POST",
        path="/v1/messages/count_tokens",
        endpoint=count_tokens,
        summary="Count the tokens of a conversation that consists of texts",
        tag="Messages",
        rpcs=("xai_api.Tokenize/TokenizeText",),
        request=CountTokensRequest,
        response=TokenCount,
        query=_QUERY,
        errors="anthropic",
    ),
)
