"""Responses: OpenAI's newer shapes of requests, with what xAI's API has beside them."""

from __future__ import annotations

from typing import Any, Literal

from xaiwire_server.gateway.shapes.base import NO_JSON, Float, Int32, Items, Json, Request
from xaiwire_server.gateway.shapes.chat import (
    CodeExecutionTool,
    CollectionsSearchTool,
    DocumentSearchTool,
    JsonObjectFormat,
    SearchParameters,
    StreamOptions,
    TextFormat,
    XSearchTool,
)

__all__ = [
    "ChosenTool",
    "CodeInterpreterTool",
    "FileSearchTool",
    "FlatFunctionTool",
    "FlatJsonSchemaFormat",
    "InputFile",
    "InputImage",
    "InputItem",
    "InputPart",
    "InputRefusal",
    "InputText",
    "McpToolFilter",
    "PriorText",
    "ReasoningOptions",
    "ReasoningPart",
    "RemoteMcpTool",
    "ResponseTool",
    "ResponsesRequest",
    "SummaryPart",
    "TextOptions",
    "WebFilters",
    "WebPreviewTool",
    "WebTool",
]


class InputText(Request, tag="input_text"):
    """A text for the model."""

    text: str


class PriorText(Request, tag="output_text"):
    """A text that the model gave before."""

    text: str
    annotations: Any = None
    logprobs: Any = None


class InputImage(Request, tag="input_image"):
    """An image: an http(s) address, or a data URL."""

    image_url: str | None = None
    detail: Literal["auto", "low", "high"] | None = None
    file_id: Any = None


class InputFile(Request, tag="input_file"):
    """A file, uploaded before."""

    file_id: str | None = None
    filename: Any = None
    file_data: Any = None
    file_url: Any = None


class InputRefusal(Request, tag="refusal"):
    """A refusal; the contract has a place for none."""

    refusal: Any = None


class SummaryPart(Request, tag="summary_text"):
    """A part of what the model thought, as it is shown."""

    text: str


class ReasoningPart(Request, tag="reasoning_text"):
    """A part of what the model thought."""

    text: str


InputPart = InputText | PriorText | InputImage | InputFile | InputRefusal


class InputItem(Request):
    """An item of a conversation: a message, where nothing else is said.

    Which fields it has, depends on its type: `message` has role, content and name; `reasoning` summary, content and
    encrypted_content; `function_call` call_id, name and arguments; `function_call_output` call_id and output; a call
    that the server made itself name and arguments, as the answer had them.
    """

    type: Literal[
        "message",
        "reasoning",
        "function_call",
        "function_call_output",
        "web_search_call",
        "x_search_call",
        "code_interpreter_call",
        "file_search_call",
        "document_search_call",
        "mcp_call",
        "item_reference",
    ] = "message"
    id: str | None = None
    status: Any = None
    role: Literal["user", "assistant", "system", "developer"] | None = None
    content: str | Items[InputPart | ReasoningPart] | None = None
    name: str | None = None
    phase: Any = None
    summary: Items[SummaryPart] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    arguments: str | None = None
    output: str | Items[InputPart] | None = None
    # What calls of the server's say of themselves beside their arguments.
    action: Any = None
    queries: Any = None
    code: Any = None
    container_id: Any = None
    server_label: Any = None
    results: Any = None
    outputs: Any = None
    error: Any = None
    approval_request_id: Any = None


class FlatFunctionTool(Request, tag="function"):
    """A function of the caller's."""

    name: str
    description: str | None = None
    strict: bool | None = None
    parameters: Json = NO_JSON


class WebFilters(Request):
    """What searches of the web keep to."""

    allowed_domains: list[str] | None = None
    excluded_domains: list[str] | None = None


class WebTool(Request, tag="web_search"):
    """The server searches the web."""

    filters: WebFilters | None = None
    allowed_domains: list[str] | None = None
    excluded_domains: list[str] | None = None
    enable_image_understanding: bool | None = None
    enable_image_search: Any = None
    external_web_access: Any = None
    search_context_size: Any = None
    user_location: Any = None


class WebPreviewTool(WebTool, tag="web_search_preview"):
    """The server searches the web: the older name of it."""


class CodeInterpreterTool(Request, tag="code_interpreter"):
    """The server runs code."""

    container: Any = None


class FileSearchTool(Request, tag="file_search"):
    """The server searches collections, which OpenAI calls vector stores."""

    vector_store_ids: list[str]
    max_num_results: Int32 | None = None
    filters: Any = None
    ranking_options: Any = None


class McpToolFilter(Request):
    """Which of another server's tools may be called."""

    tool_names: list[str] | None = None
    read_only: Any = None


class RemoteMcpTool(Request, tag="mcp"):
    """The server calls another server's tools."""

    server_url: str | None = None
    server_label: str | None = None
    server_description: str | None = None
    allowed_tools: list[str] | McpToolFilter | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    require_approval: Any = None
    connector_id: Any = None


ResponseTool = (
    FlatFunctionTool
    | WebTool
    | WebPreviewTool
    | XSearchTool
    | CodeInterpreterTool
    | CodeExecutionTool
    | FileSearchTool
    | CollectionsSearchTool
    | RemoteMcpTool
    | DocumentSearchTool
)


class ChosenTool(Request):
    """A function that is to be called."""

    type: str
    name: str | None = None
    mode: Any = None
    tools: Any = None
    server_label: Any = None


class FlatJsonSchemaFormat(Request, tag="json_schema"):
    """JSON that obeys a schema. The contract has a place for `schema` alone; answers obey it always."""

    name: str = ""
    schema: Json = NO_JSON
    description: str | None = None
    strict: bool | None = None


class TextOptions(Request):
    """What the answer's text is to be."""

    format: TextFormat | JsonObjectFormat | FlatJsonSchemaFormat | None = None
    verbosity: Any = None


class ReasoningOptions(Request):
    """How much the model is to think."""

    effort: Literal["low", "medium", "high"] | None = None
    summary: Any = None
    generate_summary: Any = None


class ResponsesRequest(Request):
    """A request for a response. It is kept upstream, unless `store` is false.

    `seed`, `stop` and the penalties are as with chat completions; OpenAI's API for responses has none of them.
    """

    model: str
    input: str | Items[InputItem]
    instructions: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    include: list[str] | None = None
    max_output_tokens: Int32 | None = None
    n: Int32 | None = None
    seed: Int32 | None = None
    stop: str | Items[str] | None = None
    temperature: Float | None = None
    top_p: Float | None = None
    frequency_penalty: Float | None = None
    presence_penalty: Float | None = None
    logprobs: bool | None = None
    top_logprobs: Int32 | None = None
    tools: Items[ResponseTool] | None = None
    tool_choice: Literal["auto", "none", "required"] | ChosenTool | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    reasoning: ReasoningOptions | None = None
    search_parameters: SearchParameters | None = None
    user: str | None = None
    # What others have and the contract has no place for; `convert.responses_request` says what becomes of it.
    background: Any = None
    context_management: Any = None
    conversation: Any = None
    max_tool_calls: Any = None
    max_turns: Any = None
    moderation: Any = None
    prompt: Any = None
    truncation: Any = None
    metadata: Any = None
    service_tier: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    prompt_cache_options: Any = None
    prompt_cache_retention: Any = None
