"""What messages say, as JSON of the conventions' form.

https://github.com/open-telemetry/semantic-conventions-genai: the schemas of input and output messages. Pictures and
files are named, not copied; definitions of tools are left out, for they can hold keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    Part = dict[str, Any]

__all__ = ["finish_reason", "input_messages", "output_messages", "prompts", "text_part", "tool_call_parts", "uri_part"]

# The schema's own words for why a message ends.
_FINISH = {
    "stop": "stop",
    "max_len": "length",
    "max_context": "length",
    "time_limit": "length",
    "tool_calls": "tool_call",
}


def input_messages(messages: Iterable[Any]) -> str:
    """The messages of a conversation (xai_api.Message)."""
    return _json([{"role": _role(message), "parts": _parts(message)} for message in messages])


def prompts(texts: Iterable[str]) -> str:
    """Texts without roles."""
    return _json([{"role": "user", "parts": [text_part(text)]} for text in texts])


def output_messages(outputs: Iterable[tuple[list[Part], str]]) -> str:
    """Answers: the parts of each and why it ends, as `finish_reason` puts it."""
    return _json(
        [
            {"role": "assistant", "parts": parts, "finish_reason": _FINISH.get(reason, reason)}
            for parts, reason in outputs
        ]
    )


def finish_reason(value: Any) -> str:  # noqa: ANN401 - sample_pb.FinishReason
    """The contract's finish reason in lower case, such as `stop`; a number where it is a newer one."""
    name: str = value.name or ""
    return name.removeprefix("REASON_").lower() if name.startswith("REASON_") else str(int(value))


def text_part(text: str, kind: str = "text") -> Part:
    """A part that is text; `kind` is `text` or `reasoning`."""
    return {"type": kind, "content": text}


def tool_call_parts(calls: Iterable[Any]) -> list[Part]:
    """Calls of tools (xai_api.ToolCall). Arguments stay text if they are not JSON."""
    parts = []
    for call in calls:
        function = call.tool.value if call.tool is not None and call.tool.field == "function" else None
        part: Part = {"type": "tool_call", "id": call.id, "name": function.name if function is not None else ""}
        if function is not None:
            part["arguments"] = _parsed(function.arguments)
        parts.append(part)
    return parts


def uri_part(uri: str) -> Part:
    """A picture. Of one that is in the address itself, only the kind is said."""
    if uri[:5].lower() == "data:":
        return {"type": "blob", "modality": "image", "mime_type": uri[5:].partition(",")[0].partition(";")[0][:80]}
    return {"type": "uri", "modality": "image", "uri": uri}


def _parts(message: Any) -> list[Part]:  # noqa: ANN401 - chat_pb.Message
    parts: list[Part] = []
    if message.reasoning_content:
        parts.append(text_part(message.reasoning_content, "reasoning"))
    texts = []
    for item in message.content:
        content = item.content
        if content is None:
            continue
        if content.field == "text":
            texts.append(content.value)
            parts.append(text_part(content.value))
        elif content.field == "image_url":
            parts.append(uri_part(content.value.image_url))
        else:
            parts.append({"type": "file", "modality": "file", "file_id": content.value.file_id})
    if _role(message) == "tool":
        return [{"type": "tool_call_response", "response": "".join(texts)}]
    return [*parts, *tool_call_parts(message.tool_calls)]


def _role(message: Any) -> str:  # noqa: ANN401 - chat_pb.Message
    name: str = message.role.name or ""
    return name.removeprefix("ROLE_").lower() if name.startswith("ROLE_") else str(int(message.role))


def _parsed(arguments: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments


def _json(value: list[Part]) -> str:
    return json.dumps(value, ensure_ascii=False)
