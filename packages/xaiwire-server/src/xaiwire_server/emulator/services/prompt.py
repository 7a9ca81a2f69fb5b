"""What a conversation costs before it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2, image_pb2, usage_pb2
from xaiwire_server.emulator.text.tokenizer import count_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["prompt_usage"]

EACH_MESSAGE = 4
"""Tokens that a message has beyond its text, for its role and its ends."""

IMAGE_TOKENS = {image_pb2.ImageDetail.DETAIL_LOW: 256}
DEFAULT_IMAGE_TOKENS = 1024


def prompt_usage(
    history: Sequence[chat_pb2.Message],
    messages: Sequence[chat_pb2.Message],
    tools: Sequence[chat_pb2.Tool],
    file_sizes: dict[str, int],
) -> usage_pb2.SamplingUsage:
    """The usage of a prompt.

    Args:
        history: what was said before; it counts as cached.
        messages: the request's messages.
        tools: the request's tools.
        file_sizes: bytes of the files that are spoken of, by id.
    """
    cached, old_images = _tokens(history, file_sizes)
    text, images = _tokens(messages, file_sizes)
    for tool in tools:
        if tool.tool is not None and isinstance(tool.tool.value, chat_pb2.Function):
            function = tool.tool.value
            text += EACH_MESSAGE + sum(
                count_tokens(part) for part in (function.name, function.description, function.parameters)
            )
    return usage_pb2.SamplingUsage(
        prompt_tokens=cached + old_images + text + images,
        prompt_text_tokens=cached + text,
        cached_prompt_text_tokens=cached,
        prompt_image_tokens=old_images + images,
    )


def _tokens(messages: Sequence[chat_pb2.Message], file_sizes: dict[str, int]) -> tuple[int, int]:
    text = images = 0
    for message in messages:
        text += EACH_MESSAGE
        for part in message.content:
            match part.content.value if part.content is not None else None:
                case str() as said:
                    text += count_tokens(said)
                case image_pb2.ImageUrlContent() as image:
                    images += IMAGE_TOKENS.get(image.detail, DEFAULT_IMAGE_TOKENS)
                case chat_pb2.FileContent() as file:
                    # A token has about four bytes.
                    text += file_sizes.get(file.file_id, 0) // 4
                case _:
                    pass
        for call in message.tool_calls:
            if call.tool is not None:
                text += count_tokens(call.tool.value.name) + count_tokens(call.tool.value.arguments)
    return text, images
