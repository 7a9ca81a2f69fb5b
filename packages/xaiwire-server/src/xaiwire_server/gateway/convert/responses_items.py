"""The items of a response, from the contract's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xaiwire.proto import chat_pb2, sample_pb2
from xaiwire_server.gateway.convert.chat_response import finish_reason
from xaiwire_server.gateway.shapes import responses_answer as shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["call_item", "is_result", "item_id", "mcp_labels", "native_reason", "outcome"]

_Type = chat_pb2.ToolCallType
_Role = chat_pb2.MessageRole
_Reason = sample_pb2.FinishReason

_INCOMPLETE = {
    _Reason.REASON_MAX_LEN: "max_output_tokens",
    _Reason.REASON_MAX_CONTEXT: "max_prompt_tokens",
    _Reason.REASON_TIME_LIMIT: "max_time_limit",
}
"""Why an answer is not whole, in the words of xAI's REST API, which has more of them than OpenAI's."""


def item_id(kind: str, response_id: str, number: int) -> str:
    """The id of an item that has none in the contract, in xAI's form: `msg_` and the response's.

    Args:
        kind: of what kind it is: `msg`, `rs`.
        response_id: the response's.
        number: which one of this kind it is.
    """
    return f"{kind}_{response_id}_{number}" if number else f"{kind}_{response_id}"


def outcome(reason: int) -> shapes.IncompleteDetails | None:
    """Why an answer is not whole; None where it is."""
    found = _INCOMPLETE.get(reason)  # type: ignore[call-overload]
    return shapes.IncompleteDetails(found) if found is not None else None


def native_reason(reason: int) -> str | msgspec.UnsetType:
    """The contract's word for why an answer ended; unset where OpenAI has one of its own."""
    return finish_reason(reason)[1] or msgspec.UNSET


def is_result(role: int) -> bool:
    """Whether an output is what a tool of the server's gave: that is among the outputs, too."""
    return role == _Role.ROLE_TOOL


def mcp_labels(tools: Iterable[chat_pb2.Tool]) -> list[str]:
    """The names of the other servers whose tools may be called."""
    values = [tool.tool.value for tool in tools if tool.tool is not None]
    return [value.server_label for value in values if isinstance(value, chat_pb2.MCP)]


def call_item(call: chat_pb2.ToolCall, labels: list[str]) -> shapes.CallItem:
    """A call: an item of its own type where the server made it itself.

    Args:
        call: the contract's.
        labels: see `mcp_labels`.
    """
    function = call.tool.value if call.tool is not None else chat_pb2.FunctionCall()
    said: dict[str, Any] = {"name": function.name, "arguments": function.arguments, "status": "completed"}
    match call.type:
        case _Type.WEB_SEARCH_TOOL:
            return shapes.WebSearchCall(id=call.id, action=_web_action(function.arguments), **said)
        case _Type.X_SEARCH_TOOL:
            return shapes.XSearchCall(id=call.id, **said)
        case _Type.CODE_EXECUTION_TOOL:
            return shapes.CodeInterpreterCall(id=call.id, code=_argument(function.arguments, "code") or None, **said)
        case _Type.COLLECTIONS_SEARCH_TOOL:
            query = _argument(function.arguments, "query")
            return shapes.FileSearchCall(id=call.id, queries=[query] if query else [], **said)
        case _Type.DOCUMENT_SEARCH_TOOL:
            return shapes.DocumentSearchCall(id=call.id, **said)
        case _Type.MCP_TOOL:
            return shapes.McpCall(id=call.id, server_label=_server_label(function.name, labels), **said)
        case _:
            return shapes.FunctionCallItem(id=f"fc_{call.id}", call_id=call.id, **said)


def _web_action(arguments: str) -> shapes.WebAction:
    query, url = _argument(arguments, "query"), _argument(arguments, "url")
    if url and not query:
        return shapes.WebAction(type="open_page", url=url)
    return shapes.WebAction(type="search", query=query, queries=[query] if query else [])


def _server_label(name: str, labels: list[str]) -> str:
    """Whose tool it is, as far as the call's name, or there being one server only, tells; else empty."""
    named = [label for label in labels if label and name.startswith(f"{label}.")]
    if named:
        return max(named, key=len)
    return labels[0] if len(labels) == 1 else ""


def _argument(arguments: str, name: str) -> str:
    """A text among a call's arguments; empty where there is none."""
    try:
        found = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return ""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
