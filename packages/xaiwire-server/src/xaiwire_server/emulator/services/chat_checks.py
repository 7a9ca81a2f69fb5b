"""What a request to the chat must be, as the contract and the official client's documentation say."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, models_pb2
from xaiwire_server.emulator.services.checks import check_image, check_range, required
from xaiwire_server.rpc.refusal import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_chat", "check_sampling"]

MAX_MESSAGES = 10_000
MAX_CHOICES = 8
MAX_STOP = 4
MAX_TOOLS = 128
MAX_TOP_LOGPROBS = 8
MAX_FILTERS = 5
MAX_HANDLES = 10
MAX_COLLECTIONS = 10
MAX_RESULTS = 50

_Role = chat_pb2.MessageRole
_Format = chat_pb2.FormatType
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def check_chat(request: chat_pb2.GetCompletionsRequest, model: models_pb2.LanguageModel) -> None:
    """Check a request.

    Args:
        request: the request.
        model: the model that it names.

    Raises:
        Refusal: INVALID_ARGUMENT, with the path of the first field that is wrong; RESOURCE_EXHAUSTED where there is
            too much of something.
    """
    if not request.messages:
        raise invalid("messages", "there are none")
    if len(request.messages) > MAX_MESSAGES:
        raise Refusal(
            StatusCode.RESOURCE_EXHAUSTED,
            f"messages: there are {len(request.messages):,}; {MAX_MESSAGES:,} are allowed",
        )
    sees = models_pb2.Modality.IMAGE in model.input_modalities
    for at, message in enumerate(request.messages):
        _check_message(f"messages[{at}]", message, sees=sees)
    check_sampling(request)
    if request.has_field("reasoning_effort") and request.reasoning_effort not in tuple(chat_pb2.ReasoningEffort)[1:]:
        raise invalid("reasoning_effort", f"{int(request.reasoning_effort)} is no ReasoningEffort")
    if len(request.tools) > MAX_TOOLS:
        raise Refusal(StatusCode.RESOURCE_EXHAUSTED, f"tools: there are {len(request.tools)}; {MAX_TOOLS} are allowed")
    names: set[str] = set()
    for at, tool in enumerate(request.tools):
        _check_tool(f"tools[{at}]", tool, names)
    _check_tool_choice(request.tool_choice, names)
    _check_response_format(request.response_format)
    _check_search(request.search_parameters)
    if request.has_field("previous_response_id"):
        required("previous_response_id", request.previous_response_id)


def check_sampling(request: chat_pb2.GetCompletionsRequest) -> None:
    """Check how an answer is sampled; a request of the service Sample has the same fields.

    Raises:
        Refusal: INVALID_ARGUMENT.
    """
    if request.has_field("n"):
        check_range("n", request.n, 1, MAX_CHOICES)
    if request.has_field("max_tokens"):
        check_range("max_tokens", request.max_tokens, 1, 2**31 - 1)
    if len(request.stop) > MAX_STOP:
        raise invalid("stop", f"there are {len(request.stop)} sequences; {MAX_STOP} are allowed")
    for at, stop in enumerate(request.stop):
        required(f"stop[{at}]", stop)
    if request.has_field("temperature"):
        check_range("temperature", request.temperature, 0, 2)
    if request.has_field("top_p"):
        check_range("top_p", request.top_p, 0, 1)
    if request.has_field("frequency_penalty"):
        check_range("frequency_penalty", request.frequency_penalty, -2, 2)
    if request.has_field("presence_penalty"):
        check_range("presence_penalty", request.presence_penalty, -2, 2)
    if request.has_field("top_logprobs"):
        check_range("top_logprobs", request.top_logprobs, 0, MAX_TOP_LOGPROBS)
        if request.top_logprobs and not request.logprobs:
            raise invalid("top_logprobs", "it asks for log probabilities, and `logprobs` is not set")


def _check_message(field: str, message: chat_pb2.Message, *, sees: bool) -> None:
    if message.role not in tuple(_Role)[1:]:
        raise invalid(
            f"{field}.role", "it is not set" if message.role == 0 else f"{int(message.role)} is no MessageRole"
        )
    if not message.content and not (message.role == _Role.ROLE_ASSISTANT):
        raise invalid(f"{field}.content", "there is none")
    for at, part in enumerate(message.content):
        path = f"{field}.content[{at}]"
        if part.content is None:
            raise invalid(path, "it is neither a text nor an image nor a file")
        match part.content.value:
            case chat_pb2.FileContent() as file:
                required(f"{path}.file.file_id", file.file_id)
            case str():
                continue
            case image:
                if not sees:
                    raise invalid(f"{path}.image_url", "the model sees no images")
                check_image(f"{path}.image_url", image)
    for at, call in enumerate(message.tool_calls):
        path = f"{field}.tool_calls[{at}]"
        required(f"{path}.id", call.id)
        if call.tool is None:
            raise invalid(path, "there is no function")
        required(f"{path}.function.name", call.tool.value.name)


def _check_tool(field: str, tool: chat_pb2.Tool, names: set[str]) -> None:
    match tool.tool.value if tool.tool is not None else None:
        case None:
            raise invalid(field, "it is no tool")
        case chat_pb2.Function() as function:
            if not _FUNCTION_NAME.fullmatch(function.name):
                raise invalid(f"{field}.function.name", f"{function.name!r} is not 1 to 64 letters, digits, _, . or -")
            if function.name in names:
                raise invalid(f"{field}.function.name", f"there are two functions {function.name!r}")
            names.add(function.name)
            if function.parameters:
                _json_object(f"{field}.function.parameters", function.parameters)
        case chat_pb2.WebSearch() as web:
            _check_filters(f"{field}.web_search", "domains", web.allowed_domains, web.excluded_domains, MAX_FILTERS)
        case chat_pb2.XSearch() as x:
            _check_filters(f"{field}.x_search", "x_handles", x.allowed_x_handles, x.excluded_x_handles, MAX_HANDLES)
        case chat_pb2.CollectionsSearch() as search:
            ids = len(search.collection_ids)
            if not 1 <= ids <= MAX_COLLECTIONS:
                raise invalid(
                    f"{field}.collections_search.collection_ids",
                    f"there are {ids} ids; between 1 and {MAX_COLLECTIONS} are allowed",
                )
            if search.has_field("limit"):
                check_range(f"{field}.collections_search.limit", search.limit, 1, 100)
        case chat_pb2.DocumentSearch() as search:
            if search.has_field("limit"):
                check_range(f"{field}.document_search.limit", search.limit, 1, 100)
        case chat_pb2.MCP() as mcp:
            if urlsplit(required(f"{field}.mcp.server_url", mcp.server_url)).scheme not in ("http", "https"):
                raise invalid(f"{field}.mcp.server_url", "this is no http(s) address")
        case _:
            return


def _check_filters(
    field: str,
    kind: str,
    allowed: Sequence[str],
    excluded: Sequence[str],
    most: int,
    *,
    names: tuple[str, str] | None = None,
) -> None:
    first, second = names or (f"allowed_{kind}", f"excluded_{kind}")
    if allowed and excluded:
        raise invalid(f"{field}.{first}", f"it cannot be set together with {second}")
    for name, values in ((first, allowed), (second, excluded)):
        if len(values) > most:
            raise invalid(f"{field}.{name}", f"there are {len(values)}; {most} are allowed")


def _check_tool_choice(choice: chat_pb2.ToolChoice | None, names: set[str]) -> None:
    if choice is None or choice.tool_choice is None:
        return
    value = choice.tool_choice.value
    if isinstance(value, str):
        if value not in names:
            raise invalid("tool_choice.function_name", f"the request has no function {value!r}")
        return
    if value not in tuple(chat_pb2.ToolMode)[1:]:
        raise invalid("tool_choice.mode", "it is TOOL_MODE_AUTO, TOOL_MODE_NONE or TOOL_MODE_REQUIRED")
    if value == chat_pb2.ToolMode.REQUIRED and not names:
        raise invalid("tool_choice.mode", "a function has to be called, and the request has none")


def _check_response_format(form: chat_pb2.ResponseFormat | None) -> None:
    if form is None:
        return
    if form.format_type not in tuple(_Format)[1:]:
        raise invalid("response_format.format_type", "it is FORMAT_TYPE_TEXT, _JSON_OBJECT or _JSON_SCHEMA")
    if form.format_type == _Format.JSON_SCHEMA:
        _json_object("response_format.schema", form.schema)


def _json_object(field: str, text: str) -> None:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise invalid(field, f"it is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise invalid(field, "it is not a JSON object")


def _check_search(parameters: chat_pb2.SearchParameters | None) -> None:
    if parameters is None:
        return
    field = "search_parameters"
    if parameters.mode not in tuple(chat_pb2.SearchMode):
        raise invalid(f"{field}.mode", f"{int(parameters.mode)} is no SearchMode")
    if parameters.has_field("max_search_results"):
        check_range(f"{field}.max_search_results", parameters.max_search_results, 1, MAX_RESULTS)
    if parameters.from_date is not None and parameters.to_date is not None:
        start, end = parameters.from_date, parameters.to_date
        if (start.seconds, start.nanos) > (end.seconds, end.nanos):
            raise invalid(f"{field}.from_date", "it is after to_date")
    for at, source in enumerate(parameters.sources):
        path = f"{field}.sources[{at}]"
        match source.source.value if source.source is not None else None:
            case None:
                raise invalid(path, "it is no source")
            case chat_pb2.WebSource() as web:
                _check_filters(f"{path}.web", "websites", web.allowed_websites, web.excluded_websites, MAX_FILTERS)
            case chat_pb2.NewsSource() as news:
                _check_filters(f"{path}.news", "websites", (), news.excluded_websites, MAX_FILTERS)
            case chat_pb2.XSource() as x:
                names = ("included_x_handles", "excluded_x_handles")
                _check_filters(f"{path}.x", "", x.included_x_handles, x.excluded_x_handles, MAX_HANDLES, names=names)
            case chat_pb2.RssSource() as rss:
                if len(rss.links) != 1:
                    raise invalid(f"{path}.rss.links", f"there are {len(rss.links)}; a source has one")
