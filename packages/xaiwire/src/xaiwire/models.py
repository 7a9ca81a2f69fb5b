"""Models: the client is `client.models`, in xaiwire.sync.models and xaiwire.aio.models."""

from __future__ import annotations

from xaiwire._gen.xai.api.v1.models_pb import EmbeddingModel, ImageGenerationModel, LanguageModel, Modality

__all__ = ["EmbeddingModel", "ImageGenerationModel", "LanguageModel", "Modality"]
