"""Answers of the contract, as Anthropic's Messages API has them.

The contract's answer is a message, or several where the server went on after tools of its own; their blocks follow one
another. Outputs of another role than the model's are none of its words, and are no blocks: what a tool of the server's
gave is not shown, as Anthropic's API has no block for it that could be given back. POST /v1/responses shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xaiwire.proto import chat_pb2, sample_pb2, usage_pb2
from xaiwire_server.gateway.convert.chat_response import server_tools_used
from xaiwire_server.gateway.convert.tools import SERVER_TOOL_NAMES
from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.shapes import messages_answer as shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MessageWriter", "answered_message"]

_Role = chat_pb2.MessageRole
_Reason = sample_pb2.FinishReason

_OWN_ROLES = (_Role.ROLE_ASSISTANT, _Role.INVALID_ROLE)
_REASONS = {
    _Reason.REASON_STOP: ("end_turn", ""),
    _Reason.REASON_MAX_LEN: ("max_tokens", ""),
    _Reason.REASON_TOOL_CALLS: ("tool_use", ""),
    _Reason.REASON_MAX_CONTEXT: ("model_context_window_exceeded", ""),
    _Reason.REASON_TIME_LIMIT: ("max_tokens", "REASON_TIME_LIMIT"),
    _Reason.REASON_INVALID: (None, ""),
}
_NO_INPUT = msgspec.Raw(b"{}")


def answered_message(response: chat_pb2.GetChatCompletionResponse) -> shapes.AnsweredMessage:
    """An answer.

    Raises:
        ApiError: 502, the arguments of a call are no JSON object.
    """
    content: list[shapes.AnswerBlock] = []
    finish: int = _Reason.REASON_INVALID
    for output in response.outputs:
        message = output.message or chat_pb2.CompletionMessage()
        if message.role in _OWN_ROLES:
            content.extend(_blocks(message))
            finish = output.finish_reason or finish
    reason, native = _stop_reason(finish)
    return shapes.AnsweredMessage(
        id=response.id,
        role="assistant",
        model=response.model,
        content=content,
        stop_reason=reason,
        stop_sequence=None,
        usage=_usage(response.usage),
        native_stop_reason=native,
        citations=response.citations,
        system_fingerprint=response.system_fingerprint,
    )


def _blocks(message: chat_pb2.CompletionMessage) -> Iterator[shapes.AnswerBlock]:
    """The blocks of a message in the order in which they came about: the server's calls before the words."""
    if message.reasoning_content:
        yield shapes.ThinkingContent(message.reasoning_content, message.encrypted_content)
    elif message.encrypted_content:
        yield shapes.RedactedThinkingContent(message.encrypted_content)
    for call in message.tool_calls:
        if call.type in SERVER_TOOL_NAMES:
            yield _server_call(call)
    if message.content:
        yield shapes.TextContent(text=message.content)
    for call in message.tool_calls:
        if call.type not in SERVER_TOOL_NAMES:
            function = _function(call)
            raw = _object(function.arguments)
            if raw is None:
                raise ApiError(
                    502,
                    f"the model called {function.name[:80]!r} with arguments that are no JSON object: ask again, or "
                    "for a stream, which has them as they are",
                    code="invalid_tool_arguments",
                )
            yield shapes.ToolUseContent(call.id, function.name, raw)


def _function(call: chat_pb2.ToolCall) -> chat_pb2.FunctionCall:
    return call.tool.value if call.tool is not None else chat_pb2.FunctionCall()


