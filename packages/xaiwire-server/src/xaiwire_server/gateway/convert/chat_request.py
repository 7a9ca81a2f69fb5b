"""Requests for chat completions, as the contract has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.aliases import either
from xaiwire_server.gateway.convert.image_urls import image_url
from xaiwire_server.gateway.convert.moments import timestamp
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.convert.sampling import sampling_fields
from xaiwire_server.gateway.convert.tool_results import ordered_results
from xaiwire_server.gateway.convert.tools import call_message, json_schema_text, tool_choice, tool_message
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.shapes import chat as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "EFFORTS",
    "chat_fields",
    "check_stream_options",
    "file_content",
    "has_usage",
    "image_content",
    "response_format",
    "search_parameters",
    "text_content",
]

_Role = chat_pb2.MessageRole
_Format = chat_pb2.FormatType
_Mode = chat_pb2.SearchMode

ROLES = {
    "system": _Role.ROLE_SYSTEM,
    "developer": _Role.ROLE_SYSTEM,
    "user": _Role.ROLE_USER,
    "assistant": _Role.ROLE_ASSISTANT,
    "tool": _Role.ROLE_TOOL,
    "function": _Role.ROLE_FUNCTION,
}
EFFORTS = {
    "low": chat_pb2.ReasoningEffort.EFFORT_LOW,
    "medium": chat_pb2.ReasoningEffort.EFFORT_MEDIUM,
    "high": chat_pb2.ReasoningEffort.EFFORT_HIGH,
}
_MODES = {
    None: _Mode.INVALID_SEARCH_MODE,
    "off": _Mode.OFF_SEARCH_MODE,
    "on": _Mode.ON_SEARCH_MODE,
    "auto": _Mode.AUTO_SEARCH_MODE,
}
_NEUTRAL: dict[str, tuple[object, ...]] = {
    "logit_bias": (),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "functions": (),
    "function_call": ("none",),
    "verbosity": ("medium",),
}
"""Fields of OpenAI's that change the answer and have no place in the contract, with what asks for nothing."""

_ADVICE = {"functions": "use tools", "function_call": "use tool_choice"}
_LABELS = ("metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention")
"""Fields of OpenAI's that leave the answer as it is: without them nothing is wrong, so they are named in a warning."""


