"""Tokenize: the tokens of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import tokenize_pb2
from xaiwire_server.emulator.services.checks import check_model, required
from xaiwire_server.emulator.text.tokenizer import tokenize

if TYPE_CHECKING:
    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.context import Context, Handler

__all__ = ["TokenizeService"]


class TokenizeService:
    """The service."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {"/xai_api.Tokenize/TokenizeText": self.tokenize_text}

    async def tokenize_text(
        self, request: tokenize_pb2.TokenizeTextRequest, context: Context
    ) -> tokenize_pb2.TokenizeTextResponse:
        """The tokens of a text."""
        model = self._catalogue.language_model(required("model", request.model))
        check_model(context, model.name)
        tokens = [
            tokenize_pb2.Token(token_id=token.id, string_token=token.text, token_bytes=token.data)
            for token in tokenize(request.text)
        ]
        return tokenize_pb2.TokenizeTextResponse(tokens=tokens, model=model.name)
