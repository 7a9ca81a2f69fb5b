"""The engine that asks another server: any that speaks OpenAI's chat completions, as servers of local models do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, image_pb2, sample_pb2
from xaiwire_server.emulator.answers.function_calls import call_of
from xaiwire_server.emulator.answers.model import Delta, message_text
from xaiwire_server.rpc.refusal import Refusal, invalid, waiting_trailers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xaiwire_server.emulator.answers.model import Task

__all__ = ["OpenAIEngine"]

_ROLES = {
    chat_pb2.MessageRole.ROLE_USER: "user",
    chat_pb2.MessageRole.ROLE_ASSISTANT: "assistant",
    chat_pb2.MessageRole.ROLE_SYSTEM: "system",
    chat_pb2.MessageRole.ROLE_TOOL: "tool",
    chat_pb2.MessageRole.ROLE_FUNCTION: "tool",
}
_FINISHES = {
    "stop": sample_pb2.FinishReason.REASON_STOP,
    "length": sample_pb2.FinishReason.REASON_MAX_LEN,
    "tool_calls": sample_pb2.FinishReason.REASON_TOOL_CALLS,
    "function_call": sample_pb2.FinishReason.REASON_TOOL_CALLS,
}
_STATUS = {
    400: StatusCode.INVALID_ARGUMENT,
    401: StatusCode.FAILED_PRECONDITION,
    403: StatusCode.FAILED_PRECONDITION,
    404: StatusCode.NOT_FOUND,
    413: StatusCode.RESOURCE_EXHAUSTED,
    422: StatusCode.INVALID_ARGUMENT,
    429: StatusCode.RESOURCE_EXHAUSTED,
    501: StatusCode.UNIMPLEMENTED,
    503: StatusCode.UNAVAILABLE,
    504: StatusCode.DEADLINE_EXCEEDED,
}
_MODES = {
    chat_pb2.ToolMode.AUTO: "auto",
    chat_pb2.ToolMode.NONE: "none",
    chat_pb2.ToolMode.REQUIRED: "required",
}
_SAMPLING = ("max_tokens", "seed", "temperature", "top_p", "frequency_penalty", "presence_penalty")
_EFFORTS = {
    chat_pb2.ReasoningEffort.EFFORT_LOW: "low",
    chat_pb2.ReasoningEffort.EFFORT_MEDIUM: "medium",
    chat_pb2.ReasoningEffort.EFFORT_HIGH: "high",
}
MAX_LINE = 1 << 20
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 600.0


class OpenAIEngine:
    """Forwards the chat.

    Attributes:
        name: `openai`.
        any_model: the other server knows which models there are.
    """

    name = "openai"
    any_model = True

    def __init__(self, url: str, *, key: str | None = None, model: str | None = None) -> None:
        """Begin.

        Args:
            url: where the API is, as `http://localhost:11434/v1`.
            key: the other server's key; None sends none.
            model: is asked for in place of the model that requests name.
        """
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        # A redirect would carry the key to another place.
        self._client = httpx2.AsyncClient(
            headers=headers, follow_redirects=False, timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        )
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model

    async def answer(self, task: Task) -> AsyncIterator[Delta]:
        """Answer, as the other server's parts come."""
        calls: dict[int, dict[str, str]] = {}
        finish: sample_pb2.FinishReason | None = None
        try:
            async with self._client.stream("POST", self._url, json=_body(task, self._model)) as response:
                if response.status_code != 200:
                    raise _refused(response.status_code, await response.aread(), response.headers.get("retry-after"))
                async for line in response.aiter_lines():
                    event = _event(line)
                    if event is None:
                        continue
                    for choice in event.get("choices") or ():
                        delta = choice.get("delta") or {}
                        text, thought = delta.get("content") or "", delta.get("reasoning_content") or ""
                        if text or thought:
                            yield Delta(text=str(text), reasoning=str(thought))
                        for call in delta.get("tool_calls") or ():
                            _add_call(calls, call)
                        finish = _FINISHES.get(choice.get("finish_reason"), finish)
        except httpx2.HTTPError as error:
            raise Refusal(StatusCode.UNAVAILABLE, f"the engine's server does not answer: {error}") from error
        yield Delta(tool_calls=tuple(_made(calls)), finish=finish)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("data:") or len(line) > MAX_LINE:
        return None
    content = line[5:].strip()
    if content == "[DONE]":
        return None
    try:
        event = json.loads(content)
    except ValueError:
        raise Refusal(StatusCode.INTERNAL, "the engine's server sends what is not JSON") from None
    if not isinstance(event, dict):
        raise Refusal(StatusCode.INTERNAL, "the engine's server sends what is not an object")
    if "error" in event:
        raise Refusal(StatusCode.INTERNAL, f"the engine's server fails: {_message(event)}")
    return event


