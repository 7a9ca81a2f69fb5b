"""Responses, from the contract's completions."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

from xaiwire.proto import chat_pb2, usage_pb2
from xaiwire_server.gateway.convert.chat_response import log_probs, proto_json, server_tools_used
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.convert.responses_items import (
    call_item,
    is_result,
    item_id,
    mcp_labels,
    native_reason,
    outcome,
)
from xaiwire_server.gateway.convert.responses_tools import given_json, given_tool_choice, given_tools
from xaiwire_server.gateway.shapes import chat as chat_shapes
from xaiwire_server.gateway.shapes import responses_answer as shapes
from xaiwire_server.gateway.shapes.responses import FlatJsonSchemaFormat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xaiwire_server.gateway.shapes.responses import ResponsesRequest

__all__ = ["response", "response_usage", "settings_of", "what_was_asked"]

_Format = chat_pb2.FormatType
_Effort = chat_pb2.ReasoningEffort

_SINGLE = Struct("f")
_EFFORTS = {_Effort.EFFORT_LOW: "low", _Effort.EFFORT_MEDIUM: "medium", _Effort.EFFORT_HIGH: "high"}
_SETTINGS = (
    "max_tokens",
    "previous_response_id",
    "reasoning_effort",
    "temperature",
    "top_p",
    "user",
    "tools",
    "tool_choice",
    "response_format",
    "search_parameters",
    "store_messages",
    "use_encrypted_content",
)
"""Fields that a request and the contract's RequestSettings share; `parallel_tool_calls` has a default of its own."""


def response(
    completion: chat_pb2.GetChatCompletionResponse,
    settings: chat_pb2.RequestSettings,
    request: ResponsesRequest | None = None,
) -> shapes.Response:
    """A response.

    Args:
        completion: the contract's.
        settings: what was asked for, where the completion does not say.
        request: what was asked for, in REST's words; None where that is not known any more.
    """
    settings = completion.settings or settings
    items: list[shapes.OutputItem] = []
    results: list[shapes.ServerToolResult] = []
    labels = mcp_labels(settings.tools)
    reason = 0
    thoughts = words = 0
    for output in completion.outputs:
        message = output.message
        if message is not None and is_result(message.role):
            calls = [call_item(call, labels) for call in message.tool_calls]
            results.append(shapes.ServerToolResult(text=message.content, calls=calls))
            continue
        reason = output.finish_reason or reason
        for item in _items(output, completion.id, (thoughts, words), labels):
            thoughts += isinstance(item, shapes.ReasoningItem)
            words += isinstance(item, shapes.MessageItem)
            items.append(item)
    incomplete = outcome(reason)
    return shapes.Response(
        id=completion.id,
        created_at=unix(completion.created),
        status="completed" if incomplete is None else "incomplete",
        incomplete_details=incomplete,
        model=completion.model,
        output=items,
        usage=response_usage(completion.usage),
        citations=list(completion.citations),
        server_side_tool_results=results,
        native_finish_reason=native_reason(reason),
        system_fingerprint=completion.system_fingerprint,
        debug_output=proto_json(completion.debug_output),
        **what_was_asked(settings, request),
    )


def response_usage(usage: usage_pb2.SamplingUsage | None) -> shapes.ResponseUsage | None:
    """What an answer took; None where the API did not say."""
    if usage is None:
        return None
    tools = server_tools_used(usage)
    return shapes.ResponseUsage(
        input_tokens=usage.prompt_tokens,
        input_tokens_details=shapes.InputDetails(
            cached_tokens=usage.cached_prompt_text_tokens,
            text_tokens=usage.prompt_text_tokens,
            image_tokens=usage.prompt_image_tokens,
        ),
        output_tokens=usage.completion_tokens,
        output_tokens_details=shapes.OutputDetails(usage.reasoning_tokens),
        total_tokens=usage.total_tokens,
        num_sources_used=usage.num_sources_used,
        num_server_side_tools_used=len(tools),
        server_side_tools_used=tools,
    )


