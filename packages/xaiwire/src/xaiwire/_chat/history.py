"""Messages as plain data and back, so that a conversation can be kept in a file or a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from xaiwire._chat.messages import file, image, text
from xaiwire._chat.tool_calls import FunctionCall, ToolCall
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire.errors import ValidationError

__all__ = ["messages_from_dicts", "messages_to_dicts"]

ROLES = {
    "user": chat_pb.MessageRole.ROLE_USER,
    "assistant": chat_pb.MessageRole.ROLE_ASSISTANT,
    "system": chat_pb.MessageRole.ROLE_SYSTEM,
    # OpenAI's newer name for it.
    "developer": chat_pb.MessageRole.ROLE_SYSTEM,
    "function": chat_pb.MessageRole.ROLE_FUNCTION,
    "tool": chat_pb.MessageRole.ROLE_TOOL,
}


def messages_to_dicts(messages: Iterable[chat_pb.Message]) -> list[dict[str, Any]]:
    """Messages as plain data that can be written as JSON: the contract's own JSON.

    Args:
        messages: the messages.
    """
    return [json.loads(message.to_json()) for message in messages]


def messages_from_dicts(data: Iterable[Mapping[str, Any]]) -> list[chat_pb.Message]:
    """Messages out of plain data: what `messages_to_dicts` gives, or OpenAI's form.

    OpenAI's form has `role` in lower case, `content` as a text or a list of `text`, `image_url` and `file` parts, and
    `tool_calls` with `id` and `function`.

    Args:
        data: the messages' data.

    Raises:
        ValidationError: something is no message; the text says which and why.
    """
    return [_message(number, each) for number, each in enumerate(data)]


def _message(number: int, data: Mapping[str, Any]) -> chat_pb.Message:
    try:
        if data.get("role") in ROLES:
            return _openai_message(data)
        return chat_pb.Message.from_json(json.dumps(dict(data)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValidationError(f"message {number} cannot be read: {error!r}") from None


def _openai_message(data: Mapping[str, Any]) -> chat_pb.Message:
    if unknown := data.keys() - {
        "role",
        "content",
        "name",
        "tool_calls",
        "tool_call_id",
        "reasoning_content",
        "refusal",
    }:
        raise ValidationError(f"{' and '.join(sorted(unknown))} cannot be carried")
    content = data.get("content")
    pieces = [text(content)] if isinstance(content, str) else [_piece(piece) for piece in content or ()]
    return chat_pb.Message(
        role=ROLES[data["role"]],
        content=pieces,
        name=data.get("name") or "",
        reasoning_content=data.get("reasoning_content"),
        tool_calls=[_tool_call(call) for call in data.get("tool_calls") or ()],
    )


def _piece(data: Mapping[str, Any]) -> chat_pb.Content:
    kind = data["type"]
    if kind == "text":
        return text(data["text"])
    if kind == "image_url":
        given = data["image_url"]
        return image(given) if isinstance(given, str) else image(given["url"], detail=given.get("detail") or "auto")
    if kind == "file":
        return file(data["file"]["file_id"])
    raise ValidationError(f"content of the type {kind!r} is not known")


def _tool_call(data: Mapping[str, Any]) -> chat_pb.ToolCall:
    function = data["function"]
    arguments = function.get("arguments") or ""
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    kind = chat_pb.ToolCallType.CLIENT_SIDE_TOOL
    return ToolCall(data.get("id") or "", kind, FunctionCall(function["name"], written)).proto
