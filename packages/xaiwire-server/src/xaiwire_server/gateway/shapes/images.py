"""Images that are made of prompts: OpenAI's shapes, with xAI's source image."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xaiwire_server.gateway.shapes.base import Int32, Request
from xaiwire_server.gateway.shapes.chat import ImageUrl

__all__ = ["GeneratedImage", "ImageList", "ImageRequest"]


class ImageRequest(Request):
    """A request for images. `image` is the one to begin with: an http(s) address, or a data URL."""

    model: str
    prompt: str
    n: Int32 | None = None
    response_format: Literal["url", "b64_json"] | None = None
    user: str | None = None
    image: ImageUrl | str | None = None
    # What others have and the contract has no place for; `convert.images` says what becomes of it.
    size: Any = None
    quality: Any = None
    style: Any = None
    background: Any = None
    moderation: Any = None
    output_format: Any = None
    output_compression: Any = None
    partial_images: Any = None
    stream: Any = None
    aspect_ratio: Any = None
    resolution: Any = None


class GeneratedImage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An image, where it passed the moderation: its address, or its content as base64.

    `revised_prompt` is the prompt as the model was given it.
    """

    respect_moderation: bool
    url: str = ""
    b64_json: str = ""
    revised_prompt: str = ""


class ImageList(msgspec.Struct):
    """Images. `created` is when the gateway answered: the contract does not say when they were made."""

    created: int
    data: list[GeneratedImage]
    model: str
