"""Completions of prompts: OpenAI's older API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.chat_request import has_usage
from xaiwire_server.gateway.convert.chat_response import count_usage
from xaiwire_server.gateway.convert.completions import PromptWriter, completion, completion_fields
from xaiwire_server.gateway.endpoints.streams import send_chunks
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.completions import Completion, CompletionRequest

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["COMPLETION_ROUTES"]


async def complete(exchange: Exchange, client: AsyncClient) -> None:
    """Go on from prompts: at once, or as a stream."""
    request = await exchange.json(CompletionRequest)
    allow_model(exchange, request.model)
    fields = completion_fields(request, exchange.leave_out, exchange.warn)
    if request.stream:
        writer = PromptWriter(with_usage=has_usage(request.stream_options))
        await send_chunks(exchange, client.services.sample.stream(**fields, **exchange.options()), writer)
        return
    response = await client.services.sample.text(**fields, **exchange.options())
    count_usage(response.usage, exchange.usage)
    await exchange.answer(completion(response))


COMPLETION_ROUTES = (
    Route(
        name="completions",
        method="POST",
        path="/v1/completions",
        endpoint=complete,
        summary="Go on from prompts: at once, or as a stream",
        tag="Completions",
        rpcs=("xai_api.Sample/SampleText", "xai_api.Sample/SampleTextStreaming"),
        request=CompletionRequest,
        response=Completion,
        streams=True,
    ),
)
