"""Completions of prompts: requests as the contract has them, answers as REST has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.convert.chat_request import check_stream_options
from xaiwire_server.gateway.convert.chat_response import chat_usage, finish_reason
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.convert.sampling import sampling_fields
from xaiwire_server.gateway.http.failures import not_carried
from xaiwire_server.gateway.shapes import completions as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire.proto import sample_pb2, usage_pb2

__all__ = ["PromptWriter", "completion", "completion_fields"]

_ADVICE = {
    "best_of": "ask for n texts, and choose one yourself",
    "echo": "put the prompt before the text yourself",
    "suffix": "say in the prompt what is to follow",
    "logit_bias": "",
}


def completion_fields(
    request: shapes.CompletionRequest, leave_out: Callable[[str, str], None], warn: Callable[[str, str], None]
) -> dict[str, Any]:
    """The fields of the contract's SampleTextRequest.

    Args:
        request: as it came.
        leave_out: is told of what is not passed on: its path, and why.
        warn: is told of what has not its effect: its path, and why.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    # As many as are asked for, none of which is left out, is no choice of the best.
    neutral: dict[str, tuple[object, ...]] = {"best_of": (1, request.n), "echo": (False,)}
    for name, advice in _ADVICE.items():
        if not is_neutral(getattr(request, name), *neutral.get(name, ())):
            raise not_carried(name, advice)
    check_stream_options(request.stream_options, leave_out)
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
    made = _part(response)
    made.usage = chat_usage(response.usage)
    return made


class PromptWriter:
    """Makes the parts of texts that are streamed."""

    __slots__ = ("_last", "_with_usage")

    def __init__(self, *, with_usage: bool) -> None:
        """Begin.

        Args:
            with_usage: whether the stream ends with a part that has the usage.
        """
        self._with_usage = with_usage
        self._last: sample_pb2.SampleTextResponse | None = None

    @property
    def usage(self) -> usage_pb2.SamplingUsage | None:
        """The last one that came; it counts from the beginning."""
        return self._last.usage if self._last is not None else None

    def chunk(self, chunk: sample_pb2.SampleTextResponse) -> shapes.Completion:
        """A part."""
        if chunk.usage is not None:
            self._last = chunk
        return _part(chunk)

    def last(self) -> shapes.Completion | None:
        """The part behind the last one, which has the usage; None where it was not asked for, or is not known."""
        if not self._with_usage or self._last is None:
            return None
        made = completion(self._last)
        made.choices = []
        return made


def _part(response: sample_pb2.SampleTextResponse) -> shapes.Completion:
    return shapes.Completion(
        id=response.id,
        object="text_completion",
        created=unix(response.created),
        model=response.model,
        choices=[_choice(choice) for choice in response.choices],
        system_fingerprint=response.system_fingerprint,
    )


def _choice(choice: sample_pb2.SampleChoice) -> shapes.CompletionChoice:
    reason, native = finish_reason(choice.finish_reason)
    return shapes.CompletionChoice(
        text=choice.text, index=choice.index, finish_reason=reason, logprobs=None, native_finish_reason=native
    )


def _text(prompt: str | int | list[int], param: str) -> str:
    if not isinstance(prompt, str):
        raise not_carried(param, "send the text in place of its token ids")
    return prompt
