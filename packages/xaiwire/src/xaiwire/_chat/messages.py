"""Messages of a conversation, and what they are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from protobuf import Oneof

from xaiwire._choices import chosen
from xaiwire._gen.xai.api.v1 import chat_pb, image_pb
from xaiwire.errors import ValidationError

__all__ = [
    "Content",
    "ImageDetail",
    "assistant",
    "file",
    "image",
    "required_tool",
    "system",
    "text",
    "tool",
    "tool_result",
    "user",
]

Content = str | chat_pb.Content
"""What a message is made of: a text, or what `text`, `image` and `file` make."""

ImageDetail = Literal["auto", "low", "high"]

DETAILS = {
    "auto": image_pb.ImageDetail.DETAIL_AUTO,
    "low": image_pb.ImageDetail.DETAIL_LOW,
    "high": image_pb.ImageDetail.DETAIL_HIGH,
}
Role = chat_pb.MessageRole


def user(*args: Content) -> chat_pb.Message:
    """A message of the user.

    Args:
        *args: texts, images and files, in order.
    """
    return _message(Role.ROLE_USER, args)


def assistant(*args: Content) -> chat_pb.Message:
    """A message of the model, such as an example of an answer.

    Args:
        *args: texts, in order.
    """
    return _message(Role.ROLE_ASSISTANT, args)


def system(*args: Content) -> chat_pb.Message:
    """What the model is told before the conversation: how to behave.

    Args:
        *args: texts, in order.
    """
    return _message(Role.ROLE_SYSTEM, args)


def tool_result(result: str) -> chat_pb.Message:
    """What a tool gave that the model called. Results follow in the order of the calls.

    Args:
        result: the result as text, mostly JSON.
    """
    return _message(Role.ROLE_TOOL, (text(result),))


def text(content: str) -> chat_pb.Content:
    """A piece of text.

    Args:
        content: the text.
    """
    piece: Oneof[Literal["text"], str] = Oneof("text", content)
    return chat_pb.Content(content=piece)


def image(image_url: str, *, detail: ImageDetail | None = "auto") -> chat_pb.Content:
    """An image that the model looks at.

    Args:
        image_url: its URL, or the image itself as a data URL (`data:image/png;base64,…`).
        detail: how closely to look: more detail takes more tokens.

    Raises:
        ValidationError: the detail is unknown.
    """
    content = image_pb.ImageUrlContent(image_url=image_url, detail=chosen("detail", detail or "auto", DETAILS))
    piece: Oneof[Literal["image_url"], image_pb.ImageUrlContent] = Oneof("image_url", content)
    return chat_pb.Content(content=piece)


def file(file_id: str) -> chat_pb.Content:
    """A file that was uploaded, for the model to read.

    Args:
        file_id: what `client.files.upload` gave it.
    """
    piece: Oneof[Literal["file"], chat_pb.FileContent] = Oneof("file", chat_pb.FileContent(file_id=file_id))
    return chat_pb.Content(content=piece)


def tool(name: str, description: str, parameters: Mapping[str, Any]) -> chat_pb.Tool:
    """A function that the model may call; `tool_from_function` makes one out of a Python function.

    Args:
        name: the function's name.
        description: what it does, for the model to know when to call it.
        parameters: the JSON Schema of its arguments.

    Raises:
        ValidationError: the parameters cannot be written as JSON.
    """
    try:
        schema = json.dumps(parameters)
    except (TypeError, ValueError) as error:
        raise ValidationError(f"the parameters of the tool {name} cannot be written as JSON: {error}") from None
    function = chat_pb.Function(name=name, description=description, parameters=schema)
    piece: Oneof[Literal["function"], chat_pb.Function] = Oneof("function", function)
    return chat_pb.Tool(tool=piece)


def required_tool(name: str) -> chat_pb.ToolChoice:
    """The choice of one tool, which the model then has to call.

    Args:
        name: its name.
    """
    choice: Oneof[Literal["function_name"], str] = Oneof("function_name", name)
    return chat_pb.ToolChoice(tool_choice=choice)


def _message(role: chat_pb.MessageRole, content: tuple[Content, ...]) -> chat_pb.Message:
    pieces = [text(piece) if isinstance(piece, str) else piece for piece in content]
    return chat_pb.Message(role=role, content=pieces)
