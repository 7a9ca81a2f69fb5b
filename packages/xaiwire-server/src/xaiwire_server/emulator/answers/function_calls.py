"""Which functions the echo engine calls, and with what."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from protobuf import Oneof

from xaiwire.proto import chat_pb2
from xaiwire_server.emulator.answers.model import last_question
from xaiwire_server.emulator.answers.schema_instance import SchemaError, instance
from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xaiwire_server.emulator.answers.model import Task

__all__ = ["call_of", "function_calls"]

_Mode = chat_pb2.ToolMode
_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"\w+")


def function_calls(task: Task) -> tuple[chat_pb2.ToolCall, ...]:
    """The calls that come instead of an answer.

    A function is called where the request insists on it, or where the user's last message names it: `get_weather`, or
    all its words in any order ("get me the weather"). What has been called since that message, is not called again. The
    arguments are the first JSON object in the message, or what obeys the function's schema.
    """
    request = task.request
    tools = [tool.tool.value for tool in request.tools if tool.tool is not None]
    functions = [tool for tool in tools if isinstance(tool, chat_pb2.Function)]
    if not functions:
        return ()
    choice = request.tool_choice.tool_choice if request.tool_choice is not None else None
    text, at = last_question(task.messages)
    if choice is not None and isinstance(choice.value, str):
        chosen = [function for function in functions if function.name == choice.value]
    elif choice is not None and choice.value == _Mode.NONE:
        return ()
    else:
        called = {
            call.tool.value.name
            for message in task.messages[at + 1 :]
            for call in message.tool_calls
            if call.tool is not None
        }
        named = [function for function in functions if _names(text, function.name)]
        chosen = [function for function in named if function.name not in called]
        if not chosen and choice is not None and choice.value == _Mode.REQUIRED:
            chosen = functions[:1]
    if request.parallel_tool_calls is False and request.has_field("parallel_tool_calls"):
        chosen = chosen[:1]
    given = _object_in(text) if len(chosen) == 1 else None
    return tuple(
        call_of(
            function.name, given if given is not None else _arguments(functions, function), (task.choice, number, text)
        )
        for number, function in enumerate(chosen)
    )


def call_of(name: str, arguments: dict[str, Any], identity: tuple[Any, ...]) -> chat_pb2.ToolCall:
    """A call of a function.

    Args:
        name: the function.
        arguments: its arguments.
        identity: what makes this call another than all others; the same call has the same id.
    """
    digest = hashlib.blake2b(repr((name, arguments, identity)).encode(), digest_size=12).hexdigest()
    return chat_pb2.ToolCall(
        id=f"call_{digest}",
        type=chat_pb2.ToolCallType.CLIENT_SIDE_TOOL,
        tool=Oneof("function", chat_pb2.FunctionCall(name=name, arguments=json.dumps(arguments, ensure_ascii=False))),
    )


def _names(text: str, function: str) -> bool:
    if function in text:
        return True
    said = {word.lower() for word in _WORD.findall(text)}
    parts = [word.lower() for word in _NAME_WORD.findall(function)]
    return bool(parts) and all(part in said for part in parts)


def _object_in(text: str) -> dict[str, Any] | None:
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, _ = decoder.raw_decode(text, at)
        except ValueError:
            at = text.find("{", at + 1)
            continue
        return value if isinstance(value, dict) else None
    return None


def _arguments(functions: Sequence[chat_pb2.Function], function: chat_pb2.Function) -> dict[str, Any]:
    if not function.parameters:
        return {}
    field = f"tools[{functions.index(function)}].function.parameters"
    try:
        value = instance(json.loads(function.parameters))
    except (SchemaError, ValueError) as error:
        raise invalid(field, str(error)) from error
    return value if isinstance(value, dict) else {}
