"""The client of tokens for event loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from xaiwire._gen.xai.api.v1 import tokenize_pb
from xaiwire._services import tokenize as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._services.calls import AsyncCaller

__all__ = ["Client"]


class Client:
    """The tokens of texts: `client.tokenize`."""

    __slots__ = ("_caller",)

    def __init__(self, caller: AsyncCaller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    async def tokenize_text(
        self, text: str, model: str, *, user: str | None = None, **options: Unpack[CallOptions]
    ) -> Sequence[tokenize_pb.Token]:
        """Cut a text into the tokens that a model sees.

        Args:
            text: the text.
            model: the model's name.
            user: who it is for, as your own name for them.
            **options: of the call.

        Returns:
            The tokens, each with its number, its text and its bytes.

        Raises:
            RpcError: the call failed.
        """
        request = tokenize_pb.TokenizeTextRequest(text=text, model=model, user=user or "")
        return (await self._caller.unary(methods.TEXT, request, options)).tokens
