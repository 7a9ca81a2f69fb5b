"""Embeddings: OpenAI's shapes, with xAI's images."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xaiwire_server.gateway.shapes.base import Items, Request
from xaiwire_server.gateway.shapes.chat import ImagePart, TextPart

__all__ = ["Embedding", "EmbeddingList", "EmbeddingRequest", "EmbeddingUsage"]


class EmbeddingRequest(Request):
    """A request for vectors of texts and images. Token ids are refused: the contract takes texts."""

    model: str
    input: str | Items[str | TextPart | ImagePart | int | Items[int]]
    encoding_format: Literal["float", "base64"] | None = None
    user: str | None = None
    dimensions: Any = None


class Embedding(msgspec.Struct):
    """A vector; as base64 it is its numbers as float32, the lowest byte first."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(msgspec.Struct):
    """What was embedded. The contract counts no tokens here."""

    num_text_embeddings: int
    num_image_embeddings: int


class EmbeddingList(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Vectors."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage | None = None
    id: str = ""
    system_fingerprint: str = ""
