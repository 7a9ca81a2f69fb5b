"""Images: the request for them and what comes; the client is `client.image`."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Literal
from urllib.parse import urlsplit

from xaiwire._choices import chosen
from xaiwire._gen.xai.api.v1 import image_pb
from xaiwire._version import version
from xaiwire.errors import ImageError

__all__ = ["BaseImageResponse", "ImageFormat", "fetch", "request"]

ImageFormat = Literal["base64", "url"]

FORMATS = {"base64": image_pb.ImageFormat.IMG_FORMAT_BASE64, "url": image_pb.ImageFormat.IMG_FORMAT_URL}
FETCH_SECONDS = 30.0
MOST_BYTES = 64 << 20


def request(
    prompt: str,
    model: str,
    n: int,
    *,
    user: str | None = None,
    image_format: ImageFormat | None = None,
    source: str | image_pb.ImageUrlContent | None = None,
) -> image_pb.GenerateImageRequest:
    """The request for images; the arguments are those of `client.image.sample_batch`.

    Raises:
        ValidationError: the format is unknown.
    """
    if isinstance(source, str):
        source = image_pb.ImageUrlContent(image_url=source, detail=image_pb.ImageDetail.DETAIL_AUTO)
    return image_pb.GenerateImageRequest(
        prompt=prompt,
        model=model,
        user=user or "",
        n=n,
        format=chosen("image_format", image_format or "url", FORMATS),
        image=source,
    )


class BaseImageResponse:
    """One of the images of a response.

    Args:
        proto: the response.
        index: which of its images.

    Raises:
        ImageError: the response has no such image.
    """

    __slots__ = ("_image", "_proto")

    def __init__(self, proto: image_pb.ImageResponse, index: int) -> None:
        if index >= len(proto.images):
            raise ImageError("the response has no image")
        self._proto = proto
        self._image = proto.images[index]

    @property
    def proto(self) -> image_pb.ImageResponse:
        """The response with all of its images."""
        return self._proto

    @property
    def prompt(self) -> str:
        """The prompt as the model was given it, which can be longer than the one that was sent."""
        return self._image.up_sampled_prompt

    @property
    def respect_moderation(self) -> bool:
        """Whether the image passed the moderation; there is none to be had otherwise."""
        return self._image.respect_moderation

    @property
    def url(self) -> str:
        """Where the image can be fetched, for some time.

        Raises:
            ImageError: it came as base64.
        """
        image = self._image.image
        if image is None or image.field != "url" or not isinstance(image.value, str) or not image.value:
            raise ImageError("the image did not come by URL: ask for image_format='url'")
        return image.value

    @property
    def base64(self) -> str:
        """The image as a data URL: `data:image/jpeg;base64,…`.

        Raises:
            ImageError: it came by URL.
        """
        image = self._image.image
        if image is None or image.field != "base64" or not isinstance(image.value, str) or not image.value:
            raise ImageError("the image did not come as base64: ask for image_format='base64'")
        return image.value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._image!r})"

    def _decoded(self) -> bytes | None:
        """The image's content, if it came as base64."""
        image = self._image.image
        if image is None or image.field != "base64":
            return None
        try:
            return b64decode(self.base64.rpartition("base64,")[2], validate=True)
        except Base64Error:
            raise ImageError("the image's base64 cannot be read") from None


def fetch(url: str) -> bytes:
    """Fetch an image over HTTP.

    Args:
        url: its URL, with `https://` or `http://`.

    Raises:
        ImageError: it cannot be fetched, or is larger than 64 MiB.
    """
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    # A response may not name a file of this machine.
    if urlsplit(url).scheme not in ("https", "http"):
        raise ImageError("the image's URL is neither https nor http")
    asked = Request(url, headers={"User-Agent": f"xaiwire/{version()}"})  # noqa: S310 - the scheme is checked
    try:
        with urlopen(asked, timeout=FETCH_SECONDS) as answer:  # noqa: S310 - the scheme is checked
            content = answer.read(MOST_BYTES + 1)
    except (URLError, OSError, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise ImageError(f"the image cannot be fetched: {error}") from error
    if len(content) > MOST_BYTES:
        raise ImageError(f"the image has more than {MOST_BYTES >> 20} MiB")
    return bytes(content)
