"""The client of models that waits for its calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from protobuf.wkt import Empty

from xaiwire._gen.xai.api.v1 import models_pb
from xaiwire._services import models as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._services.calls import Caller

__all__ = ["Client"]


class Client:
    """The models that the key may use: `client.models`."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    def list_language_models(self, **options: Unpack[CallOptions]) -> Sequence[models_pb.LanguageModel]:
        """List the language models that the key may use, with their prices.

        Args:
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        return self._caller.unary(methods.LIST_LANGUAGE_MODELS, Empty(), options).models

    def get_language_model(self, name: str, **options: Unpack[CallOptions]) -> models_pb.LanguageModel:
        """Get a language model by its name or one of its aliases.

        Args:
            name: the name or alias.
            **options: of the call.

        Raises:
            NotFoundError: there is no such model.
            RpcError: the call failed otherwise.
        """
        return self._caller.unary(methods.GET_LANGUAGE_MODEL, models_pb.GetModelRequest(name=name), options)

    def list_embedding_models(self, **options: Unpack[CallOptions]) -> Sequence[models_pb.EmbeddingModel]:
        """List the embedding models that the key may use, with their prices.

        Args:
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        return self._caller.unary(methods.LIST_EMBEDDING_MODELS, Empty(), options).models

    def get_embedding_model(self, name: str, **options: Unpack[CallOptions]) -> models_pb.EmbeddingModel:
        """Get an embedding model by its name or one of its aliases.

        Args:
            name: the name or alias.
            **options: of the call.

        Raises:
            NotFoundError: there is no such model.
            RpcError: the call failed otherwise.
        """
        return self._caller.unary(methods.GET_EMBEDDING_MODEL, models_pb.GetModelRequest(name=name), options)

    def list_image_generation_models(self, **options: Unpack[CallOptions]) -> Sequence[models_pb.ImageGenerationModel]:
        """List the image generation models that the key may use, with their prices.

        Args:
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        return self._caller.unary(methods.LIST_IMAGE_GENERATION_MODELS, Empty(), options).models

    def get_image_generation_model(self, name: str, **options: Unpack[CallOptions]) -> models_pb.ImageGenerationModel:
        """Get an image generation model by its name or one of its aliases.

        Args:
            name: the name or alias.
            **options: of the call.

        Raises:
            NotFoundError: there is no such model.
            RpcError: the call failed otherwise.
        """
        return self._caller.unary(methods.GET_IMAGE_GENERATION_MODEL, models_pb.GetModelRequest(name=name), options)
