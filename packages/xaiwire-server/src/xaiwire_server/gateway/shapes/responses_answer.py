"""Responses: what comes back, at once or as events."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xaiwire_server.gateway.shapes.base import Json
from xaiwire_server.gateway.shapes.chat import (
    DocumentSearchTool,
    JsonObjectFormat,
    LogProb,
    TextFormat,
    XSearchTool,
)

__all__ = [
    "AutoContainer",
    "CallItem",
    "CodeInterpreterCall",
    "DeletedResponse",
    "DocumentSearchCall",
    "FileSearchCall",
    "FunctionCallItem",
    "GivenCodeTool",
    "GivenFileSearchTool",
    "GivenFunctionTool",
    "GivenJsonSchemaFormat",
    "GivenMcpTool",
    "GivenReasoning",
    "GivenText",
    "GivenTool",
    "GivenWebTool",
    "IncompleteDetails",
    "InputDetails",
    "McpCall",
    "MessageItem",
    "OutputDetails",
    "OutputItem",
    "OutputText",
    "ReasoningItem",
    "Response",
    "ResponseFailure",
    "ResponseUsage",
    "ServerCall",
    "ServerToolResult",
    "SummaryText",
    "WebAction",
    "WebSearchCall",
    "XSearchCall",
]


class SummaryText(msgspec.Struct, tag="summary_text"):
    """A part of what the model thought."""

    text: str


class ReasoningItem(msgspec.Struct, tag="reasoning", kw_only=True):
    """What the model thought, in words or encrypted."""

    id: str
    summary: list[SummaryText]
    status: str
    encrypted_content: str | None = None


class OutputText(msgspec.Struct, tag="output_text", kw_only=True):
    """A text of the answer. The contract says of no source where in the text it stands: see `citations`."""

    text: str
    annotations: list[Any] = []
    logprobs: list[LogProb] = []


class MessageItem(msgspec.Struct, tag="message", kw_only=True):
    """The answer's words."""

    id: str
    role: Literal["assistant"] = "assistant"
    content: list[OutputText]
    status: str


class FunctionCallItem(msgspec.Struct, tag="function_call", kw_only=True):
    """A call of a function that the caller is to run; its result is known by `call_id`."""

    id: str
    call_id: str
    name: str
    arguments: str
    status: str


class ServerCall(msgspec.Struct, kw_only=True):
    """A call of a tool that the server made itself.

    `name` and `arguments` are what the contract has; give them back with the item where it is a part of a conversation.
    """

    id: str
    status: str
    name: str
    arguments: str


