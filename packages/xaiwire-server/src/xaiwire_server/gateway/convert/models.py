"""Models of the contract, as REST has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from xaiwire.proto import models_pb2
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.shapes import models as shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AnyModel", "embedding_model", "image_model", "language_model", "model", "model_list"]

_MODALITIES: dict[int, str] = {each: each.name.lower() for each in models_pb2.Modality}

AnyModel: TypeAlias = models_pb2.LanguageModel | models_pb2.EmbeddingModel | models_pb2.ImageGenerationModel


def model(found: AnyModel) -> shapes.Model:
    """A model of any kind."""
    return shapes.Model(
        id=found.name, object="model", created=unix(found.created), owned_by="xai", aliases=found.aliases
    )


def model_list(found: Iterable[AnyModel]) -> shapes.ModelList:
    """Models of every kind; one that is of several kinds is there once."""
    by_name: dict[str, AnyModel] = {}
    for each in found:
        by_name.setdefault(each.name, each)
    return shapes.ModelList("list", [model(each) for each in by_name.values()])


def language_model(found: models_pb2.LanguageModel) -> shapes.LanguageModel:
    """A model that answers."""
    return shapes.LanguageModel(
        **_known(found),
        max_prompt_length=found.max_prompt_length,
        prompt_text_token_price=found.prompt_text_token_price,
        cached_prompt_text_token_price=found.cached_prompt_token_price,
        prompt_image_token_price=found.prompt_image_token_price,
        completion_text_token_price=found.completion_text_token_price,
        search_price=found.search_price,
    )


def embedding_model(found: models_pb2.EmbeddingModel) -> shapes.EmbeddingModel:
    """A model that makes vectors."""
    return shapes.EmbeddingModel(
        **_known(found),
        prompt_text_token_price=found.prompt_text_token_price,
        prompt_image_token_price=found.prompt_image_token_price,
    )


def image_model(found: models_pb2.ImageGenerationModel) -> shapes.ImageGenerationModel:
    """A model that makes images."""
    return shapes.ImageGenerationModel(
        **_known(found), max_prompt_length=found.max_prompt_length, image_price=found.image_price
    )


def _known(found: AnyModel) -> dict[str, Any]:
    return {
        "id": found.name,
        "object": "model",
        "created": unix(found.created),
        "owned_by": "xai",
        "aliases": found.aliases,
        "version": found.version,
        "fingerprint": found.system_fingerprint,
        "input_modalities": _modalities(found.input_modalities),
        "output_modalities": _modalities(found.output_modalities),
    }


def _modalities(found: Iterable[int]) -> list[str]:
    """The contract's words in small letters; of what it has no word for, the number."""
    return [_MODALITIES.get(each, str(int(each))) for each in found]
