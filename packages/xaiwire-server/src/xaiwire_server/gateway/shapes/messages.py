"""Requests of the Messages API: Anthropic's shapes.

The headers `anthropic-version` and `anthropic-beta` are not looked at: no field here means another thing by them.
Fields that Anthropic has and the contract has no place for are of type `Any`; `convert.messages_request` says what
becomes of them.
"""

from __future__ import annotations

from typing import Any, Literal

from xaiwire_server.gateway.shapes.base import NO_JSON, Float, Int32, Items, Json, Request
from xaiwire_server.gateway.shapes.chat import ServerToolType

__all__ = [
    "Base64ImageSource",
    "CountTokensRequest",
    "DocumentBlock",
    "DocumentSource",
    "FileImageSource",
    "ImageBlock",
    "InputBlock",
    "InputMessage",
    "JsonOutputFormat",
    "McpServer",
    "McpServerTools",
    "McpToolConfig",
    "MessageMetadata",
    "MessageTool",
    "MessageToolChoice",
    "MessagesRequest",
    "OutputConfig",
    "RedactedThinkingBlock",
    "ServerToolUseBlock",
    "TextBlock",
    "ThinkingBlock",
    "ThinkingConfig",
    "ToolResultBlock",
    "ToolUseBlock",
    "UrlImageSource",
]


class TextBlock(Request, tag="text"):
    """A text in a message."""

    text: str
    cache_control: Any = None
    citations: Any = None


class Base64ImageSource(Request, tag="base64"):
    """An image that comes with the request."""

    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: str


class UrlImageSource(Request, tag="url"):
    """An image that has an http(s) address."""

    url: str


class FileImageSource(Request, tag="file"):
    """An image that was uploaded. xAI's API has no place for it: its files are documents."""

    file_id: str


class ImageBlock(Request, tag="image"):
    """An image in a message."""

    source: Base64ImageSource | UrlImageSource | FileImageSource
    cache_control: Any = None
    transformations: Any = None


class DocumentSource(Request):
    """Where a document is. xAI's API has a place for `file` alone: upload it to /v1/files, and give its `file_id`."""

    type: Literal["file", "base64", "text", "content", "url"]
    file_id: str | None = None
    media_type: Any = None
    data: Any = None
    content: Any = None
    url: Any = None


class DocumentBlock(Request, tag="document"):
    """A document in a message."""

    source: DocumentSource
    cache_control: Any = None
    citations: Any = None
    context: Any = None
    title: Any = None


class ThinkingBlock(Request, tag="thinking"):
    """What the model thought, as an answer had it."""

    thinking: str
    signature: str = ""


class RedactedThinkingBlock(Request, tag="redacted_thinking"):
    """What the model thought, in a form that only the server reads."""

    data: str


class ToolUseBlock(Request, tag="tool_use"):
    """A call of a function that an assistant's message made."""

    id: str
    name: str
    input: Json
    cache_control: Any = None
    caller: Any = None
    toolset_name: Any = None


class ServerToolUseBlock(Request, tag="server_tool_use"):
    """A call of a tool that the server ran itself.

    `tool` is xAI's kind of the tool; without it, `name` says it.
    """

    id: str
    name: str
    input: Json
    tool: ServerToolType | None = None
    cache_control: Any = None
    caller: Any = None


class ToolResultBlock(Request, tag="tool_result"):
    """What a function that was called gave back."""

    tool_use_id: str
    content: str | Items[TextBlock | ImageBlock | DocumentBlock] | None = None
    is_error: bool | None = None
    cache_control: Any = None
    toolset_name: Any = None


InputBlock = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ServerToolUseBlock
    | ToolResultBlock
)


class InputMessage(Request):
    """A message of a conversation."""

    role: Literal["user", "assistant", "system"]
    content: str | Items[InputBlock]


class McpToolConfig(Request):
    """Whether a tool of another server may be used."""

    enabled: bool | None = None
    defer_loading: Any = None


class MessageTool(Request):
    """A tool.

    Without a `type`, or with `custom`, it is a function of the caller's. `web_search_…` and `code_execution_…` are run
    by xAI's servers, and `mcp_toolset` has the tools of one of `mcp_servers`. xAI's API has no others.
    """

    type: str | None = None
    name: str = ""
    description: str | None = None
    input_schema: Json = NO_JSON
    strict: bool | None = None
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    mcp_server_name: str | None = None
    default_config: McpToolConfig | None = None
    configs: dict[str, McpToolConfig] | None = None
    allowed_callers: Any = None
    cache_control: Any = None
    defer_loading: Any = None
    eager_input_streaming: Any = None
    input_examples: Any = None
    max_uses: Any = None
    response_inclusion: Any = None
    tools: Any = None
    user_location: Any = None


class MessageToolChoice(Request):
    """Which tool is to be called."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class McpServerTools(Request):
    """Which tools of another server may be used."""

    allowed_tools: list[str] | None = None
    enabled: bool | None = None


class McpServer(Request):
    """A server whose tools xAI's servers call."""

    name: str
    url: str
    type: Literal["url"] = "url"
    authorization_token: str | None = None
    tool_configuration: McpServerTools | None = None


class MessageMetadata(Request):
    """About the request."""

    user_id: str | None = None


class ThinkingConfig(Request):
    """Whether the model thinks. With xAI that is the model's own affair; `output_config.effort` says how much."""

    type: Literal["adaptive", "disabled", "enabled", "between_tools"]
    budget_tokens: Any = None
    display: Literal["summarized", "omitted"] | None = None


class JsonOutputFormat(Request):
    """JSON that obeys a schema."""

    schema: Json
    type: Literal["json_schema"] = "json_schema"


class OutputConfig(Request):
    """What the answer is to be. Of the efforts, xAI's API has `low`, `medium` and `high`."""

    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonOutputFormat | None = None
    task_budget: Any = None


class MessagesRequest(Request):
    """A request for the next message of a conversation."""

    model: str
    max_tokens: Int32
    messages: Items[InputMessage]
    system: str | Items[TextBlock] | None = None
    stream: bool | None = None
    stop_sequences: Items[str] | None = None
    temperature: Float | None = None
    top_p: Float | None = None
    tools: Items[MessageTool] | None = None
    tool_choice: MessageToolChoice | None = None
    mcp_servers: Items[McpServer] | None = None
    thinking: ThinkingConfig | None = None
    output_config: OutputConfig | None = None
    output_format: JsonOutputFormat | None = None
    metadata: MessageMetadata | None = None
    billing_policy: Any = None
    cache_control: Any = None
    compaction: Any = None
    container: Any = None
    context_management: Any = None
    diagnostics: Any = None
    fallback_credit_token: Any = None
    fallbacks: Any = None
    inference_geo: Any = None
    service_tier: Any = None
    speed: Any = None
    thread: Any = None
    top_k: Any = None
    user_profile_id: Any = None
    workspace_id: Any = None


class CountTokensRequest(Request):
    """A conversation whose texts are counted."""

    model: str
    messages: Items[InputMessage]
    system: str | Items[TextBlock] | None = None
    tools: Any = None
    tool_choice: Any = None
    mcp_servers: Any = None
    thinking: Any = None
    output_config: OutputConfig | None = None
    output_format: JsonOutputFormat | None = None
    cache_control: Any = None
    context_management: Any = None
    speed: Any = None
    thread: Any = None
    user_profile_id: Any = None
    workspace_id: Any = None
