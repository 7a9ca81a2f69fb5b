"""Tools of responses, which are written flat, for the contract and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.moments import rfc3339
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.convert.tools import function_tool, tool_choice, tool_message
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.shapes import chat as chat_shapes
from xaiwire_server.gateway.shapes import responses as shapes
from xaiwire_server.gateway.shapes import responses_answer as given
from xaiwire_server.gateway.shapes.base import is_neutral

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["given_json", "given_tool_choice", "given_tools", "response_tool", "response_tool_choice"]

_Mode = chat_pb2.ToolMode

_WEB_NEUTRAL: dict[str, tuple[object, ...]] = {
    "enable_image_search": (False,),
    "external_web_access": (True,),
    "search_context_size": ("medium",),
    "user_location": (),
}
_MODES = {_Mode.AUTO: "auto", _Mode.NONE: "none", _Mode.REQUIRED: "required"}


def response_tool(tool: shapes.ResponseTool, param: str) -> chat_pb2.Tool:
    """A tool.

    Args:
        tool: as it came.
        param: its path, for an error.

    Raises:
        ApiError: 400, a part of it cannot be carried.
    """
    match tool:
        case shapes.FlatFunctionTool():
            spec = chat_shapes.FunctionSpec(
                name=tool.name, description=tool.description, strict=tool.strict, parameters=tool.parameters
            )
            return function_tool(spec, param)
        case shapes.WebTool():
            return _web(tool, param)
        case shapes.CodeInterpreterTool():
            if not is_neutral(tool.container, {"type": "auto"}):
                raise not_carried(f"{param}.container", 'it is left out, or {"type": "auto"}')
            return tool_message(chat_shapes.CodeExecutionTool(), param)
        case shapes.FileSearchTool():
            for name, neutral in (("filters", ()), ("ranking_options", ({"ranker": "auto"},))):
                if not is_neutral(getattr(tool, name), *neutral):
                    raise not_carried(f"{param}.{name}")
            search = chat_shapes.CollectionsSearchTool(collection_ids=tool.vector_store_ids, limit=tool.max_num_results)
            return tool_message(search, param)
        case shapes.RemoteMcpTool():
            return _mcp(tool, param)
        case _:
            return tool_message(tool, param)


def response_tool_choice(choice: str | shapes.ChosenTool) -> chat_pb2.ToolChoice:
    """Which tool is to be called.

    Raises:
        ApiError: 400, the contract has no word for it.
    """
    if isinstance(choice, str):
        return tool_choice(choice)
    if choice.type != "function":
        raise not_carried(
            "tool_choice.type", "a function can be chosen; of other tools, leave in tools what may be used"
        )
    if not choice.name:
        raise invalid("tool_choice.name", "it is missing")
    return chat_pb2.ToolChoice(tool_choice=one("function_name", choice.name))


def _web(tool: shapes.WebTool, param: str) -> chat_pb2.Tool:
    for name, neutral in _WEB_NEUTRAL.items():
        if not is_neutral(getattr(tool, name), *neutral):
            raise not_carried(f"{param}.{name}")
    filters = tool.filters or shapes.WebFilters()
    domains = {}
    for name in ("allowed_domains", "excluded_domains"):
        outer, inner = getattr(tool, name), getattr(filters, name)
        if outer and inner and outer != inner:
            raise invalid(f"{param}.filters.{name}", f"it is not what {name} of the tool says, which means the same")
        domains[name] = inner or outer
    web = chat_shapes.WebSearchTool(enable_image_understanding=tool.enable_image_understanding, **domains)
    return tool_message(web, param)


def _mcp(tool: shapes.RemoteMcpTool, param: str) -> chat_pb2.Tool:
    if not is_neutral(tool.connector_id):
        raise not_carried(f"{param}.connector_id", "give the server's server_url")
    if not tool.server_url:
        raise invalid(f"{param}.server_url", "it is missing")
    allowed = tool.allowed_tools
    if allowed is not None and not isinstance(allowed, list):
        if not is_neutral(allowed.read_only):
            raise not_carried(f"{param}.allowed_tools.read_only", "name the tools in tool_names")
        allowed = allowed.tool_names
    mcp = chat_shapes.McpTool(
        server_url=tool.server_url,
        server_label=tool.server_label,
        server_description=tool.server_description,
        allowed_tools=allowed,
        authorization=tool.authorization,
        headers=tool.headers,
        require_approval=tool.require_approval,
    )
    return tool_message(mcp, param)


# Back again: what a response says of its request.


def given_tools(tools: Iterable[chat_pb2.Tool]) -> list[given.GivenTool]:
    """The tools that a response could use; what lets into other servers is not shown."""
    made = (_given(tool) for tool in tools)
    return [tool for tool in made if tool is not None]


def given_tool_choice(choice: chat_pb2.ToolChoice | None) -> str | dict[str, str]:
    """Which tool was to be called; `auto` where nothing was said, as the API has it."""
    value = choice.tool_choice.value if choice is not None and choice.tool_choice is not None else _Mode.AUTO
    if isinstance(value, str):
        return {"type": "function", "name": value}
    return _MODES.get(value, "auto")


def given_json(text: str) -> msgspec.Raw | None:
    """JSON on one line, its values as they were written; None where it is none.

    An event of a stream ends its line where its data has a line break.
    """
    try:
        return msgspec.Raw(msgspec.json.format(text, indent=-1))
    except (msgspec.DecodeError, RecursionError):
        return None


def _given(tool: chat_pb2.Tool) -> given.GivenTool | None:
    match tool.tool.value if tool.tool is not None else None:
        case chat_pb2.Function() as function:
            return given.GivenFunctionTool(
                name=function.name,
                description=function.description or None,
                strict=function.strict,
                parameters=given_json(function.parameters),
            )
        case chat_pb2.WebSearch() as web:
            filters = {"allowed_domains": web.allowed_domains, "excluded_domains": web.excluded_domains}
            said = {name: list(domains) for name, domains in filters.items() if domains}
            image = web.enable_image_understanding if web.has_field("enable_image_understanding") else None
            return given.GivenWebTool(filters=said or None, enable_image_understanding=image)
        case chat_pb2.XSearch() as x:
            return chat_shapes.XSearchTool(
                from_date=rfc3339(x.from_date),
                to_date=rfc3339(x.to_date),
                allowed_x_handles=list(x.allowed_x_handles) or None,
                excluded_x_handles=list(x.excluded_x_handles) or None,
                enable_image_understanding=(
                    x.enable_image_understanding if x.has_field("enable_image_understanding") else None
                ),
                enable_video_understanding=(
                    x.enable_video_understanding if x.has_field("enable_video_understanding") else None
                ),
            )
        case chat_pb2.CodeExecution():
            return given.GivenCodeTool()
        case chat_pb2.CollectionsSearch() as search:
            limit = search.limit if search.has_field("limit") else None
            return given.GivenFileSearchTool(vector_store_ids=list(search.collection_ids), max_num_results=limit)
        case chat_pb2.DocumentSearch() as search:
            return chat_shapes.DocumentSearchTool(limit=search.limit if search.has_field("limit") else None)
        case chat_pb2.MCP() as mcp:
            return given.GivenMcpTool(
                server_label=mcp.server_label,
                server_url=mcp.server_url,
                server_description=mcp.server_description or None,
                allowed_tools=list(mcp.allowed_tool_names) or None,
            )
        case _:
            return None
