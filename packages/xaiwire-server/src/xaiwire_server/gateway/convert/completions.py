"""Completions of prompts: requests as the contract has them, answers as REST has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.convert.chat_response import chat_usage, finish_reason
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.convert.sampling import sampling_fields
from xaiwire_server.gateway.http.failures import not_carried
from xaiwire_server.gateway.shapes import completions as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire.proto import sample_pb2

__all__ = ["completion", "completion_chunk", "completion_fields", "usage_chunk"]

_ADVICE = {
    "best_of": "ask for n texts, and choose one yourself",
    "echo": "put the prompt before the text yourself",
    "suffix": "say in the prompt what is to follow",
    "logit_bias": "",
}


def completion_fields(request: shapes.CompletionRequest, warn: Callable[[str, str], None]) -> dict[str, Any]:
    """The fields of the contract's SampleTextRequest.

    Args:
        request: as it came.
        warn: is told of what has not its effect: its path, and why.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    # As many as are asked for, none of which is left out, is no choice of the best.
    neutral: dict[str, tuple[object, ...]] = {"best_of": (1, request.n), "echo": (False,)}
    for name, advice in _ADVICE.items():
        if not is_neutral(getattr(request, name), *neutral.get(name, ())):
            raise not_carried(name, advice)
    fields = sampling_fields(request)
    prompts = [request.prompt] if isinstance(request.prompt, str) else request.prompt
    fields["prompt"] = [_text(each, f"prompt[{at}]") for at, each in enumerate(prompts)]
    if request.max_tokens is not None:
        fields["max_tokens"] = request.max_tokens
    if request.logprobs is not None:
        fields["logprobs"] = True
        fields["top_logprobs"] = request.logprobs
        warn("logprobs", "it is passed on, but the answers of xAI's API to prompts have no place for log probabilities")
    return fields


def completion(response: sample_pb2.SampleTextResponse) -> shapes.Completion:
    """Texts, whole."""
    made = completion_chunk(response)
    made.usage = chat_usage(response.usage)
    return made


def completion_chunk(response: sample_pb2.SampleTextResponse) -> shapes.Completion:
    """A part of texts that are streamed."""
    return shapes.Completion(
        id=response.id,
        object="text_completion",
        created=unix(response.created),
        model=response.model,
        choices=[_choice(choice) for choice in response.choices],
        system_fingerprint=response.system_fingerprint,
    )


def usage_chunk(last: sample_pb2.SampleTextResponse) -> shapes.Completion:
    """The chunk behind the last one, which has the usage.

    Args:
        last: the last one that says what the texts took.
    """
    made = completion(last)
    made.choices = []
    return made


def _choice(choice: sample_pb2.SampleChoice) -> shapes.CompletionChoice:
    reason, native = finish_reason(choice.finish_reason)
    return shapes.CompletionChoice(
        text=choice.text, index=choice.index, finish_reason=reason, logprobs=None, native_finish_reason=native
    )


def _text(prompt: str | int | list[int], param: str) -> str:
    if not isinstance(prompt, str):
        raise not_carried(param, "send the text in place of its token ids")
    return prompt