def _message(content: dict[str, Any]) -> str:
    error = content.get("error")
    return str(error.get("message", error) if isinstance(error, dict) else error)[:500]


def _refused(status: int, content: bytes, retry_after: str | None) -> Refusal:
    try:
        message = _message(json.loads(content))
    except (ValueError, AttributeError):
        message = content[:200].decode("utf-8", "replace")
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    code = _STATUS.get(status, StatusCode.INTERNAL if status >= 500 else StatusCode.FAILED_PRECONDITION)
    return Refusal(code, f"the engine's server says {status}: {message}", trailers=waiting_trailers(seconds))


def _add_call(calls: dict[int, dict[str, str]], part: dict[str, Any]) -> None:
    call = calls.setdefault(int(part.get("index") or 0), {"id": "", "name": "", "arguments": ""})
    function = part.get("function") or {}
    call["id"] = call["id"] or str(part.get("id") or "")
    call["name"] += str(function.get("name") or "")
    call["arguments"] += str(function.get("arguments") or "")


def _made(calls: dict[int, dict[str, str]]) -> list[chat_pb2.ToolCall]:
    made = []
    for number, call in sorted(calls.items()):
        message = call_of(call["name"], {}, (number, call["id"]))
        assert message.tool is not None  # noqa: S101 - it was just made
        message.tool.value.arguments = call["arguments"] or "{}"
        message.id = call["id"] or message.id
        made.append(message)
    return made


def _body(task: Task, model: str | None) -> dict[str, Any]:
    request = task.request
    body: dict[str, Any] = {
        "model": model or request.model,
        "stream": True,
        "messages": [_said(message) for message in task.messages],
    }
    for name in _SAMPLING:
        if request.has_field(name):  # type: ignore[arg-type]  # the names above are fields
            body[name] = getattr(request, name)
    if request.stop:
        body["stop"] = list(request.stop)
    if request.user:
        body["user"] = request.user
    if request.has_field("reasoning_effort"):
        body["reasoning_effort"] = _EFFORTS[request.reasoning_effort]
    if request.has_field("parallel_tool_calls"):
        body["parallel_tool_calls"] = request.parallel_tool_calls
    functions = [
        _function(tool.tool.value) for tool in request.tools if tool.tool is not None and tool.tool.field == "function"
    ]
    if functions:
        body["tools"] = functions
        choice = request.tool_choice.tool_choice if request.tool_choice is not None else None
        if choice is not None and isinstance(choice.value, str):
            body["tool_choice"] = {"type": "function", "function": {"name": choice.value}}
        elif choice is not None:
            body["tool_choice"] = _MODES[choice.value]
    form = request.response_format
    if form is not None and form.format_type == chat_pb2.FormatType.JSON_OBJECT:
        body["response_format"] = {"type": "json_object"}
    elif form is not None and form.format_type == chat_pb2.FormatType.JSON_SCHEMA:
        schema = {"name": "answer", "strict": True, "schema": json.loads(form.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _function(tool: chat_pb2.Function) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "parameters": json.loads(tool.parameters or "{}")}
    if tool.description:
        function["description"] = tool.description
    if tool.strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _said(message: chat_pb2.Message) -> dict[str, Any]:
    said: dict[str, Any] = {"role": _ROLES[message.role]}
    parts: list[dict[str, Any]] = []
    for part in message.content:
        match part.content.value if part.content is not None else None:
            case str() as text:
                parts.append({"type": "text", "text": text})
            case image_pb2.ImageUrlContent() as image:
                parts.append({"type": "image_url", "image_url": {"url": image.image_url}})
            case chat_pb2.FileContent():
                raise invalid("messages", "the openai engine cannot pass on files")
            case _:
                continue
    said["content"] = message_text(message) if all(part["type"] == "text" for part in parts) else parts
    if message.name:
        said["name"] = message.name
    if message.tool_calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.tool.value.name, "arguments": call.tool.value.arguments},
            }
            for call in message.tool_calls
            if call.tool is not None
        ]
    return said
