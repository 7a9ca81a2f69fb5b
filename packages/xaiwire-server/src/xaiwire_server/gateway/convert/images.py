"""Images: requests as the contract has them, answers as REST has them."""

from __future__ import annotations

from typing import Any

from xaiwire.proto import image_pb2
from xaiwire_server.gateway.convert.image_urls import image_url
from xaiwire_server.gateway.http.failures import not_carried
from xaiwire_server.gateway.shapes import images as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

__all__ = ["image_fields", "image_list"]

_FORMATS = {
    "url": image_pb2.ImageFormat.IMG_FORMAT_URL,
    "b64_json": image_pb2.ImageFormat.IMG_FORMAT_BASE64,
}
_NEUTRAL: dict[str, tuple[object, ...]] = {
    "size": ("auto",),
    "quality": ("auto",),
    "style": (),
    "background": ("auto",),
    "moderation": ("auto",),
    "output_format": (),
    "output_compression": (),
    "partial_images": (0,),
    "stream": (False,),
    "aspect_ratio": ("auto",),
    "resolution": ("auto",),
}
"""Fields that change the images and have no place in the contract, with what asks for nothing."""


def image_fields(request: shapes.ImageRequest) -> dict[str, Any]:
    """The fields of the contract's GenerateImageRequest.

    Args:
        request: as it came.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    for name, neutral in _NEUTRAL.items():
        if not is_neutral(getattr(request, name), *neutral):
            raise not_carried(name, "leave it out")
    fields: dict[str, Any] = {"prompt": request.prompt, "model": request.model, "user": request.user or ""}
    if request.n is not None:
        fields["n"] = request.n
    if request.response_format is not None:
        fields["format"] = _FORMATS[request.response_format]
    match request.image:
        case str(url):
            fields["image"] = image_url(url, None, "image")
        case image if image is not None:
            fields["image"] = image_url(image.url, image.detail, "image.url")
    return fields


def image_list(response: image_pb2.ImageResponse, created: int) -> shapes.ImageList:
    """Images.

    Args:
        response: the contract's.
        created: the moment, in seconds since 1970.
    """
    return shapes.ImageList(created, [_image(image) for image in response.images], response.model)


def _image(image: image_pb2.GeneratedImage) -> shapes.GeneratedImage:
    made = shapes.GeneratedImage(respect_moderation=image.respect_moderation, revised_prompt=image.up_sampled_prompt)
    if image.image is not None and image.image.field == "url":
        made.url = image.image.value
    elif image.image is not None:
        # It comes as a data URL, or without what such a one begins with.
        made.b64_json = image.image.value.rpartition("base64,")[2]
    return made
