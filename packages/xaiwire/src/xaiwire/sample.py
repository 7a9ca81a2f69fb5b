"""Plain texts: the request for one; the client is `client.sample`."""

from __future__ import annotations

from collections.abc import Sequence

from xaiwire._choices import several
from xaiwire._gen.xai.api.v1 import sample_pb
from xaiwire.errors import ValidationError

__all__ = ["request"]


def request(
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
) -> sample_pb.SampleTextRequest:
    """The request for a text; the arguments are those of `client.sample.text`.

    Raises:
        ValidationError: there is no prompt, or `stop` is one string.
    """
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    if not prompts:
        raise ValidationError("prompt is empty: give a text to go on from")
    return sample_pb.SampleTextRequest(
        prompt=prompts,
        model=model,
        n=n,
        max_tokens=max_tokens,
        seed=seed,
        stop=several("stop", stop or ()),
        temperature=temperature,
        top_p=top_p,
        frequency_penalty=frequency_penalty,
        presence_penalty=presence_penalty,
        logprobs=logprobs,
        top_logprobs=top_logprobs,
        user=user or "",
    )
