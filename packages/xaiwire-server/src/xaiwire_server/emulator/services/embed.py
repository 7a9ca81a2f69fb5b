"""Embedder: vectors of texts and images."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING

from xaiwire.proto import embed_pb2, usage_pb2
from xaiwire_server.emulator.services.checks import check_image, check_model, required
from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.context import Context, Handler
    from xaiwire_server.emulator.text.embedding import Embedder

__all__ = ["EmbedService"]

MAX_INPUTS = 128
"""How many inputs a request may have; the API's documentation says 128."""

_Format = embed_pb2.EmbedEncodingFormat


class EmbedService:
    """The service."""

    def __init__(self, catalogue: Catalogue, embedder: Embedder) -> None:
        self._catalogue = catalogue
        self._embedder = embedder

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {"/xai_api.Embedder/Embed": self.embed}

    async def embed(self, request: embed_pb2.EmbedRequest, context: Context) -> embed_pb2.EmbedResponse:
        """A vector for each input. That of an image is that of its address."""
        model = self._catalogue.embedding_model(required("model", request.model))
        check_model(context, model.name)
        if not 1 <= len(request.input) <= MAX_INPUTS:
            raise invalid("input", f"there are {len(request.input)} inputs; between 1 and {MAX_INPUTS} are allowed")
        if request.encoding_format not in (_Format.FORMAT_FLOAT, _Format.FORMAT_BASE64):
            raise invalid("encoding_format", "it is FORMAT_FLOAT or FORMAT_BASE64")
        texts: list[str] = []
        images = 0
        for at, each in enumerate(request.input):
            if each.input is None:
                raise invalid(f"input[{at}]", "it is neither a text nor an image")
            if isinstance(each.input.value, str):
                texts.append(required(f"input[{at}].string", each.input.value))
            else:
                check_image(f"input[{at}].image_url", each.input.value)
                texts.append(each.input.value.image_url)
                images += 1
        encoded = request.encoding_format == _Format.FORMAT_BASE64
        return embed_pb2.EmbedResponse(
            id=str(uuid.uuid4()),
            embeddings=[
                embed_pb2.Embedding(index=index, embeddings=[_feature(vector, encoded=encoded)])
                for index, vector in enumerate(self._embedder.vectors(texts))
            ],
            usage=usage_pb2.EmbeddingUsage(num_text_embeddings=len(texts) - images, num_image_embeddings=images),
            model=model.name,
            system_fingerprint=model.system_fingerprint,
        )


def _feature(vector: NDArray[np.float32], *, encoded: bool) -> embed_pb2.FeatureVector:
    if encoded:
        return embed_pb2.FeatureVector(base64_array=base64.b64encode(vector.astype("<f4").tobytes()).decode())
    return embed_pb2.FeatureVector(float_array=vector.tolist())
