"""The client of embeddings that waits for its calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from xaiwire import embed
from xaiwire._services import embed as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._gen.xai.api.v1 import embed_pb
    from xaiwire._services.calls import Caller

__all__ = ["Client"]


class Client:
    """Vectors of texts and images: `client.embed`.

    for vector in client.embed.vectors("v1", ["a cat", "a dog"]):
        print(len(vector))
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    def create(
        self,
        model: str,
        input: embed.Inputs,
        *,
        encoding_format: embed.EncodingFormat = "float",
        user: str | None = None,
        **options: Unpack[CallOptions],
    ) -> embed_pb.EmbedResponse:
        """Make the embeddings of texts and images.

        Args:
            model: the model's name.
            input: a text, or several texts and images; see embed.image.
            encoding_format: how the vectors come: `float` or `base64`.
            user: who it is for, as your own name for them.
            **options: of the call.

        Returns:
            The response: vectors in the order of the input, and the usage.

        Raises:
            ValidationError: there is no input, or more than 128 of them.
            RpcError: the call failed.
        """
        request = embed.request(model, input, encoding_format=encoding_format, user=user)
        return self._caller.unary(methods.CREATE, request, options)

    def vectors(
        self, model: str, input: embed.Inputs, *, user: str | None = None, **options: Unpack[CallOptions]
    ) -> Sequence[Sequence[float]]:
        """Make the embeddings of texts and images, as vectors alone.

        Args:
            model: the model's name.
            input: a text, or several texts and images; see embed.image.
            user: who it is for, as your own name for them.
            **options: of the call.

        Returns:
            A vector for each input, in the same order.

        Raises:
            ValidationError: there is no input, or more than 128 of them.
            RpcError: the call failed.
        """
        request = embed.request(model, input, encoding_format="float", user=user)
        return embed.vectors(self._caller.unary(methods.CREATE, request, options))
