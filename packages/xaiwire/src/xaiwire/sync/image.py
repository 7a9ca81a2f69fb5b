"""The client of images that waits for its calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from xaiwire import image
from xaiwire._services import image as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._gen.xai.api.v1 import image_pb
    from xaiwire._services.calls import Caller

__all__ = ["Client", "ImageResponse"]


class ImageResponse(image.BaseImageResponse):
    """An image that was made."""

    @property
    def image(self) -> bytes:
        """The image's content, which is fetched where the response has its URL alone.

        Raises:
            ImageError: there is no image, or it cannot be fetched.
        """
        content = self._decoded()
        return content if content is not None else image.fetch(self.url)


class Client:
    """Images out of prompts: `client.image`.

    client.image.sample("a cat", "grok-2-image").image
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    def sample(
        self,
        prompt: str,
        model: str,
        *,
        user: str | None = None,
        image_format: image.ImageFormat | None = None,
        source: str | image_pb.ImageUrlContent | None = None,
        **options: Unpack[CallOptions],
    ) -> ImageResponse:
        """Make an image.

        Args:
            prompt: what is to be seen.
            model: the model's name.
            user: who it is for, as your own name for them.
            image_format: how the image comes: by `url`, which is the default, or as `base64`.
            source: an image to start from: its URL or data URL, or the message.
            **options: of the call.

        Raises:
            ValidationError: the format is unknown.
            RpcError: the call failed.
        """
        request = image.request(prompt, model, 1, user=user, image_format=image_format, source=source)
        return ImageResponse(self._caller.unary(methods.GENERATE, request, options), 0)

    def sample_batch(
        self,
        prompt: str,
        model: str,
        n: int,
        *,
        user: str | None = None,
        image_format: image.ImageFormat | None = None,
        source: str | image_pb.ImageUrlContent | None = None,
        **options: Unpack[CallOptions],
    ) -> Sequence[ImageResponse]:
        """Make several images of one prompt.

        Args:
            prompt: what is to be seen.
            model: the model's name.
            n: how many images to make.
            user: who it is for, as your own name for them.
            image_format: how the images come: by `url`, which is the default, or as `base64`.
            source: an image to start from: its URL or data URL, or the message.
            **options: of the call.

        Raises:
            ValidationError: the format is unknown.
            RpcError: the call failed.
        """
        request = image.request(prompt, model, n, user=user, image_format=image_format, source=source)
        response = self._caller.unary(methods.GENERATE, request, options)
        return [ImageResponse(response, index) for index in range(len(response.images))]
