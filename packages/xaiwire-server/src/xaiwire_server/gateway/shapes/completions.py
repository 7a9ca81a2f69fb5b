"""Completions of a prompt: OpenAI's older API."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xaiwire_server.gateway.shapes.base import Float, Int32, Items, Request
from xaiwire_server.gateway.shapes.chat import ChatUsage, StreamOptions

__all__ = ["Completion", "CompletionChoice", "CompletionRequest"]


class CompletionRequest(Request):
    """A request for texts that go on from prompts. Token ids are refused: the contract takes texts."""

    model: str
    prompt: str | Items[str | int | Items[int]]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Int32 | None = None
    max_tokens: Int32 | None = None
    seed: Int32 | None = None
    stop: str | Items[str] | None = None
    temperature: Float | None = None
    top_p: Float | None = None
    frequency_penalty: Float | None = None
    presence_penalty: Float | None = None
    logprobs: Int32 | None = None
    user: str | None = None
    best_of: Any = None
    echo: Any = None
    suffix: Any = None
    logit_bias: Any = None


class CompletionChoice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One of the texts. The contract's answers have no log probabilities."""

    text: str
    index: int
    finish_reason: str | None
    logprobs: None
    native_finish_reason: str = ""


class Completion(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Texts, or a part of them where they are streamed."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: ChatUsage | None = None
    system_fingerprint: str = ""
