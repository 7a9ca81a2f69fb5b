"""Tools, and the calls that models make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.moments import timestamp
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.shapes import chat as shapes
from xaiwire_server.gateway.shapes.base import is_neutral, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec

__all__ = [
    "SERVER_TOOLS",
    "SERVER_TOOL_NAMES",
    "call_message",
    "function_tool",
    "json_schema_text",
    "split_calls",
    "tool_choice",
    "tool_message",
]

_Type = chat_pb2.ToolCallType
_Mode = chat_pb2.ToolMode

SERVER_TOOLS = {
    "web_search": _Type.WEB_SEARCH_TOOL,
    "x_search": _Type.X_SEARCH_TOOL,
    "code_execution": _Type.CODE_EXECUTION_TOOL,
    "collections_search": _Type.COLLECTIONS_SEARCH_TOOL,
    "mcp": _Type.MCP_TOOL,
    "document_search": _Type.DOCUMENT_SEARCH_TOOL,
}
"""The types of calls that the server makes itself, by their names in REST."""

SERVER_TOOL_NAMES = {kind: name for name, kind in SERVER_TOOLS.items()}
"""The same the other way round."""

_MODES = {"auto": _Mode.AUTO, "none": _Mode.NONE, "required": _Mode.REQUIRED}


def json_schema_text(raw: msgspec.Raw, param: str) -> str:
    """The text of a JSON schema, as it was written; empty where there is none.

    Args:
        raw: the JSON.
        param: the field's path, for an error.

    Raises:
        ApiError: 400, it is no JSON object.
    """
    text = raw_text(raw)
    if text and not text.startswith("{"):
        raise invalid(param, "a JSON schema is an object")
    return text


def function_tool(spec: shapes.FunctionSpec, param: str) -> chat_pb2.Tool:
    """A function of the caller's.

    Args:
        spec: what it is.
        param: its path, for an error.
    """
    function = chat_pb2.Function(
        name=spec.name,
        description=spec.description or "",
        strict=bool(spec.strict),
        parameters=json_schema_text(spec.parameters, f"{param}.parameters"),
    )
    return chat_pb2.Tool(tool=one("function", function))


def tool_message(tool: shapes.Tool, param: str) -> chat_pb2.Tool:
    """A tool.

    Args:
        tool: the tool.
        param: its path, for an error.

    Raises:
        ApiError: 400, a part of it cannot be carried.
    """
    match tool:
        case shapes.FunctionTool():
            return function_tool(tool.function, f"{param}.function")
        case shapes.WebSearchTool():
            web = chat_pb2.WebSearch(
                allowed_domains=tool.allowed_domains or [],
                excluded_domains=tool.excluded_domains or [],
                enable_image_understanding=tool.enable_image_understanding,
            )
            return chat_pb2.Tool(tool=one("web_search", web))
        case shapes.XSearchTool():
            x = chat_pb2.XSearch(
                from_date=timestamp(tool.from_date, f"{param}.from_date"),
                to_date=timestamp(tool.to_date, f"{param}.to_date"),
                allowed_x_handles=tool.allowed_x_handles or [],
                excluded_x_handles=tool.excluded_x_handles or [],
                enable_image_understanding=tool.enable_image_understanding,
                enable_video_understanding=tool.enable_video_understanding,
            )
            return chat_pb2.Tool(tool=one("x_search", x))
        case shapes.CodeExecutionTool():
            return chat_pb2.Tool(tool=one("code_execution", chat_pb2.CodeExecution()))
        case shapes.CollectionsSearchTool():
            search = chat_pb2.CollectionsSearch(collection_ids=tool.collection_ids, limit=tool.limit)
            return chat_pb2.Tool(tool=one("collections_search", search))
        case shapes.DocumentSearchTool():
            return chat_pb2.Tool(tool=one("document_search", chat_pb2.DocumentSearch(limit=tool.limit)))
        case shapes.McpTool():
            if not is_neutral(tool.require_approval, "never"):
                raise not_carried(f"{param}.require_approval", "xAI's servers ask for no approval")
            mcp = chat_pb2.MCP(
                server_label=tool.server_label or "",
                server_description=tool.server_description or "",
                server_url=tool.server_url,
                allowed_tool_names=tool.allowed_tools or [],
                authorization=tool.authorization,
                extra_headers=tool.headers or {},
            )
            return chat_pb2.Tool(tool=one("mcp", mcp))


def tool_choice(choice: str | shapes.NamedFunction) -> chat_pb2.ToolChoice:
    """Which tool is to be called."""
    if isinstance(choice, str):
        return chat_pb2.ToolChoice(tool_choice=one("mode", _MODES[choice]))
    return chat_pb2.ToolChoice(tool_choice=one("function_name", choice.function.name))


def call_message(call: shapes.RequestToolCall | shapes.ServerToolCall) -> chat_pb2.ToolCall:
    """A call that an assistant's message made."""
    kind = SERVER_TOOLS.get(call.type, _Type.CLIENT_SIDE_TOOL)
    function = chat_pb2.FunctionCall(name=call.function.name, arguments=call.function.arguments)
    return chat_pb2.ToolCall(id=call.id, type=kind, tool=one("function", function))


def split_calls(
    calls: Iterable[chat_pb2.ToolCall], *, first_index: int | None = None
) -> tuple[list[shapes.ResponseToolCall], list[shapes.ResponseToolCall]]:
    """The calls of an answer: those that the caller is to run, and those that the server ran.

    A client of OpenAI's API takes all in `tool_calls` for its own, so that the server's stand apart.

    Args:
        calls: the contract's.
        first_index: in a stream, the number of the first one of the caller's; None elsewhere.
    """
    own: list[shapes.ResponseToolCall] = []
    servers: list[shapes.ResponseToolCall] = []
    for call in calls:
        kind = SERVER_TOOL_NAMES.get(call.type)
        function = call.tool.value if call.tool is not None else chat_pb2.FunctionCall()
        made = shapes.ResponseToolCall(
            id=call.id,
            type=kind or "function",
            function=shapes.FunctionCall(name=function.name, arguments=function.arguments),
        )
        if kind is not None:
            servers.append(made)
            continue
        if first_index is not None:
            made.index = first_index + len(own)
        own.append(made)
    return own, servers
