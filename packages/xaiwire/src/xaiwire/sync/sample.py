"""The client of plain texts that waits for its calls."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Unpack

from xaiwire import sample
from xaiwire._services import sample as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._gen.xai.api.v1 import sample_pb
    from xaiwire._services.calls import Caller

__all__ = ["Client"]


class Client:
    """Texts that go on from a prompt, without a conversation: `client.sample`.

    response = client.sample.text("Once upon a time", "grok-3", max_tokens=20)
    print(response.choices[0].text)
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    def text(
        self,
        prompt: str | Sequence[str],
        model: str,
        *,
        n: int | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        stop: Sequence[str] | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        logprobs: bool = False,
        top_logprobs: int | None = None,
        user: str | None = None,
        **options: Unpack[CallOptions],
    ) -> sample_pb.SampleTextResponse:
        """Make a text that goes on from a prompt.

        Args:
            prompt: the text to go on from, or several.
            model: the model's name.
            n: how many texts to make of each prompt.
            max_tokens: tokens at most of each text.
            seed: makes the choice of tokens repeatable, as far as the server can.
            stop: texts at which to end.
            temperature: how free the choice of tokens is, from 0 to 2.
            top_p: the share of likely tokens to choose from, from 0 to 1.
            frequency_penalty: makes tokens that occurred often less likely, from -2 to 2.
            presence_penalty: makes tokens that occurred less likely, from -2 to 2.
            logprobs: whether the tokens' log probabilities are wanted.
            top_logprobs: how many likely tokens to list for each place.
            user: who it is for, as your own name for them.
            **options: of the call.

        Returns:
            The response; `choices` has the texts, and why each ended.

        Raises:
            ValidationError: there is no prompt.
            RpcError: the call failed.
        """
        request = sample.request(
            prompt,
            model,
            n=n,
            max_tokens=max_tokens,
            seed=seed,
            stop=stop,
            temperature=temperature,
            top_p=top_p,
            frequency_penalty=frequency_penalty,
            presence_penalty=presence_penalty,
            logprobs=logprobs,
            top_logprobs=top_logprobs,
            user=user,
        )
        return self._caller.unary(methods.TEXT, request, options)

    def stream(
        self,
        prompt: str | Sequence[str],
        model: str,
        *,
        n: int | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        stop: Sequence[str] | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        logprobs: bool = False,
        top_logprobs: int | None = None,
        user: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Generator[sample_pb.SampleTextResponse, None, None]:
        """Make a text that goes on from a prompt, and get it as it is made.

        Args:
            prompt: the text to go on from, or several.
            model: the model's name.
            n: how many texts to make of each prompt.
            max_tokens: tokens at most of each text.
            seed: makes the choice of tokens repeatable, as far as the server can.
            stop: texts at which to end.
            temperature: how free the choice of tokens is, from 0 to 2.
            top_p: the share of likely tokens to choose from, from 0 to 1.
            frequency_penalty: makes tokens that occurred often less likely, from -2 to 2.
            presence_penalty: makes tokens that occurred less likely, from -2 to 2.
            logprobs: whether the tokens' log probabilities are wanted.
            top_logprobs: how many likely tokens to list for each place.
            user: who it is for, as your own name for them.
            **options: of the call.

        Yields:
            Responses whose `choices` have the next piece of each text.

        Raises:
            ValidationError: there is no prompt.
            RpcError: the call failed; raised while the pieces are taken.
        """
        request = sample.request(
            prompt,
            model,
            n=n,
            max_tokens=max_tokens,
            seed=seed,
            stop=stop,
            temperature=temperature,
            top_p=top_p,
            frequency_penalty=frequency_penalty,
            presence_penalty=presence_penalty,
            logprobs=logprobs,
            top_logprobs=top_logprobs,
            user=user,
        )
        return self._caller.server_stream(methods.STREAM, request, options)
