"""Tools as Anthropic's API has them, for the contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.convert.tools import json_schema_text
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.shapes.base import is_neutral, raw_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire_server.gateway.shapes import messages as shapes

__all__ = ["message_tool_choice", "message_tools"]

_Mode = chat_pb2.ToolMode

_SERVER_TOOL = re.compile(r"(?P<name>web_search|code_execution)_\d{8}")
_MODES = {"auto": _Mode.AUTO, "any": _Mode.REQUIRED, "none": _Mode.NONE}
_FUNCTION = frozenset({"name", "description", "input_schema", "strict"})
_FIELDS = {
    "web_search": frozenset({"name", "allowed_domains", "blocked_domains"}),
    "code_execution": frozenset({"name"}),
    "mcp_toolset": frozenset({"mcp_server_name", "default_config", "configs"}),
}
"""The fields of each type that the contract has a place for."""

_NEUTRAL: dict[str, tuple[object, ...]] = {
    "strict": (False,),
    "allowed_callers": (["direct"],),
    "defer_loading": (False,),
    "response_inclusion": ("full",),
}
"""What asks for nothing in the fields that a type has no place for."""

_HINTS = frozenset({"type", "cache_control", "eager_input_streaming"})
"""Fields that leave the answer as it is."""

_ADVICE = {
    "input_examples": "put them into the description",
    "defer_loading": "all tools are known to the model at once",
}


def message_tools(
    tools: list[shapes.MessageTool], servers: list[shapes.McpServer], leave_out: Callable[[str, str], None]
) -> list[chat_pb2.Tool]:
    """The tools of a request.

    Args:
        tools: its `tools`.
        servers: its `mcp_servers`.
        leave_out: is told of what is not passed on.

    Raises:
        ApiError: 400, a part of one cannot be carried.
    """
    named = {server.name: (at, server) for at, server in enumerate(servers)}
    if len(named) < len(servers):
        raise invalid("mcp_servers", "two have the same name")
    made: list[chat_pb2.Tool] = []
    for at, tool in enumerate(tools):
        param = f"tools[{at}]"
        if tool.type == "mcp_toolset":
            made.extend(_toolset(tool, param, named))
        else:
            made.append(_tool(tool, param, leave_out))
    for at, server in named.values():
        made.extend(_server_tools(server, f"mcp_servers[{at}]"))
    return made


def message_tool_choice(choice: shapes.MessageToolChoice) -> chat_pb2.ToolChoice:
    """Which tool is to be called.

    Raises:
        ApiError: 400, it is said that one is, and not which.
    """
    if choice.type != "tool":
        return chat_pb2.ToolChoice(tool_choice=one("mode", _MODES[choice.type]))
    if not choice.name:
        raise invalid("tool_choice.name", "the type tool wants a name")
    return chat_pb2.ToolChoice(tool_choice=one("function_name", choice.name))


def _tool(tool: shapes.MessageTool, param: str, leave_out: Callable[[str, str], None]) -> chat_pb2.Tool:
    if tool.type is None or tool.type == "custom":
        _check_fields(tool, param, _FUNCTION)
        if tool.eager_input_streaming is not None:
            leave_out(f"{param}.eager_input_streaming", "xAI's API sends each call in one piece")
        if not tool.name:
            raise invalid(f"{param}.name", "a function has one")
        function = chat_pb2.Function(
            name=tool.name,
            description=tool.description or "",
            strict=bool(tool.strict),
            parameters=json_schema_text(tool.input_schema, f"{param}.input_schema"),
        )
        return chat_pb2.Tool(tool=one("function", function))
    found = _SERVER_TOOL.fullmatch(tool.type)
    if found is None:
        raise not_carried(f"{param}.type", "describe the tool as a function, with its input_schema")
    kind = found["name"]
    _check_fields(tool, param, _FIELDS[kind])
    if tool.name not in ("", kind):
        raise invalid(f"{param}.name", f"it is {kind}")
    if kind == "code_execution":
        return chat_pb2.Tool(tool=one("code_execution", chat_pb2.CodeExecution()))
    web = chat_pb2.WebSearch(
        allowed_domains=tool.allowed_domains or [],
        excluded_domains=tool.blocked_domains or [],
    )
    return chat_pb2.Tool(tool=one("web_search", web))


def _check_fields(tool: shapes.MessageTool, param: str, carried: frozenset[str]) -> None:
    for name in tool.__struct_fields__:
        if name in carried or name in _HINTS:
            continue
        value = raw_text(tool.input_schema) if name == "input_schema" else getattr(tool, name)
        if not is_neutral(value, *_NEUTRAL.get(name, ())):
            raise not_carried(f"{param}.{name}", _ADVICE.get(name, ""))


def _toolset(
    tool: shapes.MessageTool, param: str, servers: dict[str, tuple[int, shapes.McpServer]]
) -> list[chat_pb2.Tool]:
    """The tools of a server that a toolset names; the server is taken out of `servers`."""
    _check_fields(tool, param, _FIELDS["mcp_toolset"])
    at, server = servers.pop(tool.mcp_server_name or "", (0, None))
    if server is None:
        raise invalid(f"{param}.mcp_server_name", "it names none of mcp_servers, or one that another toolset has named")
    if server.tool_configuration is not None:
        raise invalid(f"mcp_servers[{at}].tool_configuration", f"{param} says it, too")
    configs = tool.configs or {}
    default = tool.default_config
    for path, config in (("default_config", default), *((f"configs.{name}", each) for name, each in configs.items())):
        if config is not None and config.defer_loading:
            raise not_carried(f"{param}.{path}.defer_loading", _ADVICE["defer_loading"])
    if default is None or default.enabled is not False:
        for name, config in configs.items():
            if config.enabled is False:
                raise not_carried(
                    f"{param}.configs.{name}.enabled",
                    "set default_config.enabled to false, and enable the tools that may be used",
                )
        return [_mcp(server, [])]
    allowed = [name for name, config in configs.items() if config.enabled]
    return [_mcp(server, allowed)] if allowed else []


def _server_tools(server: shapes.McpServer, param: str) -> list[chat_pb2.Tool]:
    """The tools of a server that no toolset names."""
    chosen = server.tool_configuration
    if chosen is None:
        return [_mcp(server, [])]
    if chosen.enabled is False:
        return []
    if chosen.allowed_tools == []:
        raise invalid(f"{param}.tool_configuration.allowed_tools", "it is empty; set enabled to false to use none")
    return [_mcp(server, chosen.allowed_tools or [])]


def _mcp(server: shapes.McpServer, allowed: list[str]) -> chat_pb2.Tool:
    mcp = chat_pb2.MCP(
        server_label=server.name,
        server_url=server.url,
        allowed_tool_names=allowed,
        authorization=server.authorization_token,
    )
    return chat_pb2.Tool(tool=one("mcp", mcp))