def _object(arguments: str) -> msgspec.Raw | None:
    """Arguments as JSON, just as they were written; None where they are no object."""
    if not arguments.strip():
        return _NO_INPUT
    try:
        msgspec.json.decode(arguments, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        return None
    return msgspec.Raw(arguments.encode())


def _server_call(call: chat_pb2.ToolCall) -> shapes.ServerToolUseContent:
    function = _function(call)
    raw = _object(function.arguments)
    if raw is None:
        # The server has run it: there is nothing that its caller could do wrong with it.
        raw = msgspec.Raw(msgspec.json.encode({"arguments": function.arguments}))
    return shapes.ServerToolUseContent(call.id, function.name, raw, SERVER_TOOL_NAMES[call.type])


def _stop_reason(finish: int) -> tuple[str | None, str]:
    """Anthropic's word for why an answer ended, and the contract's where that says more."""
    known = _REASONS.get(finish)  # type: ignore[call-overload]
    return known if known is not None else ("end_turn", f"REASON_{int(finish)}")


def _usage(usage: usage_pb2.SamplingUsage | None) -> shapes.MessageUsage:
    said = usage or usage_pb2.SamplingUsage()
    return shapes.MessageUsage(
        input_tokens=max(said.prompt_tokens - said.cached_prompt_text_tokens, 0),
        cache_read_input_tokens=said.cached_prompt_text_tokens,
        output_tokens=said.completion_tokens + said.reasoning_tokens,
        output_tokens_details=shapes.OutputTokensDetails(said.reasoning_tokens),
        num_sources_used=said.num_sources_used,
        server_side_tools_used=server_tools_used(said),
    )


class MessageWriter:
    """Makes the events of one stream. Blocks follow one another: each is whole before the next begins.

    What the model thought comes encrypted late, often behind the words. If its block of thinking is not yet whole then,
    it becomes the signature; else a block `redacted_thinking` at the end, for a block that is whole takes no more.

    Attributes:
        usage: the last one that came; it counts from the beginning.
    """

    __slots__ = (
        "_begun",
        "_block",
        "_call_id",
        "_citations",
        "_encrypted",
        "_finish",
        "_foreign",
        "_index",
        "_output",
        "usage",
    )

    def __init__(self) -> None:
        self._begun = False
        self._block = ""
        self._call_id = ""
        self._index = -1
        self._output = 0
        self._foreign: set[int] = set()
        self._encrypted = ""
        self._finish: int = _Reason.REASON_INVALID
        self._citations: list[str] = []
        self.usage: usage_pb2.SamplingUsage | None = None

    def chunk(self, chunk: chat_pb2.GetChatCompletionChunk) -> Iterator[shapes.StreamEvent]:
        """The events of a chunk."""
        if chunk.usage is not None:
            self.usage = chunk.usage
        if not self._begun:
            self._begun = True
            yield shapes.MessageStart(
                shapes.AnsweredMessage(
                    id=chunk.id,
                    role="assistant",
                    model=chunk.model,
                    content=[],
                    stop_reason=None,
                    stop_sequence=None,
                    usage=_usage(self.usage),
                    system_fingerprint=chunk.system_fingerprint,
                )
            )
        self._citations.extend(chunk.citations)
        for output in chunk.outputs:
            yield from self._take(output)

    def last(self) -> Iterator[shapes.StreamEvent]:
        """The events that end the stream.

        Raises:
            ApiError: 502, there was no chunk.
        """
        if not self._begun:
            raise ApiError(502, "the server ended the stream without an answer", code="empty_stream")
        yield from self._end_output()
        reason, native = _stop_reason(self._finish)
        delta = shapes.StopDelta(
            stop_reason=reason, stop_sequence=None, native_stop_reason=native, citations=self._citations
        )
        yield shapes.MessageDelta(delta, _usage(self.usage))
        yield shapes.MessageStop()

    def _take(self, output: chat_pb2.CompletionOutputChunk) -> Iterator[shapes.StreamEvent]:
        delta = output.delta or chat_pb2.Delta()
        if delta.role not in _OWN_ROLES:
            self._foreign.add(output.index)
        if output.index in self._foreign:
            return
        if output.index != self._output:
            yield from self._end_output()
            self._output = output.index
        if delta.reasoning_content:
            if self._block != "thinking":
                yield from self._begin("thinking", shapes.ThinkingContent("", ""))
            yield shapes.ContentBlockDelta(self._index, shapes.ThinkingDelta(delta.reasoning_content))
        self._encrypted += delta.encrypted_content
        if delta.content:
            if self._block != "text":
                yield from self._begin("text", shapes.TextContent(text=""))
            yield shapes.ContentBlockDelta(self._index, shapes.TextDelta(delta.content))
        for call in delta.tool_calls:
            yield from self._call(call)
        self._finish = output.finish_reason or self._finish

    def _call(self, call: chat_pb2.ToolCall) -> Iterator[shapes.StreamEvent]:
        function = _function(call)
        if call.type in SERVER_TOOL_NAMES:
            made = _server_call(call)
            arguments, made.input = bytes(made.input).decode(), _NO_INPUT
            yield from self._begin("server_tool_use", made)
        else:
            arguments = function.arguments
            # A piece of a call has the id of the one that it goes on with, or none.
            if self._block != "tool_use" or call.id not in ("", self._call_id):
                self._call_id = call.id
                yield from self._begin("tool_use", shapes.ToolUseContent(call.id, function.name, _NO_INPUT))
        if arguments:
            yield shapes.ContentBlockDelta(self._index, shapes.InputJsonDelta(arguments))

    def _begin(self, kind: str, block: shapes.AnswerBlock) -> Iterator[shapes.StreamEvent]:
        yield from self._end_block()
        self._index += 1
        self._block = kind
        yield shapes.ContentBlockStart(self._index, block)

    def _end_block(self) -> Iterator[shapes.StreamEvent]:
        if not self._block:
            return
        if self._block == "thinking" and self._encrypted:
            yield shapes.ContentBlockDelta(self._index, shapes.SignatureDelta(self._encrypted))
            self._encrypted = ""
        self._block = ""
        yield shapes.ContentBlockStop(self._index)

    def _end_output(self) -> Iterator[shapes.StreamEvent]:
        yield from self._end_block()
        if self._encrypted:
            data, self._encrypted = self._encrypted, ""
            yield from self._begin("redacted_thinking", shapes.RedactedThinkingContent(data))
            yield from self._end_block()
