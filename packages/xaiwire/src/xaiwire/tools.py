"""Tools that the server runs, and what a call of a tool is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from protobuf import Oneof
from protobuf.wkt import Timestamp

from xaiwire._chat.tool_calls import ToolCall
from xaiwire._choices import enum_name, several
from xaiwire._gen.xai.api.v1 import chat_pb

__all__ = [
    "code_execution",
    "collections_search",
    "document_search",
    "get_tool_call_type",
    "mcp",
    "web_search",
    "x_search",
]


def web_search(
    excluded_domains: Sequence[str] | None = None,
    allowed_domains: Sequence[str] | None = None,
    *,
    enable_image_understanding: bool = False,
) -> chat_pb.Tool:
    """Let the model search the web.

    Args:
        excluded_domains: domains to leave out; not together with the allowed ones.
        allowed_domains: domains to keep to.
        enable_image_understanding: whether the model looks at images that it finds.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    search = chat_pb.WebSearch(
        excluded_domains=several("excluded_domains", excluded_domains or ()),
        allowed_domains=several("allowed_domains", allowed_domains or ()),
        enable_image_understanding=enable_image_understanding,
    )
    tool: Oneof[Literal["web_search"], chat_pb.WebSearch] = Oneof("web_search", search)
    return chat_pb.Tool(tool=tool)


def x_search(
    from_date: datetime | None = None,
    to_date: datetime | None = None,
    allowed_x_handles: Sequence[str] | None = None,
    excluded_x_handles: Sequence[str] | None = None,
    *,
    enable_image_understanding: bool = False,
    enable_video_understanding: bool = False,
) -> chat_pb.Tool:
    """Let the model search posts on X.

    Args:
        from_date: older posts are not looked at; without a time zone it is UTC.
        to_date: newer posts are not looked at; without a time zone it is UTC.
        allowed_x_handles: whose posts to keep to, without `@`.
        excluded_x_handles: whose posts to leave out, without `@`.
        enable_image_understanding: whether the model looks at images that it finds.
        enable_video_understanding: whether the model looks at videos that it finds.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    search = chat_pb.XSearch(
        from_date=Timestamp.from_datetime(from_date) if from_date is not None else None,
        to_date=Timestamp.from_datetime(to_date) if to_date is not None else None,
        allowed_x_handles=several("allowed_x_handles", allowed_x_handles or ()),
        excluded_x_handles=several("excluded_x_handles", excluded_x_handles or ()),
        enable_image_understanding=enable_image_understanding,
        enable_video_understanding=enable_video_understanding,
    )
    tool: Oneof[Literal["x_search"], chat_pb.XSearch] = Oneof("x_search", search)
    return chat_pb.Tool(tool=tool)


def code_execution() -> chat_pb.Tool:
    """Let the model run code on the server."""
    tool: Oneof[Literal["code_execution"], chat_pb.CodeExecution] = Oneof("code_execution", chat_pb.CodeExecution())
    return chat_pb.Tool(tool=tool)


def collections_search(collection_ids: Sequence[str], limit: int | None = None) -> chat_pb.Tool:
    """Let the model search your collections of documents.

    Args:
        collection_ids: the collections.
        limit: how many results it gets at most.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    search = chat_pb.CollectionsSearch(collection_ids=several("collection_ids", collection_ids), limit=limit)
    tool: Oneof[Literal["collections_search"], chat_pb.CollectionsSearch] = Oneof("collections_search", search)
    return chat_pb.Tool(tool=tool)


def document_search(limit: int | None = None) -> chat_pb.Tool:
    """Let the model search the files of the conversation.

    Args:
        limit: how many results it gets at most.
    """
    search = chat_pb.DocumentSearch(limit=limit)
    tool: Oneof[Literal["document_search"], chat_pb.DocumentSearch] = Oneof("document_search", search)
    return chat_pb.Tool(tool=tool)


def mcp(  # noqa: PLR0917 - the official signature
    server_url: str,
    server_label: str | None = None,
    server_description: str | None = None,
    allowed_tool_names: Sequence[str] | None = None,
    authorization: str | None = None,
    extra_headers: Mapping[str, str] | None = None,
) -> chat_pb.Tool:
    """Let the model use the tools of an MCP server, which the API calls.

    Args:
        server_url: where it is.
        server_label: what it is called in the calls.
        server_description: what it is good for.
        allowed_tool_names: the tools that may be used; all where it is None.
        authorization: what the API sends it as its authorization.
        extra_headers: what else the API sends it.

    Raises:
        ValidationError: one string is given where several are taken.
    """
    server = chat_pb.MCP(
        server_url=server_url,
        server_label=server_label or "",
        server_description=server_description or "",
        allowed_tool_names=several("allowed_tool_names", allowed_tool_names or ()),
        authorization=authorization,
        extra_headers=dict(extra_headers or {}),
    )
    tool: Oneof[Literal["mcp"], chat_pb.MCP] = Oneof("mcp", server)
    return chat_pb.Tool(tool=tool)


def get_tool_call_type(tool_call: ToolCall | chat_pb.ToolCall) -> str:
    """Which kind of tool was called, such as `client_side_tool` or `web_search_tool`.

    Args:
        tool_call: the call.
    """
    return enum_name(tool_call.type).lower()