def chat_fields(request: shapes.ChatRequest, leave_out: Callable[[str, str], None]) -> dict[str, Any]:
    """The fields of the contract's GetCompletionsRequest.

    Args:
        request: as it came.
        leave_out: is told of what is not passed on: its path, and why.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    for name, neutral in _NEUTRAL.items():
        value = getattr(request, name)
        if value is not None and not is_neutral(value, *neutral):
            raise not_carried(name, _ADVICE.get(name, ""))
    if request.web_search_options is not None:
        # Without an option, too, it switches the search on.
        raise not_carried("web_search_options", "use search_parameters, or the tool web_search")
    for name in _LABELS:
        value = getattr(request, name)
        if value is not None and not is_neutral(value, "auto", "default"):
            leave_out(name, "xAI's API has no place for it")
    check_stream_options(request.stream_options, leave_out)
    fields = sampling_fields(request)
    fields["messages"] = ordered_results(
        [_message(message, f"messages[{at}]", leave_out) for at, message in enumerate(request.messages)],
        [message.tool_call_id for message in request.messages],
        leave_out,
        path="messages[{}]".format,
        field="tool_call_id",
    )
    most = either(("max_completion_tokens", request.max_completion_tokens), ("max_tokens", request.max_tokens))
    if most is not None:
        fields["max_tokens"] = most
    if request.logprobs:
        fields["logprobs"] = True
    if request.top_logprobs is not None:
        fields["top_logprobs"] = request.top_logprobs
    if request.tools:
        fields["tools"] = [tool_message(tool, f"tools[{at}]") for at, tool in enumerate(request.tools)]
    if request.tool_choice is not None:
        fields["tool_choice"] = tool_choice(request.tool_choice)
    if request.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = request.parallel_tool_calls
    if request.response_format is not None:
        fields["response_format"] = response_format(request.response_format, leave_out)
    if request.reasoning_effort is not None:
        fields["reasoning_effort"] = EFFORTS[request.reasoning_effort]
    if request.search_parameters is not None:
        fields["search_parameters"] = search_parameters(request.search_parameters)
    if request.previous_response_id is not None:
        fields["previous_response_id"] = request.previous_response_id
    if request.store:
        fields["store_messages"] = True
    if request.use_encrypted_content:
        fields["use_encrypted_content"] = True
    return fields


def text_content(text: str) -> chat_pb2.Content:
    """A text in a message."""
    return chat_pb2.Content(content=one("text", text))


def image_content(url: str, detail: str | None, param: str) -> chat_pb2.Content:
    """An image in a message.

    Args:
        url: an http(s) address, or a data URL.
        detail: `auto`, `low` or `high`; None to leave it open.
        param: the path of the address in the request.

    Raises:
        ApiError: 400, a data URL has no image in base64.
    """
    return chat_pb2.Content(content=one("image_url", image_url(url, detail, param)))


def file_content(file_id: str) -> chat_pb2.Content:
    """A file in a message."""
    return chat_pb2.Content(content=one("file", chat_pb2.FileContent(file_id=file_id)))


def response_format(
    form: shapes.ResponseFormat, leave_out: Callable[[str, str], None], param: str = "response_format"
) -> chat_pb2.ResponseFormat:
    """What an answer is to be.

    Args:
        form: as it came.
        leave_out: is told of what is not passed on.
        param: the field's path.
    """
    match form:
        case shapes.JsonSchemaFormat(json_schema=schema):
            if schema.description:
                leave_out(f"{param}.json_schema.description", "xAI's API has no place for it")
            if schema.strict is False:
                leave_out(f"{param}.json_schema.strict", "answers obey the schema always")
            text = json_schema_text(schema.schema, f"{param}.json_schema.schema")
            return chat_pb2.ResponseFormat(format_type=_Format.JSON_SCHEMA, schema=text or None)
        case shapes.JsonObjectFormat():
            return chat_pb2.ResponseFormat(format_type=_Format.JSON_OBJECT)
        case shapes.TextFormat():
            return chat_pb2.ResponseFormat(format_type=_Format.TEXT)


def check_stream_options(options: shapes.StreamOptions | None, leave_out: Callable[[str, str], None]) -> None:
    """Say what a stream will not have.

    Args:
        options: as they came.
        leave_out: is told of what is not passed on.
    """
    if options is not None and not is_neutral(options.include_obfuscation, False):
        leave_out("stream_options.include_obfuscation", "events are made no longer than they are")


def has_usage(options: shapes.StreamOptions | None) -> bool:
    """Whether a stream is to end with its usage."""
    return options is not None and bool(options.include_usage)


def _message(message: shapes.Message, path: str, leave_out: Callable[[str, str], None]) -> chat_pb2.Message:
    for name in ("refusal", "audio", "function_call", "annotations"):
        if not is_neutral(getattr(message, name)):
            raise not_carried(f"{path}.{name}")
    if message.role != "tool" and not is_neutral(message.tool_call_id):
        leave_out(f"{path}.tool_call_id", "the message is no result of a tool")
    content = message.content
    made = chat_pb2.Message(role=ROLES[message.role])
    if isinstance(content, str):
        made.content = [chat_pb2.Content(content=one("text", content))]
    elif content is not None:
        made.content = [
            _content_part(part, f"{path}.content[{number}]", leave_out) for number, part in enumerate(content)
        ]
    if message.name:
        made.name = message.name
    if message.reasoning_content is not None:
        made.reasoning_content = message.reasoning_content
    if message.encrypted_content:
        made.encrypted_content = message.encrypted_content
    if message.tool_calls or message.server_side_tool_calls:
        made.tool_calls = [
            *map(call_message, message.tool_calls or ()),
            *map(call_message, message.server_side_tool_calls or ()),
        ]
    return made


def _content_part(
    part: shapes.TextPart | shapes.ImagePart | shapes.FilePart, param: str, leave_out: Callable[[str, str], None]
) -> chat_pb2.Content:
    match part:
        case shapes.TextPart():
            return text_content(part.text)
        case shapes.ImagePart(image_url=str(url)):
            return image_content(url, None, f"{param}.image_url")
        case shapes.ImagePart(image_url=shapes.ImageUrl(url=url, detail=detail)):
            return image_content(url, detail, f"{param}.image_url.url")
        case shapes.FilePart(file=file):
            if file.file_id is None or not is_neutral(file.file_data):
                raise not_carried(f"{param}.file.file_data", "upload the file to /v1/files, and give its file_id")
            if not is_neutral(file.filename):
                leave_out(f"{param}.file.filename", "the file keeps the name that it was uploaded with")
            return file_content(file.file_id)
    raise invalid(param, "it is neither a text nor an image nor a file")


def search_parameters(search: shapes.SearchParameters) -> chat_pb2.SearchParameters:
    """What may be searched before answering."""
    return chat_pb2.SearchParameters(
        mode=_MODES[search.mode],
        sources=[_source(source) for source in search.sources or ()],
        from_date=timestamp(search.from_date, "search_parameters.from_date"),
        to_date=timestamp(search.to_date, "search_parameters.to_date"),
        return_citations=search.return_citations,
        max_search_results=search.max_search_results,
    )


def _source(source: shapes.Source) -> chat_pb2.Source:
    match source:
        case shapes.WebSource():
            web = chat_pb2.WebSource(
                country=source.country,
                excluded_websites=source.excluded_websites or [],
                allowed_websites=source.allowed_websites or [],
                safe_search=source.safe_search,
            )
            return chat_pb2.Source(source=one("web", web))
        case shapes.NewsSource():
            news = chat_pb2.NewsSource(
                country=source.country,
                excluded_websites=source.excluded_websites or [],
                safe_search=source.safe_search,
            )
            return chat_pb2.Source(source=one("news", news))
        case shapes.XSource():
            x = chat_pb2.XSource(
                included_x_handles=source.included_x_handles or [],
                excluded_x_handles=source.excluded_x_handles or [],
                post_favorite_count=source.post_favorite_count,
                post_view_count=source.post_view_count,
            )
            return chat_pb2.Source(source=one("x", x))
        case shapes.RssSource():
            return chat_pb2.Source(source=one("rss", chat_pb2.RssSource(links=source.links)))
