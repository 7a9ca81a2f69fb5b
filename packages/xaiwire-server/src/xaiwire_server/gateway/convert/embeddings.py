"""Embeddings: requests as the contract has them, answers as REST has them."""

from __future__ import annotations

from typing import Any

from xaiwire.proto import embed_pb2
from xaiwire_server.gateway.convert.image_urls import image_url
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.http.failures import not_carried
from xaiwire_server.gateway.shapes import embeddings as shapes
from xaiwire_server.gateway.shapes.base import is_neutral
from xaiwire_server.gateway.shapes.chat import ImagePart, ImageUrl, TextPart

__all__ = ["embedding_fields", "embedding_list"]

_FORMATS = {
    None: embed_pb2.EmbedEncodingFormat.FORMAT_FLOAT,
    "float": embed_pb2.EmbedEncodingFormat.FORMAT_FLOAT,
    "base64": embed_pb2.EmbedEncodingFormat.FORMAT_BASE64,
}


def embedding_fields(request: shapes.EmbeddingRequest) -> dict[str, Any]:
    """The fields of the contract's EmbedRequest.

    Args:
        request: as it came.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    if not is_neutral(request.dimensions):
        raise not_carried("dimensions", "cut the vectors yourself, where the model allows that")
    if isinstance(request.input, str):
        inputs = [_text(request.input)]
    else:
        inputs = [_input(each, f"input[{at}]") for at, each in enumerate(request.input)]
    return {
        "input": inputs,
        "model": request.model,
        "encoding_format": _FORMATS[request.encoding_format],
        "user": request.user or "",
    }


def embedding_list(response: embed_pb2.EmbedResponse) -> shapes.EmbeddingList:
    """Vectors; each has an entry, several of one input have the same index."""
    usage = response.usage
    return shapes.EmbeddingList(
        object="list",
        data=[
            shapes.Embedding("embedding", each.index, vector.base64_array or vector.float_array)
            for each in response.embeddings
            for vector in each.embeddings
        ],
        model=response.model,
        usage=None if usage is None else shapes.EmbeddingUsage(usage.num_text_embeddings, usage.num_image_embeddings),
        id=response.id,
        system_fingerprint=response.system_fingerprint,
    )


def _input(each: str | TextPart | ImagePart | int | list[int], param: str) -> embed_pb2.EmbedInput:
    match each:
        case str(text) | TextPart(text=text):
            return _text(text)
        case ImagePart(image_url=str(url)):
            return embed_pb2.EmbedInput(input=one("image_url", image_url(url, None, f"{param}.image_url")))
        case ImagePart(image_url=ImageUrl() as image):
            return embed_pb2.EmbedInput(
                input=one("image_url", image_url(image.url, image.detail, f"{param}.image_url.url"))
            )
        case _:
            raise not_carried(param, "send the text in place of its token ids")


def _text(text: str) -> embed_pb2.EmbedInput:
    return embed_pb2.EmbedInput(input=one("string", text))
