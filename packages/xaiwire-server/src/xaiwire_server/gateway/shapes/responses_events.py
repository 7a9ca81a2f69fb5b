"""Responses as streams: the events. Each has its number in the stream."""

from __future__ import annotations

from typing import Literal

import msgspec

from xaiwire_server.gateway.shapes.chat import LogProb
from xaiwire_server.gateway.shapes.responses_answer import OutputItem, OutputText, Response, SummaryText

__all__ = [
    "ArgumentsDelta",
    "ArgumentsDone",
    "ErrorEvent",
    "ItemEvent",
    "PartEvent",
    "ResponseEvent",
    "StreamEvent",
    "SummaryDelta",
    "SummaryDone",
    "SummaryPartEvent",
    "TextDelta",
    "TextDone",
]


class ResponseEvent(msgspec.Struct, kw_only=True):
    """What has become of the response; the last event but for errors."""

    type: Literal[
        "response.created", "response.in_progress", "response.completed", "response.incomplete", "response.failed"
    ]
    sequence_number: int
    response: Response


class ItemEvent(msgspec.Struct, kw_only=True):
    """An item begins, or is whole."""

    type: Literal["response.output_item.added", "response.output_item.done"]
    sequence_number: int
    output_index: int
    item: OutputItem


class PartEvent(msgspec.Struct, kw_only=True):
    """A part of a message begins, or is whole."""

    type: Literal["response.content_part.added", "response.content_part.done"]
    sequence_number: int
    item_id: str
    output_index: int
    content_index: int = 0
    part: OutputText


class TextDelta(msgspec.Struct, kw_only=True):
    """More of a message's text."""

    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    sequence_number: int
    item_id: str
    output_index: int
    content_index: int = 0
    delta: str
    logprobs: list[LogProb]


class TextDone(msgspec.Struct, kw_only=True):
    """A message's whole text."""

    type: Literal["response.output_text.done"] = "response.output_text.done"
    sequence_number: int
    item_id: str
    output_index: int
    content_index: int = 0
    text: str
    logprobs: list[LogProb]


class SummaryPartEvent(msgspec.Struct, kw_only=True):
    """A part of what the model thinks begins, or is whole."""

    type: Literal["response.reasoning_summary_part.added", "response.reasoning_summary_part.done"]
    sequence_number: int
    item_id: str
    output_index: int
    summary_index: int
    part: SummaryText


class SummaryDelta(msgspec.Struct, kw_only=True):
    """More of what the model thinks."""

    type: Literal["response.reasoning_summary_text.delta"] = "response.reasoning_summary_text.delta"
    sequence_number: int
    item_id: str
    output_index: int
    summary_index: int
    delta: str


class SummaryDone(msgspec.Struct, kw_only=True):
    """The whole of a part of what the model thinks."""

    type: Literal["response.reasoning_summary_text.done"] = "response.reasoning_summary_text.done"
    sequence_number: int
    item_id: str
    output_index: int
    summary_index: int
    text: str


class ArgumentsDelta(msgspec.Struct, kw_only=True):
    """More of a call's arguments."""

    type: Literal["response.function_call_arguments.delta"] = "response.function_call_arguments.delta"
    sequence_number: int
    item_id: str
    output_index: int
    delta: str


class ArgumentsDone(msgspec.Struct, kw_only=True):
    """A call's arguments."""

    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    sequence_number: int
    item_id: str
    output_index: int
    name: str
    arguments: str


class ErrorEvent(msgspec.Struct, kw_only=True):
    """The stream broke off."""

    type: Literal["error"] = "error"
    sequence_number: int
    code: str | None
    message: str
    param: str | None


StreamEvent = (
    ResponseEvent
    | ItemEvent
    | PartEvent
    | TextDelta
    | TextDone
    | SummaryPartEvent
    | SummaryDelta
    | SummaryDone
    | ArgumentsDelta
    | ArgumentsDone
    | ErrorEvent
)
