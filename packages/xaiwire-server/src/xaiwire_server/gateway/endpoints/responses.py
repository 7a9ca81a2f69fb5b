"""Responses: OpenAI's newer API for answers, with those that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.chat_response import count_usage
from xaiwire_server.gateway.convert.responses_answer import response, settings_of
from xaiwire_server.gateway.convert.responses_events import EventWriter
from xaiwire_server.gateway.convert.responses_request import begins_with_results, calls_of, response_fields
from xaiwire_server.gateway.endpoints.streams import events_of
from xaiwire_server.gateway.http.events import named_event, send_events
from xaiwire_server.gateway.http.failures import not_carried
from xaiwire_server.gateway.http.query import NO_PLACE
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.responses import ResponsesRequest
from xaiwire_server.gateway.shapes.responses_answer import DeletedResponse, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.shapes.responses_events import StreamEvent

__all__ = ["RESPONSES_ROUTES"]


async def create(exchange: Exchange, client: AsyncClient) -> None:
    """Answer, at once or as a stream."""
    request = await exchange.json(ResponsesRequest)
    allow_model(exchange, request.model)
    before = await _calls_before(exchange, client, request)
    fields = response_fields(request, exchange.leave_out, before)
    settings = settings_of(fields)
    if request.stream:
        writer = EventWriter(settings, request)
        chunks = client.services.chat.stream(**fields, **exchange.options())
        events = events_of(
            chunks, lambda chunk: _written(writer.chunk(chunk)), lambda: _written(writer.end()), writer, exchange
        )
        await send_events(exchange, events, failed=lambda error: _written(writer.failed(error)))
    else:
        completion = await client.services.chat.complete(**fields, **exchange.options())
        count_usage(completion.usage, exchange.usage)
        await exchange.answer(response(completion, settings, request))


async def _calls_before(exchange: Exchange, client: AsyncClient, request: ResponsesRequest) -> list[str]:
    """The calls of the response that the request goes on with, where the input begins with results.

    The contract knows results by their order, and this order is kept upstream.
    """
    if request.previous_response_id is None or not begins_with_results(request):
        return []
    kept = await client.services.chat.get_stored(response_id=request.previous_response_id, **exchange.options())
    return calls_of(kept)


def _written(events: Iterable[StreamEvent]) -> bytes:
    return b"".join(named_event(event.type, event) for event in events)


async def get(exchange: Exchange, client: AsyncClient) -> None:
    """Show a response that is kept."""
    exchange.watch()
    if exchange.query.get("stream", "false") != "false" or exchange.query.get("starting_after"):
        raise not_carried("stream", "a response that is kept comes at once")
    for name in ("include", "include[]"):
        if exchange.query.get(name):
            exchange.leave_out(name, "the answer has what was kept")
    response_id = exchange.params["response_id"]
    kept = await client.services.chat.get_stored(response_id=response_id, **exchange.options())
    # What is kept was asked to be; the API's other defaults are those of a request that says nothing.
    await exchange.answer(response(kept, settings_of({"store_messages": True})))


async def delete(exchange: Exchange, client: AsyncClient) -> None:
    """Keep a response no longer."""
    exchange.watch()
    response_id = exchange.params["response_id"]
    deleted = await client.services.chat.delete_stored(response_id=response_id, **exchange.options())
    await exchange.answer(DeletedResponse(deleted.response_id or response_id))


_INCLUDE = {"type": "array", "items": {"type": "string"}}
_NOT_FOUND = {404: "There is none, or not any more."}

RESPONSES_ROUTES = (
    Route(
        name="responses.create",
        method="POST",
        path="/v1/responses",
        endpoint=create,
        summary="Answer, at once or as a stream",
        tag="Responses",
        rpcs=("xai_api.Chat/GetCompletion", "xai_api.Chat/GetCompletionChunk", "xai_api.Chat/GetStoredCompletion"),
        request=ResponsesRequest,
        response=Response,
        streams=True,
        statuses=_NOT_FOUND,
    ),
    Route(
        name="responses.get",
        method="GET",
        path="/v1/responses/{response_id}",
        endpoint=get,
        summary="Show a response that is kept",
        tag="Responses",
        rpcs=("xai_api.Chat/GetStoredCompletion",),
        response=Response,
        query={
            "stream": {"type": "boolean", "enum": [False]},
            "starting_after": NO_PLACE,
            "include": _INCLUDE,
            "include[]": _INCLUDE,
        },
        statuses=_NOT_FOUND,
    ),
    Route(
        name="responses.delete",
        method="DELETE",
        path="/v1/responses/{response_id}",
        endpoint=delete,
        summary="Keep a response no longer",
        tag="Responses",
        rpcs=("xai_api.Chat/DeleteStoredCompletion",),
        response=DeletedResponse,
        statuses=_NOT_FOUND,
    ),
)
