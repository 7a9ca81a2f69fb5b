"""The generated wrappers of all services, made when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xaiwire._services import auth, chat, collections, documents, embed, files, image, models, sample, tokenize
    from xaiwire._services.calls import AsyncCaller, Caller

__all__ = ["AsyncServices", "Services"]


class Services:
    """Every RPC, with all fields of its request as keyword arguments."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    @cached_property
    def auth(self) -> auth.Auth:
        """The service Auth."""
        from xaiwire._services.auth import Auth

        return Auth(self._caller)

    @cached_property
    def chat(self) -> chat.Chat:
        """The service Chat."""
        from xaiwire._services.chat import Chat

        return Chat(self._caller)

    @cached_property
    def collections(self) -> collections.Collections:
        """The service Collections."""
        from xaiwire._services.collections import Collections

        return Collections(self._caller)

    @cached_property
    def documents(self) -> documents.Documents:
        """The service Documents."""
        from xaiwire._services.documents import Documents

        return Documents(self._caller)

    @cached_property
    def embed(self) -> embed.Embed:
        """The service Embed."""
        from xaiwire._services.embed import Embed

        return Embed(self._caller)

    @cached_property
    def files(self) -> files.Files:
        """The service Files."""
        from xaiwire._services.files import Files

        return Files(self._caller)

    @cached_property
    def image(self) -> image.Image:
        """The service Image."""
        from xaiwire._services.image import Image

        return Image(self._caller)

    @cached_property
    def models(self) -> models.Models:
        """The service Models."""
        from xaiwire._services.models import Models

        return Models(self._caller)

    @cached_property
    def sample(self) -> sample.Sample:
        """The service Sample."""
        from xaiwire._services.sample import Sample

        return Sample(self._caller)

    @cached_property
    def tokenize(self) -> tokenize.Tokenize:
        """The service Tokenize."""
        from xaiwire._services.tokenize import Tokenize

        return Tokenize(self._caller)


class AsyncServices:
    """Every RPC in an event loop, with all fields of its request as keyword arguments."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    @cached_property
    def auth(self) -> auth.AsyncAuth:
        """The service Auth."""
        from xaiwire._services.auth import AsyncAuth

        return AsyncAuth(self._caller)

    @cached_property
    def chat(self) -> chat.AsyncChat:
        """The service Chat."""
        from xaiwire._services.chat import AsyncChat

        return AsyncChat(self._caller)

    @cached_property
    def collections(self) -> collections.AsyncCollections:
        """The service Collections."""
        from xaiwire._services.collections import AsyncCollections

        return AsyncCollections(self._caller)

    @cached_property
    def documents(self) -> documents.AsyncDocuments:
        """The service Documents."""
        from xaiwire._services.documents import AsyncDocuments

        return AsyncDocuments(self._caller)

    @cached_property
    def embed(self) -> embed.AsyncEmbed:
        """The service Embed."""
        from xaiwire._services.embed import AsyncEmbed

        return AsyncEmbed(self._caller)

    @cached_property
    def files(self) -> files.AsyncFiles:
        """The service Files."""
        from xaiwire._services.files import AsyncFiles

        return AsyncFiles(self._caller)

    @cached_property
    def image(self) -> image.AsyncImage:
        """The service Image."""
        from xaiwire._services.image import AsyncImage

        return AsyncImage(self._caller)

    @cached_property
    def models(self) -> models.AsyncModels:
        """The service Models."""
        from xaiwire._services.models import AsyncModels

        return AsyncModels(self._caller)

    @cached_property
    def sample(self) -> sample.AsyncSample:
        """The service Sample."""
        from xaiwire._services.sample import AsyncSample

        return AsyncSample(self._caller)

    @cached_property
    def tokenize(self) -> tokenize.AsyncTokenize:
        """The service Tokenize."""
        from xaiwire._services.tokenize import AsyncTokenize

        return AsyncTokenize(self._caller)
