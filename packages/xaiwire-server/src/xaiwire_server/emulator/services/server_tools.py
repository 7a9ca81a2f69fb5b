"""The tools that the server itself uses. Searches of the web find invented pages, those of collections real chunks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from protobuf import Oneof

from xaiwire.proto import chat_pb2, usage_pb2
from xaiwire_server.emulator.answers.sources import web_results, x_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xaiwire_server.emulator.services.documents import Searcher

__all__ = ["ToolUse", "use_server_tools"]

_Type = chat_pb2.ToolCallType
_Used = usage_pb2.ServerSideTool
DEFAULT_MATCHES = 10


@dataclass(slots=True)
class ToolUse:
    """What the server's tools did.

    Attributes:
        calls: the calls, as the answer shows them.
        used: the kinds, for the usage.
        citations: what was found.
    """

    calls: list[chat_pb2.ToolCall] = field(default_factory=list)
    used: list[usage_pb2.ServerSideTool] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)


def use_server_tools(tools: Sequence[chat_pb2.Tool], question: str, team_id: str, searcher: Searcher) -> ToolUse:
    """Use each of the server's tools once.

    Args:
        tools: the request's; functions are the caller's own, and left alone.
        question: what is searched for.
        team_id: whose collections are searched.
        searcher: searches them.

    Raises:
        Refusal: NOT_FOUND, a collection does not exist.
    """
    use = ToolUse()
    query = {"query": question}
    for tool in tools:
        match tool.tool.value if tool.tool is not None else None:
            case chat_pb2.WebSearch() as web:
                _add(use, _Type.WEB_SEARCH_TOOL, "web_search", query)
                use.used.append(_Used.WEB_SEARCH)
                use.citations += web_results(question, web.allowed_domains, web.excluded_domains)
            case chat_pb2.XSearch() as x:
                _add(use, _Type.X_SEARCH_TOOL, "x_keyword_search", query)
                use.used.append(_Used.X_SEARCH)
                excluded = {handle.lower() for handle in x.excluded_x_handles}
                handles = x.allowed_x_handles or [each for each in ("xai", "grok") if each not in excluded]
                use.citations += x_results(question, handles)
            case chat_pb2.CodeExecution():
                _add(use, _Type.CODE_EXECUTION_TOOL, "code_execution", {"code": f"print({question!r})"})
                use.used.append(_Used.CODE_EXECUTION)
            case chat_pb2.CollectionsSearch() as search:
                limit = search.limit if search.has_field("limit") else DEFAULT_MATCHES
                arguments = {**query, "collection_ids": list(search.collection_ids), "limit": limit}
                _add(use, _Type.COLLECTIONS_SEARCH_TOOL, "collections_search", arguments)
                use.used.append(_Used.COLLECTIONS_SEARCH)
                for match in searcher.search(team_id, question, search.collection_ids, limit):
                    use.citations.append(f"collections://{match.collection_ids[0]}/files/{match.file_id}")
            case chat_pb2.MCP() as mcp:
                names = mcp.allowed_tool_names or ["ask"]
                label = mcp.server_label or "mcp"
                _add(use, _Type.MCP_TOOL, f"{label}.{names[0]}", query)
                use.used.append(_Used.MCP)
            case chat_pb2.DocumentSearch():
                # The contract's usage has no name for this one.
                _add(use, _Type.DOCUMENT_SEARCH_TOOL, "document_search", query)
            case _:
                continue
    use.citations = list(dict.fromkeys(use.citations))
    return use


def _add(use: ToolUse, kind: chat_pb2.ToolCallType, name: str, arguments: dict[str, Any]) -> None:
    content = json.dumps(arguments, ensure_ascii=False)
    digest = hashlib.blake2b(f"{len(use.calls)} {name} {content}".encode(), digest_size=12).hexdigest()
    use.calls.append(
        chat_pb2.ToolCall(
            id=f"call_{digest}",
            type=kind,
            tool=Oneof("function", chat_pb2.FunctionCall(name=name, arguments=content)),
        )
    )
