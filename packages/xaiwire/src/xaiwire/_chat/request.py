"""The request for a completion, out of what people say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, cast

from protobuf import Oneof

from xaiwire._calls.options import CallOptions
from xaiwire._choices import chosen, several
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire.errors import ValidationError
from xaiwire.search import SearchParameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire._chat.function_tools import FunctionTool
    from xaiwire._chat.shapes import Shape

__all__ = [
    "ChatSettings",
    "CompletionOptions",
    "ReasoningEffort",
    "ResponseFormat",
    "ToolLike",
    "ToolMode",
    "completions_request",
    "function_tools",
    "request_for",
    "schema_format",
    "split_options",
]

ReasoningEffort = Literal["low", "medium", "high"]
ToolMode = Literal["auto", "none", "required"]
ResponseFormat = Literal["text", "json_object"]
ToolLike: TypeAlias = "chat_pb.Tool | FunctionTool | Callable[..., Any]"
"""A tool: a message, a FunctionTool, or a Python function or model class that one is made of."""

EFFORTS = {
    "low": chat_pb.ReasoningEffort.EFFORT_LOW,
    "medium": chat_pb.ReasoningEffort.EFFORT_MEDIUM,
    "high": chat_pb.ReasoningEffort.EFFORT_HIGH,
}
MODES = {"auto": chat_pb.ToolMode.AUTO, "none": chat_pb.ToolMode.NONE, "required": chat_pb.ToolMode.REQUIRED}
FORMATS = {
    "text": chat_pb.FormatType.TEXT,
    "json_object": chat_pb.FormatType.JSON_OBJECT,
    "json_schema": chat_pb.FormatType.JSON_SCHEMA,
}


class ChatSettings(TypedDict, total=False):
    """What can be said of a completion beside the model and the messages.

    Attributes:
        user: who it is for, as your own name for them.
        max_tokens: tokens at most of the answer, those of reasoning included.
        seed: makes the choice of tokens repeatable, as far as the server can.
        stop: texts at which to end.
        temperature: how free the choice of tokens is, from 0 to 2.
        top_p: the share of likely tokens to choose from, from 0 to 1.
        logprobs: whether the log probabilities of the tokens are wanted.
        top_logprobs: how many likely tokens to list for each place.
        tools: what the model may call.
        tool_choice: whether it may, must or must not, or which one it must; see chat.required_tool.
        parallel_tool_calls: whether it may call several at once.
        response_format: `text`, `json_object`, or a type or JSON Schema that the answer is to follow; see `parse`.
        frequency_penalty: makes tokens that occurred often less likely, from -2 to 2.
        presence_penalty: makes tokens that occurred less likely, from -2 to 2.
        reasoning_effort: how long the model may think.
        search_parameters: what to search for before the answer.
        store_messages: whether the server keeps the response, for `previous_response_id` and get_stored_completion.
        previous_response_id: the stored response that the conversation goes on from.
        use_encrypted_content: whether the response has what the model thought, encrypted, to be given back to it.
    """

    user: str | None
    max_tokens: int | None
    seed: int | None
    stop: Sequence[str] | None
    temperature: float | None
    top_p: float | None
    logprobs: bool | None
    top_logprobs: int | None
    tools: Sequence[ToolLike] | None
    tool_choice: ToolMode | chat_pb.ToolChoice | None
    parallel_tool_calls: bool | None
    response_format: ResponseFormat | chat_pb.ResponseFormat | type[Any] | Mapping[str, Any] | None
    frequency_penalty: float | None
    presence_penalty: float | None
    reasoning_effort: ReasoningEffort | chat_pb.ReasoningEffort | None
    search_parameters: SearchParameters | chat_pb.SearchParameters | None
    store_messages: bool | None
    previous_response_id: str | None
    use_encrypted_content: bool | None


class CompletionOptions(ChatSettings, CallOptions, total=False):
    """What can be said of an answer and of the call that asks for it; see ChatSettings and CallOptions."""


def split_options(given: CompletionOptions) -> tuple[ChatSettings, CallOptions]:
    """What is said of the answer, and what of the call.

    Args:
        given: both; a name that neither has goes to the call, which refuses it.
    """
    settings = {name: value for name, value in given.items() if name in ChatSettings.__annotations__}
    options = {name: value for name, value in given.items() if name not in ChatSettings.__annotations__}
    return cast("ChatSettings", settings), cast("CallOptions", options)


def completions_request(
    model: str, messages: Iterable[chat_pb.Message], settings: ChatSettings
) -> chat_pb.GetCompletionsRequest:
    """The request for a completion.

    Args:
        model: the model's name.
        messages: the conversation so far.
        settings: what else is said.

    Raises:
        ValidationError: a word that stands for nothing, or one string where several are taken.
        TypeError: a setting that does not exist.
    """
    if unknown := settings.keys() - ChatSettings.__annotations__.keys():
        raise TypeError(f"chat.create does not take {' or '.join(map(repr, sorted(unknown)))}")
    return chat_pb.GetCompletionsRequest(
        model=model,
        messages=list(messages),
        user=settings.get("user") or "",
        max_tokens=settings.get("max_tokens"),
        seed=settings.get("seed"),
        stop=several("stop", settings.get("stop") or ()),
        temperature=settings.get("temperature"),
        top_p=settings.get("top_p"),
        logprobs=bool(settings.get("logprobs")),
        top_logprobs=settings.get("top_logprobs"),
        tools=[_tool(each) for each in settings.get("tools") or ()],
        tool_choice=_tool_choice(settings.get("tool_choice")),
        parallel_tool_calls=settings.get("parallel_tool_calls"),
        response_format=_response_format(settings.get("response_format")),
        frequency_penalty=settings.get("frequency_penalty"),
        presence_penalty=settings.get("presence_penalty"),
        reasoning_effort=_effort(settings.get("reasoning_effort")),
        search_parameters=_search(settings.get("search_parameters")),
        store_messages=bool(settings.get("store_messages")),
        previous_response_id=settings.get("previous_response_id"),
        use_encrypted_content=bool(settings.get("use_encrypted_content")),
    )


def request_for(proto: chat_pb.GetCompletionsRequest, n: int) -> chat_pb.GetCompletionsRequest:
    """A conversation's request as it is sent, for `n` answers; the conversation stays as it was.

    Raises:
        ValidationError: there is no message.
    """
    if not proto.messages:
        raise ValidationError("there is no message to answer: append chat.user(…), or give messages=")
    if n < 1:
        raise ValidationError(f"n is the number of answers, 1 or more; it is {n}")
    request = copy(proto)
    # What is appended while the call runs is not of it.
    request.messages = list(proto.messages)
    request.n = n
    return request


def schema_format(shape: Shape) -> chat_pb.ResponseFormat:
    """The format of an answer that follows a JSON Schema."""
    return chat_pb.ResponseFormat(format_type=chat_pb.FormatType.JSON_SCHEMA, schema=json.dumps(shape.schema))


def function_tools(tools: Iterable[ToolLike] | None) -> dict[str, FunctionTool]:
    """Those tools that are Python functions, by name."""
    others = [each for each in tools or () if not isinstance(each, chat_pb.Tool)]
    if not others:
        return {}
    from xaiwire._chat.function_tools import as_tool

    found = [as_tool(each) for each in others]
    return {each.name: each for each in found}


def _tool(given: ToolLike) -> chat_pb.Tool:
    if isinstance(given, chat_pb.Tool):
        return given
    from xaiwire._chat.function_tools import as_tool

    return as_tool(given).proto


def _tool_choice(given: ToolMode | chat_pb.ToolChoice | None) -> chat_pb.ToolChoice | None:
    if not isinstance(given, str):
        return given
    mode: Oneof[Literal["mode"], chat_pb.ToolMode] = Oneof("mode", chosen("tool_choice", given, MODES))
    return chat_pb.ToolChoice(tool_choice=mode)


def _response_format(given: object) -> chat_pb.ResponseFormat | None:
    if given is None or isinstance(given, chat_pb.ResponseFormat):
        return given
    if isinstance(given, str):
        return chat_pb.ResponseFormat(format_type=chosen("response_format", given, FORMATS))
    from xaiwire._chat.shapes import shape_of

    return schema_format(shape_of(given))


def _effort(given: str | chat_pb.ReasoningEffort | None) -> chat_pb.ReasoningEffort | None:
    return None if given is None else chosen("reasoning_effort", given, EFFORTS)


def _search(given: SearchParameters | chat_pb.SearchParameters | None) -> chat_pb.SearchParameters | None:
    return given.to_proto() if isinstance(given, SearchParameters) else given
