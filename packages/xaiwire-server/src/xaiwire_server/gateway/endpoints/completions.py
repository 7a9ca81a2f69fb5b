"""Completions of prompts: OpenAI's older API."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.chat_response import count_usage
from xaiwire_server.gateway.convert.completions import (
    completion,
    completion_chunk,
    completion_fields,
    usage_chunk,
)
from xaiwire_server.gateway.endpoints.chat import DONE, data_event
from xaiwire_server.gateway.http.error_bodies import openai_event
from xaiwire_server.gateway.http.events import send_events
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.completions import Completion, CompletionRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from xaiwire import AsyncClient
    from xaiwire.proto import sample_pb2
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["COMPLETION_ROUTES"]


async def complete(exchange: Exchange, client: AsyncClient) -> None:
    """Go on from prompts: at once, or as a stream."""
    request = await exchange.json(CompletionRequest)
    allow_model(exchange, request.model)
    fields = completion_fields(request, exchange.warn)
    if request.stream:
        with_usage = request.stream_options is not None and bool(request.stream_options.include_usage)
        await send_events(exchange, _events(exchange, client, fields, with_usage=with_usage), failed=openai_event)
        return
    response = await client.services.sample.text(**fields, **exchange.options())
    count_usage(response.usage, exchange.usage)
    await exchange.answer(completion(response))


async def _events(
    exchange: Exchange, client: AsyncClient, fields: dict[str, Any], *, with_usage: bool
) -> AsyncGenerator[bytes, None]:
    counted: sample_pb2.SampleTextResponse | None = None
    try:
        async with aclosing(client.services.sample.stream(**fields, **exchange.options())) as chunks:
            async for chunk in chunks:
                if chunk.usage is not None:
                    counted = chunk
                yield data_event(completion_chunk(chunk))
    finally:
        # Also where the client left: what was made is paid for.
        if counted is not None:
            count_usage(counted.usage, exchange.usage)
    yield DONE if counted is None or not with_usage else data_event(usage_chunk(counted)) + DONE


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
