"""Models: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import models_pb2
from xaiwire_server.emulator.services.checks import required

if TYPE_CHECKING:
    from protobuf.wkt import Empty

    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.context import Context, Handler

__all__ = ["ModelsService"]


class ModelsService:
    """The service."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {
            "/xai_api.Models/ListLanguageModels": self.list_language,
            "/xai_api.Models/ListEmbeddingModels": self.list_embedding,
            "/xai_api.Models/ListImageGenerationModels": self.list_image,
            "/xai_api.Models/GetLanguageModel": self.get_language,
            "/xai_api.Models/GetEmbeddingModel": self.get_embedding,
            "/xai_api.Models/GetImageGenerationModel": self.get_image,
        }

    async def list_language(self, _request: Empty, context: Context) -> models_pb2.ListLanguageModelsResponse:
        """The models that answer, those that the key may use."""
        models = [model for model in self._catalogue.language if context.key.may("model", model.name)]
        return models_pb2.ListLanguageModelsResponse(models=models)

    async def list_embedding(self, _request: Empty, context: Context) -> models_pb2.ListEmbeddingModelsResponse:
        """The models that make vectors."""
        models = [model for model in self._catalogue.embedding if context.key.may("model", model.name)]
        return models_pb2.ListEmbeddingModelsResponse(models=models)

    async def list_image(self, _request: Empty, context: Context) -> models_pb2.ListImageGenerationModelsResponse:
        """The models that make pictures."""
        models = [model for model in self._catalogue.image if context.key.may("model", model.name)]
        return models_pb2.ListImageGenerationModelsResponse(models=models)

    async def get_language(self, request: models_pb2.GetModelRequest, _context: Context) -> models_pb2.LanguageModel:
        """A model that answers."""
        return self._catalogue.language_model(required("name", request.name))

    async def get_embedding(self, request: models_pb2.GetModelRequest, _context: Context) -> models_pb2.EmbeddingModel:
        """A model that makes vectors."""
        return self._catalogue.embedding_model(required("name", request.name))

    async def get_image(
        self, request: models_pb2.GetModelRequest, _context: Context
    ) -> models_pb2.ImageGenerationModel:
        """A model that makes pictures."""
        return self._catalogue.image_model(required("name", request.name))