def settings_of(fields: Mapping[str, Any]) -> chat_pb2.RequestSettings:
    """What a request asks for, as the API says it back.

    Args:
        fields: those of the contract's GetCompletionsRequest.
    """
    said = {name: fields[name] for name in _SETTINGS if name in fields}
    return chat_pb2.RequestSettings(parallel_tool_calls=fields.get("parallel_tool_calls", True), **said)


def what_was_asked(settings: chat_pb2.RequestSettings, request: ResponsesRequest | None) -> dict[str, Any]:
    """The fields of a response that say what was asked for.

    Args:
        settings: the contract's.
        request: as it came; the contract does not have all of it.
    """
    effort = _EFFORTS.get(settings.reasoning_effort) if settings.has_field("reasoning_effort") else None
    return {
        "instructions": request.instructions if request is not None else None,
        "max_output_tokens": settings.max_tokens if settings.has_field("max_tokens") else None,
        "parallel_tool_calls": settings.parallel_tool_calls,
        "previous_response_id": settings.previous_response_id if settings.has_field("previous_response_id") else None,
        "reasoning": shapes.GivenReasoning(effort),
        "store": settings.store_messages,
        "temperature": _shortest(settings.temperature) if settings.has_field("temperature") else None,
        "text": shapes.GivenText(_format(settings.response_format, request)),
        "tool_choice": given_tool_choice(settings.tool_choice),
        "tools": given_tools(settings.tools),
        "top_logprobs": request.top_logprobs if request is not None else None,
        "top_p": _shortest(settings.top_p) if settings.has_field("top_p") else None,
        "user": settings.user or None,
        "search_parameters": proto_json(settings.search_parameters),
    }


def _shortest(value: float) -> float:
    """The shortest number that a `float` of the contract stands for: 0.7, and not 0.699999988079071."""
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if _SINGLE.unpack(_SINGLE.pack(short))[0] == value:
            return short
    return value


def _format(
    form: chat_pb2.ResponseFormat | None, request: ResponsesRequest | None
) -> chat_shapes.TextFormat | chat_shapes.JsonObjectFormat | shapes.GivenJsonSchemaFormat:
    if form is not None and form.format_type == _Format.JSON_OBJECT:
        return chat_shapes.JsonObjectFormat()
    schema = given_json(form.schema) if form is not None and form.format_type == _Format.JSON_SCHEMA else None
    if schema is None:
        return chat_shapes.TextFormat()
    asked = request.text.format if request is not None and request.text is not None else None
    name = asked.name if isinstance(asked, FlatJsonSchemaFormat) else ""
    return shapes.GivenJsonSchemaFormat(name=name, schema=schema)


def _items(
    output: chat_pb2.CompletionOutput, response_id: str, numbers: tuple[int, int], labels: list[str]
) -> Iterator[shapes.OutputItem]:
    """The items of an output, in the order in which they came to be: thoughts, what the server did, words, calls."""
    message = output.message
    if message is None:
        return
    thoughts, words = numbers
    status = "completed" if outcome(output.finish_reason) is None else "incomplete"
    if message.reasoning_content or message.encrypted_content:
        summary = [shapes.SummaryText(message.reasoning_content)] if message.reasoning_content else []
        yield shapes.ReasoningItem(
            id=item_id("rs", response_id, thoughts),
            summary=summary,
            encrypted_content=message.encrypted_content or None,
            status=status if not message.content else "completed",
        )
    calls = [call_item(call, labels) for call in message.tool_calls]
    yield from (call for call in calls if not isinstance(call, shapes.FunctionCallItem))
    if message.content:
        found = log_probs(output.logprobs)
        yield shapes.MessageItem(
            id=item_id("msg", response_id, words),
            content=[shapes.OutputText(text=message.content, logprobs=found.content if found is not None else [])],
            status=status,
        )
    yield from (call for call in calls if isinstance(call, shapes.FunctionCallItem))
