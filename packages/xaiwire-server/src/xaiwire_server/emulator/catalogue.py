"""The models that the emulator has, with the prices that xAI's public documents name.

Prices are as the contract gives them: in hundredths of a US cent for a million tokens, or for one picture or search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protobuf.wkt import Timestamp

from xaiwire.proto import models_pb2
from xaiwire_server.rpc.refusal import not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["THINKING", "Catalogue"]

_TEXT, _IMAGE, _EMBEDDING = models_pb2.Modality.TEXT, models_pb2.Modality.IMAGE, models_pb2.Modality.EMBEDDING
_DAY = 86_400
THINKING = frozenset({"grok-4", "grok-4-fast-reasoning", "grok-3-mini", "grok-code-fast-1"})
"""The models that reason before they answer."""


@dataclass(frozen=True, slots=True)
class _Language:
    name: str
    aliases: tuple[str, ...]
    day: int
    prompt: int
    cached: int
    completion: int
    length: int
    sees: bool = False


_LANGUAGE = (
    _Language("grok-4", ("grok-4-0709", "grok-4-latest"), 20_278, 30_000, 7_500, 150_000, 256_000, sees=True),
    _Language("grok-4-fast-reasoning", ("grok-4-fast",), 20_350, 2_000, 500, 5_000, 2_000_000, sees=True),
    _Language("grok-4-fast-non-reasoning", (), 20_350, 2_000, 500, 5_000, 2_000_000, sees=True),
    _Language("grok-code-fast-1", ("grok-code-fast",), 20_328, 2_000, 200, 15_000, 256_000),
    _Language("grok-3", ("grok-3-latest",), 20_187, 30_000, 7_500, 150_000, 131_072),
    _Language("grok-3-mini", ("grok-3-mini-latest",), 20_187, 3_000, 750, 5_000, 131_072),
    _Language(
        "grok-2-vision", ("grok-2-vision-1212", "grok-2-vision-latest"), 20_069, 20_000, 0, 100_000, 32_768, sees=True
    ),
)
_EMBEDDINGS = (("v1", ("grok-embedding-small",), 20_000, 100),)
_PICTURES = (("grok-2-image", ("grok-2-image-1212", "grok-2-image-latest"), 20_069, 700, 1024),)
_SEARCH_PRICE = 250


class Catalogue:
    """The models.

    Attributes:
        language: those that answer.
        embedding: those that make vectors.
        image: those that make pictures.
    """

    def __init__(self, fingerprint: str, more: Iterable[str] = ()) -> None:
        """Fill it.

        Args:
            fingerprint: what `system_fingerprint` says.
            more: further models that answer.
        """
        self.fingerprint = fingerprint
        extra = [_Language(name, (), 20_000, 0, 0, 0, 131_072, sees=True) for name in more]
        self.language = [_language(model, fingerprint) for model in (*_LANGUAGE, *extra)]
        self.embedding = [
            models_pb2.EmbeddingModel(
                name=name,
                aliases=list(aliases),
                version="1.0.0",
                input_modalities=[_TEXT, _IMAGE],
                output_modalities=[_EMBEDDING],
                prompt_text_token_price=price,
                prompt_image_token_price=price,
                created=Timestamp(seconds=day * _DAY),
                system_fingerprint=fingerprint,
            )
            for name, aliases, day, price in _EMBEDDINGS
        ]
        self.image = [
            models_pb2.ImageGenerationModel(
                name=name,
                aliases=list(aliases),
                version="1.0.0",
                input_modalities=[_TEXT],
                output_modalities=[_IMAGE],
                image_price=price,
                created=Timestamp(seconds=day * _DAY),
                max_prompt_length=length,
                system_fingerprint=fingerprint,
            )
            for name, aliases, day, price, length in _PICTURES
        ]
        self._language = {name: model for model in self.language for name in (model.name, *model.aliases)}
        self._embedding = {name: model for model in self.embedding for name in (model.name, *model.aliases)}
        self._image = {name: model for model in self.image for name in (model.name, *model.aliases)}

    def language_model(self, name: str, *, any_model: bool = False) -> models_pb2.LanguageModel:
        """A model that answers.

        Args:
            name: its name or an alias.
            any_model: there is one by any name.

        Raises:
            Refusal: NOT_FOUND.
        """
        model = self._language.get(name)
        if model is None and any_model and name:
            return _language(_Language(name, (), 20_000, 0, 0, 0, 131_072, sees=True), self.fingerprint)
        if model is None:
            raise not_found("model", name)
        return model

    def embedding_model(self, name: str) -> models_pb2.EmbeddingModel:
        """A model that makes vectors.

        Raises:
            Refusal: NOT_FOUND.
        """
        if name not in self._embedding:
            raise not_found("embedding model", name)
        return self._embedding[name]

    def image_model(self, name: str) -> models_pb2.ImageGenerationModel:
        """A model that makes pictures.

        Raises:
            Refusal: NOT_FOUND.
        """
        if name not in self._image:
            raise not_found("image generation model", name)
        return self._image[name]


def _language(model: _Language, fingerprint: str) -> models_pb2.LanguageModel:
    return models_pb2.LanguageModel(
        name=model.name,
        aliases=list(model.aliases),
        version="1.0.0",
        input_modalities=[_TEXT, _IMAGE] if model.sees else [_TEXT],
        output_modalities=[_TEXT],
        prompt_text_token_price=model.prompt,
        prompt_image_token_price=model.prompt if model.sees else 0,
        cached_prompt_token_price=model.cached,
        completion_text_token_price=model.completion,
        search_price=_SEARCH_PRICE,
        created=Timestamp(seconds=model.day * _DAY),
        max_prompt_length=model.length,
        system_fingerprint=fingerprint,
    )
