"""Chat completions: OpenAI's shapes, with what xAI's API has beside them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xaiwire_server.gateway.shapes.base import NO_JSON, Float, Int32, Items, Json, Request

__all__ = [
    "ChatChoice",
    "ChatChunk",
    "ChatChunkChoice",
    "ChatCompletion",
    "ChatDelta",
    "ChatLogProbs",
    "ChatRequest",
    "ChatResponseMessage",
    "ChatUsage",
    "CodeExecutionTool",
    "CollectionsSearchTool",
    "CompletionDetails",
    "DeferredStarted",
    "DocumentSearchTool",
    "FilePart",
    "FunctionCall",
    "FunctionSpec",
    "FunctionTool",
    "ImagePart",
    "ImageUrl",
    "JsonObjectFormat",
    "JsonSchema",
    "JsonSchemaFormat",
    "LogProb",
    "McpTool",
    "Message",
    "NamedFunction",
    "NewsSource",
    "PromptDetails",
    "RequestToolCall",
    "ResponseFormat",
    "ResponseToolCall",
    "RssSource",
    "SearchParameters",
    "ServerToolCall",
    "ServerToolType",
    "Source",
    "StreamOptions",
    "TextFormat",
    "TextPart",
    "Tool",
    "TopLogProb",
    "WebSearchTool",
    "WebSource",
    "XSearchTool",
    "XSource",
]

# Requests.


class TextPart(Request, tag="text"):
    """A text in a message."""

    text: str


class ImageUrl(Request):
    """Where an image is: an http(s) address, or a data URL."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(Request, tag="image_url"):
    """An image in a message."""

    image_url: ImageUrl | str


class _FileReference(Request):
    file_id: str | None = None
    file_data: Any = None
    filename: Any = None


class FilePart(Request, tag="file"):
    """A file in a message, uploaded before."""

    file: _FileReference


class FunctionCall(Request):
    """What a model calls."""

    name: str
    arguments: str = ""


class RequestToolCall(Request):
    """A call of a function that an assistant's message made."""

    id: str
    function: FunctionCall
    type: Literal["function"] = "function"
    index: Any = None


ServerToolType = Literal["web_search", "x_search", "code_execution", "collections_search", "mcp", "document_search"]


class ServerToolCall(Request):
    """A call of a tool that the server runs itself; nothing has to be done about it."""

    id: str
    type: ServerToolType
    function: FunctionCall


class Message(Request):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Items[TextPart | ImagePart | FilePart] | None = None
    name: str | None = None
    tool_calls: Items[RequestToolCall] | None = None
    server_side_tool_calls: Items[ServerToolCall] | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None
    encrypted_content: str | None = None
    refusal: Any = None
    audio: Any = None
    function_call: Any = None
    annotations: Any = None


class FunctionSpec(Request):
    """A function that the model may call."""

    name: str
    description: str | None = None
    strict: bool | None = None
    parameters: Json = NO_JSON


class FunctionTool(Request, tag="function"):
    """A function of the caller's."""

    function: FunctionSpec


class WebSearchTool(Request, tag="web_search"):
    """The server searches the web."""

    allowed_domains: list[str] | None = None
    excluded_domains: list[str] | None = None
    enable_image_understanding: bool | None = None


class XSearchTool(Request, tag="x_search"):
    """The server searches X. Dates are `2026-01-31`, or moments as RFC 3339 has them."""

    from_date: str | None = None
    to_date: str | None = None
    allowed_x_handles: list[str] | None = None
    excluded_x_handles: list[str] | None = None
    enable_image_understanding: bool | None = None
    enable_video_understanding: bool | None = None


class CodeExecutionTool(Request, tag="code_execution"):
    """The server runs code."""


class CollectionsSearchTool(Request, tag="collections_search"):
    """The server searches collections."""

    collection_ids: list[str]
    limit: Int32 | None = None


class McpTool(Request, tag="mcp"):
    """The server calls another server's tools."""

    server_url: str
    server_label: str | None = None
    server_description: str | None = None
    allowed_tools: list[str] | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    require_approval: Any = None


class DocumentSearchTool(Request, tag="document_search"):
    """The server searches documents."""

    limit: Int32 | None = None


Tool = (
    FunctionTool
    | WebSearchTool
    | XSearchTool
    | CodeExecutionTool
    | CollectionsSearchTool
    | McpTool
    | DocumentSearchTool
)


class NamedFunction(Request):
    """A function that is to be called."""

    class Name(Request):
        """Its name."""

        name: str

    function: Name
    type: Literal["function"] = "function"


class TextFormat(Request, tag="text"):
    """Any text."""


class JsonObjectFormat(Request, tag="json_object"):
    """A JSON object."""


class JsonSchema(Request):
    """A JSON schema. The contract has a place for `schema` alone; answers obey it always."""

    name: str = ""
    description: str | None = None
    schema: Json = NO_JSON
    strict: bool | None = None


class JsonSchemaFormat(Request, tag="json_schema"):
    """JSON that obeys a schema."""

    json_schema: JsonSchema


ResponseFormat = TextFormat | JsonObjectFormat | JsonSchemaFormat


