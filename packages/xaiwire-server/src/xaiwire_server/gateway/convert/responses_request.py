"""Requests for responses, as the contract has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.chat_request import EFFORTS, search_parameters
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.convert.responses_input import response_messages
from xaiwire_server.gateway.convert.responses_tools import response_tool, response_tool_choice
from xaiwire_server.gateway.convert.sampling import stop_sequences
from xaiwire_server.gateway.convert.tool_results import function_calls
from xaiwire_server.gateway.convert.tools import json_schema_text
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.shapes import chat as chat_shapes
from xaiwire_server.gateway.shapes import responses as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["begins_with_results", "calls_of", "response_fields"]

_Format = chat_pb2.FormatType

_NEUTRAL: dict[str, tuple[object, ...]] = {
    "background": (False,),
    "context_management": (),
    "conversation": (),
    "max_tool_calls": (),
    "max_turns": (),
    "moderation": (),
    "n": (1,),
    "prompt": (),
    "truncation": ("disabled",),
}
"""Fields that change the answer and have no place in the contract, with what asks for nothing."""

_ADVICE = {
    "background": "POST /v1/chat/completions with deferred: true answers later",
    "conversation": "use previous_response_id",
    "n": "a response is one answer; ask once for each",
    "prompt": "put its text into instructions and input",
    "truncation": "shorten the input",
}
_LABELS = (
    "metadata",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
)
"""Fields that leave the answer as it is: without them nothing is wrong, so they are named in a warning."""

_INCLUDED = {"reasoning.encrypted_content": "use_encrypted_content", "message.output_text.logprobs": "logprobs"}
"""What `include` may ask for, with the contract's fields."""

_SAME = (
    "seed",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "top_logprobs",
    "parallel_tool_calls",
    "previous_response_id",
)


def response_fields(
    request: shapes.ResponsesRequest, leave_out: Callable[[str, str], None], before: Sequence[str] = ()
) -> dict[str, Any]:
    """The fields of the contract's GetCompletionsRequest.

    Args:
        request: as it came.
        leave_out: is told of what is not passed on: its path, and why.
        before: the calls of the response that the request goes on with, where its input begins with results.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    _refuse_what_is_not_carried(request, leave_out)
    fields: dict[str, Any] = {"model": request.model}
    messages = response_messages(request.input, leave_out, before)
    if request.instructions:
        messages.insert(0, _instructions(request))
    fields["messages"] = messages
    for name in _SAME:
        value = getattr(request, name)
        if value is not None:
            fields[name] = value
    if request.max_output_tokens is not None:
        fields["max_tokens"] = request.max_output_tokens
    if request.stop is not None:
        fields["stop"] = stop_sequences(request.stop)
    if request.user:
        fields["user"] = request.user
    # As OpenAI's and xAI's own API have it: what is not to be kept, says so.
    if request.store is not False:
        fields["store_messages"] = True
    if request.logprobs:
        fields["logprobs"] = True
    for at, wanted in enumerate(request.include or ()):
        if wanted not in _INCLUDED:
            raise not_carried(f"include[{at}]", f"it may have {' and '.join(_INCLUDED)}")
        fields[_INCLUDED[wanted]] = True
    if request.tools:
        fields["tools"] = [response_tool(tool, f"tools[{at}]") for at, tool in enumerate(request.tools)]
    if request.tool_choice is not None:
        fields["tool_choice"] = response_tool_choice(request.tool_choice)
    if request.text is not None and request.text.format is not None:
        fields["response_format"] = _format(request.text.format, leave_out)
    if request.reasoning is not None and request.reasoning.effort is not None:
        fields["reasoning_effort"] = EFFORTS[request.reasoning.effort]
    if request.search_parameters is not None:
        fields["search_parameters"] = search_parameters(request.search_parameters)
    return fields


def begins_with_results(request: shapes.ResponsesRequest) -> bool:
    """Whether a request begins with results of calls, so that these are in the response that it goes on with."""
    return not isinstance(request.input, str) and any(item.type == "function_call_output" for item in request.input[:1])


def calls_of(response: chat_pb2.GetChatCompletionResponse) -> list[str]:
    """The ids of the calls that a response asked its caller to run."""
    return [call for output in response.outputs if output.message for call in function_calls(output.message)]


def _refuse_what_is_not_carried(request: shapes.ResponsesRequest, leave_out: Callable[[str, str], None]) -> None:
    for name, neutral in _NEUTRAL.items():
        if not is_neutral(getattr(request, name), *neutral):
            raise not_carried(name, _ADVICE.get(name, ""))
    for name in _LABELS:
        if not is_neutral(getattr(request, name), "auto", "default"):
            leave_out(name, "xAI's API has no place for it")
    if request.text is not None and not is_neutral(request.text.verbosity, "medium"):
        raise not_carried("text.verbosity", "say it in the instructions")
    if request.reasoning is not None:
        for name in ("summary", "generate_summary"):
            # What comes is all that there is to be seen of the model's thoughts.
            if not is_neutral(getattr(request.reasoning, name), "auto", "detailed"):
                raise not_carried(f"reasoning.{name}")
    if request.stream_options is not None and request.stream_options.include_obfuscation:
        leave_out("stream_options.include_obfuscation", "the gateway's streams have none")


def _instructions(request: shapes.ResponsesRequest) -> chat_pb2.Message:
    if request.previous_response_id is not None:
        # They are to take the place of those before, and these are in the conversation that is kept upstream.
        raise not_carried(
            "instructions",
            "a response that goes on with another keeps that one's; to add some, put a message with the role system "
            "into input",
        )
    content = chat_pb2.Content(content=one("text", request.instructions))
    return chat_pb2.Message(role=chat_pb2.MessageRole.ROLE_SYSTEM, content=[content])


def _format(
    form: chat_shapes.TextFormat | chat_shapes.JsonObjectFormat | shapes.FlatJsonSchemaFormat,
    leave_out: Callable[[str, str], None],
) -> chat_pb2.ResponseFormat:
    match form:
        case shapes.FlatJsonSchemaFormat():
            if form.description:
                leave_out("text.format.description", "xAI's API has no place for it")
            if form.strict is False:
                leave_out("text.format.strict", "answers obey the schema always")
            text = json_schema_text(form.schema, "text.format.schema")
            if not text:
                raise invalid("text.format.schema", "it is missing")
            return chat_pb2.ResponseFormat(format_type=_Format.JSON_SCHEMA, schema=text)
        case chat_shapes.JsonObjectFormat():
            return chat_pb2.ResponseFormat(format_type=_Format.JSON_OBJECT)
        case chat_shapes.TextFormat():
            return chat_pb2.ResponseFormat(format_type=_Format.TEXT)
