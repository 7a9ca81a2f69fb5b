"""Image: pictures of prompts."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Literal

from protobuf import Oneof

from xaiwire.proto import image_pb2
from xaiwire_server.emulator.services.checks import check_image, check_model, check_range, required
from xaiwire_server.emulator.text.pictures import drawn
from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.context import Context, Handler
    from xaiwire_server.emulator.state.pictures import Pictures

__all__ = ["ImageService"]

MAX_PICTURES = 10
"""How many pictures a request may ask for; the API's documentation says 10."""

_Format = image_pb2.ImageFormat


class ImageService:
    """The service."""

    def __init__(self, catalogue: Catalogue, pictures: Pictures) -> None:
        self._catalogue = catalogue
        self._pictures = pictures

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {"/xai_api.Image/GenerateImage": self.generate}

    async def generate(self, request: image_pb2.GenerateImageRequest, context: Context) -> image_pb2.ImageResponse:
        """Pictures in which the prompt is written."""
        model = self._catalogue.image_model(required("model", request.model))
        check_model(context, model.name)
        prompt = required("prompt", request.prompt)
        if len(prompt) > model.max_prompt_length:
            raise invalid(
                "prompt", f"it has {len(prompt):,} characters; {model.name} takes {model.max_prompt_length:,}"
            )
        count = request.n if request.has_field("n") else 1
        check_range("n", count, 1, MAX_PICTURES)
        if request.image is not None:
            check_image("image", request.image)
        if request.format not in tuple(_Format):
            raise invalid("format", f"{int(request.format)} is no ImageFormat")
        images: list[image_pb2.GeneratedImage] = []
        for number in range(count):
            content = await asyncio.to_thread(drawn, prompt, number)
            image = image_pb2.GeneratedImage(up_sampled_prompt=prompt, respect_moderation=True)
            if request.format == _Format.IMG_FORMAT_BASE64:
                # The official client takes what is behind "base64,".
                value = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
                encoded: Oneof[Literal["base64"], str] = Oneof("base64", value)
                image.image = encoded
            else:
                identity = self._pictures.add(content, "jpeg")
                url: Oneof[Literal["url"], str] = Oneof("url", f"{context.call.base_url}/pictures/{identity}.jpg")
                image.image = url
            images.append(image)
        return image_pb2.ImageResponse(images=images, model=model.name)