class WebAction(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was done in the web."""

    type: Literal["search", "open_page"]
    query: str = ""
    queries: list[str] = []
    url: str = ""


class WebSearchCall(ServerCall, tag="web_search_call"):
    """The server searched the web, or opened a page."""

    action: WebAction


class XSearchCall(ServerCall, tag="x_search_call"):
    """The server searched X."""


class CodeInterpreterCall(ServerCall, tag="code_interpreter_call"):
    """The server ran code. The contract knows of no container, and has no output."""

    code: str | None
    container_id: str = ""
    outputs: None = None


class FileSearchCall(ServerCall, tag="file_search_call"):
    """The server searched collections."""

    queries: list[str]
    results: None = None


class DocumentSearchCall(ServerCall, tag="document_search_call"):
    """The server searched documents."""


class McpCall(ServerCall, tag="mcp_call"):
    """The server called another server's tool. The contract has neither its output nor its error."""

    server_label: str
    output: None = None
    error: None = None


CallItem = (
    FunctionCallItem | WebSearchCall | XSearchCall | CodeInterpreterCall | FileSearchCall | DocumentSearchCall | McpCall
)
OutputItem = ReasoningItem | MessageItem | CallItem


class ServerToolResult(msgspec.Struct, kw_only=True):
    """What a tool of the server's gave, and which calls it says that it is the result of."""

    text: str
    calls: list[CallItem]


class GivenFunctionTool(msgspec.Struct, tag="function", kw_only=True):
    """A function that the model could call."""

    name: str
    description: str | None
    strict: bool
    parameters: Json | None


class GivenWebTool(msgspec.Struct, tag="web_search", kw_only=True, omit_defaults=True):
    """The server could search the web."""

    filters: dict[str, list[str]] | None = None
    enable_image_understanding: bool | None = None


class GivenFileSearchTool(msgspec.Struct, tag="file_search", kw_only=True, omit_defaults=True):
    """The server could search collections."""

    vector_store_ids: list[str]
    max_num_results: int | None = None


class AutoContainer(msgspec.Struct, tag="auto"):
    """Wherever the server runs code."""


class GivenCodeTool(msgspec.Struct, tag="code_interpreter"):
    """The server could run code."""

    container: AutoContainer = msgspec.field(default_factory=AutoContainer)


class GivenMcpTool(msgspec.Struct, tag="mcp", kw_only=True, omit_defaults=True):
    """The server could call another server's tools. What it was let in with, is not shown."""

    server_label: str
    server_url: str
    server_description: str | None = None
    allowed_tools: list[str] | None = None


GivenTool = (
    GivenFunctionTool
    | GivenWebTool
    | XSearchTool
    | GivenCodeTool
    | GivenFileSearchTool
    | GivenMcpTool
    | DocumentSearchTool
)


class GivenJsonSchemaFormat(msgspec.Struct, tag="json_schema", kw_only=True):
    """JSON that obeys a schema. The contract keeps no name of it."""

    name: str
    schema: Json


class GivenText(msgspec.Struct):
    """What the answer's text was to be."""

    format: TextFormat | JsonObjectFormat | GivenJsonSchemaFormat


class GivenReasoning(msgspec.Struct):
    """How much the model was to think."""

    effort: str | None
    summary: str | None = None


class InputDetails(msgspec.Struct, kw_only=True):
    """What the prompt consists of. The API counts no tokens as written to a cache."""

    cached_tokens: int
    text_tokens: int
    image_tokens: int
    cache_write_tokens: int = 0


class OutputDetails(msgspec.Struct):
    """What was thought."""

    reasoning_tokens: int


class ResponseUsage(msgspec.Struct, kw_only=True):
    """What an answer took. As xAI's API counts, the tokens of reasoning are not among `output_tokens`."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int
    num_sources_used: int
    num_server_side_tools_used: int
    server_side_tools_used: list[str]


class IncompleteDetails(msgspec.Struct):
    """Why an answer is not whole."""

    reason: Literal["max_output_tokens", "max_prompt_tokens", "max_time_limit"]


class ResponseFailure(msgspec.Struct):
    """Why there is no answer."""

    code: str
    message: str


class Response(msgspec.Struct, kw_only=True):
    """A response.

    `debug_output` and `search_parameters` are the contract's messages of these names, in protobuf's JSON.
    `native_finish_reason` is the contract's word for why the answer ended, where OpenAI has no word of its own.

    `server_side_tool_results` are what tools of the server's gave, where the API shows it; in a stream, the last event
    has them. They are no words of the model's, so that they are not among `output`, and no part of a conversation that
    goes on: a request has no place for them.
    """

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: Literal["completed", "incomplete", "in_progress", "failed"]
    error: ResponseFailure | None = None
    incomplete_details: IncompleteDetails | None = None
    model: str
    output: list[OutputItem]
    usage: ResponseUsage | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    parallel_tool_calls: bool
    previous_response_id: str | None = None
    reasoning: GivenReasoning
    store: bool
    temperature: float | None = None
    text: GivenText
    tool_choice: str | dict[str, str]
    tools: list[GivenTool]
    top_logprobs: int | None = None
    top_p: float | None = None
    user: str | None = None
    background: bool = False
    truncation: Literal["disabled"] = "disabled"
    metadata: dict[str, str] = {}
    citations: list[str] = []
    server_side_tool_results: list[ServerToolResult] = []
    native_finish_reason: str | msgspec.UnsetType = msgspec.UNSET
    system_fingerprint: str | msgspec.UnsetType = msgspec.UNSET
    search_parameters: Json | msgspec.UnsetType = msgspec.UNSET
    debug_output: Json | msgspec.UnsetType = msgspec.UNSET


class DeletedResponse(msgspec.Struct):
    """A response that is kept no longer."""

    id: str
    object: Literal["response"] = "response"
    deleted: bool = True
