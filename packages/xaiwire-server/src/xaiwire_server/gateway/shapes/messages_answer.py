"""Answers of the Messages API, and the events of its streams: Anthropic's shapes."""

from __future__ import annotations

from typing import Literal

import msgspec

from xaiwire_server.gateway.shapes.base import Json

__all__ = [
    "AnswerBlock",
    "AnsweredMessage",
    "ContentBlockDelta",
    "ContentBlockStart",
    "ContentBlockStop",
    "InputJsonDelta",
    "MessageDelta",
    "MessageStart",
    "MessageStop",
    "MessageUsage",
    "OutputTokensDetails",
    "RedactedThinkingContent",
    "ServerToolUseContent",
    "SignatureDelta",
    "StopDelta",
    "StreamEvent",
    "TextContent",
    "TextDelta",
    "ThinkingContent",
    "ThinkingDelta",
    "TokenCount",
    "ToolUseContent",
]


class TextContent(msgspec.Struct, tag="text", kw_only=True):
    """A text of an answer. xAI's API cites for the whole answer: see `citations` of the message."""

    text: str
    citations: None = None


class ThinkingContent(msgspec.Struct, tag="thinking"):
    """What the model thought; `signature` is the same, in a form that only the server reads."""

    thinking: str
    signature: str


class RedactedThinkingContent(msgspec.Struct, tag="redacted_thinking"):
    """What the model thought, in a form that only the server reads; in a stream, it may come behind the text."""

    data: str


class ToolUseContent(msgspec.Struct, tag="tool_use"):
    """A call of a function that the caller is to run."""

    id: str
    name: str
    input: Json


class ServerToolUseContent(msgspec.Struct, tag="server_tool_use"):
    """A call of a tool that the server ran; `tool` is xAI's kind of it.

    What it gave back is not shown, where the API says it at all; POST /v1/responses shows it.
    """

    id: str
    name: str
    input: Json
    tool: str


AnswerBlock = TextContent | ThinkingContent | RedactedThinkingContent | ToolUseContent | ServerToolUseContent


class OutputTokensDetails(msgspec.Struct):
    """What an answer consists of."""

    thinking_tokens: int


class MessageUsage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What an answer took.

    As with Anthropic, `input_tokens` are without those from the cache, and `output_tokens` with those of thinking.
    Where the API has not said anything (yet), all are 0. `num_sources_used` and `server_side_tools_used` are xAI's.
    """

    input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    num_sources_used: int = 0
    server_side_tools_used: list[str] = []


class AnsweredMessage(msgspec.Struct, tag="message", kw_only=True, omit_defaults=True):
    """The next message of a conversation.

    `citations` are the addresses that xAI's API names for the whole answer. `native_stop_reason` is the contract's word
    for why it ended, where Anthropic has none of its own. That a stop sequence ended it, the API does not say: it is
    `end_turn`.
    """

    id: str
    role: Literal["assistant"]
    model: str
    content: list[AnswerBlock]
    stop_reason: str | None
    stop_sequence: None
    usage: MessageUsage
    native_stop_reason: str = ""
    citations: list[str] = []
    system_fingerprint: str = ""


class TokenCount(msgspec.Struct):
    """How many tokens the texts of a conversation have; what a model's own template puts between them is not in it."""

    input_tokens: int


# Events of a stream.


class MessageStart(msgspec.Struct, tag="message_start"):
    """A message begins."""

    message: AnsweredMessage


class ContentBlockStart(msgspec.Struct, tag="content_block_start"):
    """A block begins."""

    index: int
    content_block: AnswerBlock


class TextDelta(msgspec.Struct, tag="text_delta"):
    """More of a text."""

    text: str


class ThinkingDelta(msgspec.Struct, tag="thinking_delta"):
    """More of what the model thought."""

    thinking: str


class SignatureDelta(msgspec.Struct, tag="signature_delta"):
    """The whole signature of a block of thinking."""

    signature: str


class InputJsonDelta(msgspec.Struct, tag="input_json_delta"):
    """More of the JSON of a call's input."""

    partial_json: str


class ContentBlockDelta(msgspec.Struct, tag="content_block_delta"):
    """More of a block."""

    index: int
    delta: TextDelta | ThinkingDelta | SignatureDelta | InputJsonDelta


class ContentBlockStop(msgspec.Struct, tag="content_block_stop"):
    """A block is whole."""

    index: int


class StopDelta(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What of a message is known at its end."""

    stop_reason: str | None
    stop_sequence: None
    native_stop_reason: str = ""
    citations: list[str] = []


class MessageDelta(msgspec.Struct, tag="message_delta"):
    """The end of a message."""

    delta: StopDelta
    usage: MessageUsage


class MessageStop(msgspec.Struct, tag="message_stop"):
    """A message is whole."""


StreamEvent = MessageStart | ContentBlockStart | ContentBlockDelta | ContentBlockStop | MessageDelta | MessageStop