class WebSource(Request, tag="web"):
    """Search the web."""

    country: str | None = None
    excluded_websites: list[str] | None = None
    allowed_websites: list[str] | None = None
    safe_search: bool = True


class NewsSource(Request, tag="news"):
    """Search the news."""

    country: str | None = None
    excluded_websites: list[str] | None = None
    safe_search: bool = True


class XSource(Request, tag="x"):
    """Search X."""

    included_x_handles: list[str] | None = None
    excluded_x_handles: list[str] | None = None
    post_favorite_count: Int32 | None = None
    post_view_count: Int32 | None = None


class RssSource(Request, tag="rss"):
    """Read a feed."""

    links: list[str]


Source = WebSource | NewsSource | XSource | RssSource


class SearchParameters(Request):
    """What may be searched before answering. Dates are `2026-01-31`, or moments as RFC 3339 has them."""

    mode: Literal["off", "on", "auto"] | None = None
    sources: Items[Source] | None = None
    from_date: str | None = None
    to_date: str | None = None
    return_citations: bool = True
    max_search_results: Int32 | None = None


class StreamOptions(Request):
    """What a stream is to have."""

    include_usage: bool | None = None
    include_obfuscation: Any = None


class ChatRequest(Request):
    """A request for a chat completion."""

    model: str
    messages: Items[Message]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    deferred: bool | None = None
    n: Int32 | None = None
    max_tokens: Int32 | None = None
    max_completion_tokens: Int32 | None = None
    seed: Int32 | None = None
    stop: str | Items[str] | None = None
    temperature: Float | None = None
    top_p: Float | None = None
    frequency_penalty: Float | None = None
    presence_penalty: Float | None = None
    logprobs: bool | None = None
    top_logprobs: Int32 | None = None
    tools: Items[Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | NamedFunction | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: Literal["low", "medium", "high"] | None = None
    search_parameters: SearchParameters | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    use_encrypted_content: bool | None = None
    user: str | None = None
    # What others have and the contract has no place for; `convert.chat_request` says what becomes of it.
    logit_bias: Any = None
    modalities: Any = None
    audio: Any = None
    prediction: Any = None
    web_search_options: Any = None
    functions: Any = None
    function_call: Any = None
    verbosity: Any = None
    metadata: Any = None
    service_tier: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    prompt_cache_retention: Any = None


# Answers.


class ResponseToolCall(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A call of a function that the caller is to run."""

    id: str
    type: str
    function: FunctionCall
    index: int | msgspec.UnsetType = msgspec.UNSET


class TopLogProb(msgspec.Struct):
    """A token that was likely, too."""

    token: str
    logprob: float
    bytes: list[int]


class LogProb(msgspec.Struct):
    """How likely a token was."""

    token: str
    logprob: float
    bytes: list[int]
    top_logprobs: list[TopLogProb]


class ChatLogProbs(msgspec.Struct):
    """How likely the tokens of an answer were."""

    content: list[LogProb]


class ChatResponseMessage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An answer's message."""

    role: str
    content: str | None
    refusal: None
    reasoning_content: str = ""
    tool_calls: list[ResponseToolCall] = []
    server_side_tool_calls: list[ResponseToolCall] = []
    encrypted_content: str = ""


class ChatChoice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One of the answers.

    `native_finish_reason` is the contract's word for it, where OpenAI has no word of its own.
    """

    index: int
    message: ChatResponseMessage
    finish_reason: str | None
    native_finish_reason: str = ""
    logprobs: ChatLogProbs | None = None


class PromptDetails(msgspec.Struct):
    """What the prompt consists of."""

    text_tokens: int
    image_tokens: int
    cached_tokens: int


class CompletionDetails(msgspec.Struct):
    """What the answer consists of."""

    reasoning_tokens: int


class ChatUsage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What an answer took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails
    num_sources_used: int = 0
    server_side_tools_used: list[str] = []


class ChatCompletion(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A chat completion.

    `settings` and `debug_output` are the contract's messages of these names, in protobuf's JSON.
    """

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: ChatUsage | None = None
    system_fingerprint: str = ""
    citations: list[str] = []
    settings: Json | msgspec.UnsetType = msgspec.UNSET
    debug_output: Json | msgspec.UnsetType = msgspec.UNSET


class ChatDelta(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a chunk adds to an answer."""

    role: str = ""
    content: str = ""
    reasoning_content: str = ""
    tool_calls: list[ResponseToolCall] = []
    server_side_tool_calls: list[ResponseToolCall] = []
    encrypted_content: str = ""


class ChatChunkChoice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a chunk adds to one of the answers."""

    index: int
    delta: ChatDelta
    finish_reason: str | None
    native_finish_reason: str = ""
    logprobs: ChatLogProbs | None = None


class ChatChunk(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A chunk of a stream; the last one has the usage and no choices, where it was asked for."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChatChunkChoice]
    system_fingerprint: str = ""
    usage: ChatUsage | None = None
    citations: list[str] = []


class DeferredStarted(msgspec.Struct):
    """A completion that is made in the background; `request_id` is what to ask for it with."""

    request_id: str
