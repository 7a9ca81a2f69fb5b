"""Models: OpenAI's list of them all, and xAI's lists by kind. Prices are as the contract has them."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "EmbeddingModel",
    "EmbeddingModelList",
    "ImageGenerationModel",
    "ImageGenerationModelList",
    "LanguageModel",
    "LanguageModelList",
    "Model",
    "ModelList",
]


class Model(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A model of any kind."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: Literal["xai"]
    aliases: list[str] = []


class ModelList(msgspec.Struct):
    """Models of every kind."""

    object: Literal["list"]
    data: list[Model]


class _KnownModel(msgspec.Struct, kw_only=True):
    id: str
    object: Literal["model"]
    created: int
    owned_by: Literal["xai"]
    aliases: list[str]
    version: str
    fingerprint: str
    input_modalities: list[str]
    output_modalities: list[str]


class LanguageModel(_KnownModel, kw_only=True):
    """A model that answers."""

    max_prompt_length: int
    prompt_text_token_price: int
    cached_prompt_text_token_price: int
    prompt_image_token_price: int
    completion_text_token_price: int
    search_price: int


class LanguageModelList(msgspec.Struct):
    """Models that answer."""

    models: list[LanguageModel]


class EmbeddingModel(_KnownModel, kw_only=True):
    """A model that makes vectors."""

    prompt_text_token_price: int
    prompt_image_token_price: int


class EmbeddingModelList(msgspec.Struct):
    """Models that make vectors."""

    models: list[EmbeddingModel]


class ImageGenerationModel(_KnownModel, kw_only=True):
    """A model that makes images."""

    max_prompt_length: int
    image_price: int


class ImageGenerationModelList(msgspec.Struct):
    """Models that make images."""

    models: list[ImageGenerationModel]
