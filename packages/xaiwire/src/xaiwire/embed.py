"""Embeddings: what goes in and what comes out; the client is `client.embed`."""

from __future__ import annotations

from array import array
from base64 import b64decode
from collections.abc import Iterable, Sequence
from typing import Literal

from protobuf import Oneof

from xaiwire._choices import chosen
from xaiwire._gen.xai.api.v1 import embed_pb, image_pb
from xaiwire.errors import ValidationError

__all__ = ["EncodingFormat", "Inputs", "image", "request", "vectors"]

EncodingFormat = Literal["float", "base64"]
Inputs = str | Iterable[str | embed_pb.EmbedInput]
"""A text, or several texts and images."""

FORMATS = {
    "float": embed_pb.EmbedEncodingFormat.FORMAT_FLOAT,
    "base64": embed_pb.EmbedEncodingFormat.FORMAT_BASE64,
}
DETAILS = {
    "auto": image_pb.ImageDetail.DETAIL_AUTO,
    "low": image_pb.ImageDetail.DETAIL_LOW,
    "high": image_pb.ImageDetail.DETAIL_HIGH,
}
# The REST API says so: "at most 128 inputs".
MOST_INPUTS = 128


def image(image_url: str, *, detail: Literal["auto", "low", "high"] = "auto") -> embed_pb.EmbedInput:
    """An image to embed.

    Args:
        image_url: the image's URL or data URL.
        detail: how closely to look at it.

    Raises:
        ValidationError: the detail is unknown.
    """
    content = image_pb.ImageUrlContent(image_url=image_url, detail=chosen("detail", detail, DETAILS))
    return embed_pb.EmbedInput(input=Oneof[Literal["image_url"], image_pb.ImageUrlContent]("image_url", content))


def request(
    model: str, given: Inputs, *, encoding_format: EncodingFormat = "float", user: str | None = None
) -> embed_pb.EmbedRequest:
    """The request for embeddings.

    Args:
        model: the model's name.
        given: a text, or several texts and images.
        encoding_format: how the vectors come.
        user: who it is for.

    Raises:
        ValidationError: there is no input, or too many, or the format is unknown.
    """
    inputs = [_input(each) for each in ((given,) if isinstance(given, str) else given)]
    if not 0 < len(inputs) <= MOST_INPUTS:
        raise ValidationError(f"input has {len(inputs)} texts and images; it takes 1 to {MOST_INPUTS}")
    return embed_pb.EmbedRequest(
        model=model,
        input=inputs,
        encoding_format=chosen("encoding_format", encoding_format, FORMATS),
        user=user or "",
    )


def vectors(response: embed_pb.EmbedResponse) -> Sequence[Sequence[float]]:
    """The vectors of a response, whichever way they came, in the order of the input.

    Args:
        response: the response.
    """
    ordered = sorted(response.embeddings, key=lambda embedding: embedding.index)
    return [_vector(embedding) for embedding in ordered]


def _input(given: str | embed_pb.EmbedInput) -> embed_pb.EmbedInput:
    if not isinstance(given, str):
        return given
    return embed_pb.EmbedInput(input=Oneof[Literal["string"], str]("string", given))


def _vector(embedding: embed_pb.Embedding) -> Sequence[float]:
    numbers: list[float] = []
    for part in embedding.embeddings:
        if part.float_array:
            numbers.extend(part.float_array)
        elif part.base64_array:
            numbers.extend(_decoded(part.base64_array))
    return numbers


def _decoded(text: str) -> Sequence[float]:
    """Little-endian floats of 32 bits."""
    import sys

    numbers = array("f", b64decode(text))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
