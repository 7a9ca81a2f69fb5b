"""Images that are made of prompts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.images import image_fields, image_list
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.images import ImageList, ImageRequest

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["IMAGE_ROUTES"]


async def generate(exchange: Exchange, client: AsyncClient) -> None:
    """Make images of a prompt."""
    request = await exchange.json(ImageRequest)
    allow_model(exchange, request.model)
    response = await client.services.image.generate(**image_fields(request), **exchange.options())
    await exchange.answer(image_list(response, int(time.time())))


IMAGE_ROUTES = (
    Route(
        name="images.generations",
        method="POST",
        path="/v1/images/generations",
        endpoint=generate,
        summary="Make images of a prompt",
        tag="Images",
        rpcs=("xai_api.Image/GenerateImage",),
        request=ImageRequest,
        response=ImageList,
    ),
)
