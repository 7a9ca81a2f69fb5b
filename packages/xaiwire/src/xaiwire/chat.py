"""Conversations: what messages are made of, and what answers are; the client is `client.chat`.

from xaiwire.chat import image, system, user

chat = client.chat.create("grok-4", messages=[system("Be brief.")])
chat.append(user("What is on this picture?", image("https://example.com/cat.jpg")))
print(chat.sample().content)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire._chat.history import messages_from_dicts, messages_to_dicts
from xaiwire._chat.messages import (
    Content,
    ImageDetail,
    assistant,
    file,
    image,
    required_tool,
    system,
    text,
    tool,
    tool_result,
    user,
)
from xaiwire._chat.request import ChatSettings, CompletionOptions, ReasoningEffort, ResponseFormat, ToolLike, ToolMode
from xaiwire._chat.response import Chunk, CompletionOutputChunk, Response
from xaiwire._chat.tool_calls import FunctionCall, ToolCall
from xaiwire.search import SearchParameters

if TYPE_CHECKING:
    from xaiwire._chat.function_tools import FunctionTool, tool_from_function, tool_from_model

__all__ = [
    "ChatSettings",
    "Chunk",
    "CompletionOptions",
    "CompletionOutputChunk",
    "Content",
    "FunctionCall",
    "FunctionTool",
    "ImageDetail",
    "ReasoningEffort",
    "Response",
    "ResponseFormat",
    "SearchParameters",
    "ToolCall",
    "ToolLike",
    "ToolMode",
    "assistant",
    "file",
    "image",
    "messages_from_dicts",
    "messages_to_dicts",
    "required_tool",
    "system",
    "text",
    "tool",
    "tool_from_function",
    "tool_from_model",
    "tool_result",
    "user",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class and two functions
    # They take the modules that look into types and docstrings, which most programs do without.
    if name in ("FunctionTool", "tool_from_function", "tool_from_model"):
        from xaiwire._chat import function_tools

        return getattr(function_tools, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
