"""Responses as streams: the contract's chunks, as the events of OpenAI's API.

A message is one item, however many pieces it comes in, and open until its output ends; calls may come meanwhile, told
apart by `output_index`. What the model thought is whole as soon as something else comes, unless it is to come
encrypted: that is said last, so that the item waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from xaiwire.proto import chat_pb2, usage_pb2
from xaiwire_server.gateway.convert.chat_response import log_probs
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.convert.responses_answer import response_usage, what_was_asked
from xaiwire_server.gateway.convert.responses_items import (
    call_item,
    is_result,
    item_id,
    mcp_labels,
    native_reason,
    outcome,
)
from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.shapes import responses_answer as shapes
from xaiwire_server.gateway.shapes import responses_events as events

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from xaiwire_server.gateway.shapes.chat import LogProb
    from xaiwire_server.gateway.shapes.responses import ResponsesRequest

__all__ = ["EventWriter"]


@dataclass(slots=True)
class _Thought:
    """What the model thinks.

    Attributes:
        id: the item's.
        at: its number among the items.
        parts: the parts that are whole.
        pieces: the pieces of the part that goes on; empty where none does.
        encrypted: all of it, encrypted.
    """

    id: str
    at: int
    parts: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    encrypted: str = ""

    def item(self, status: str) -> shapes.ReasoningItem:
        """The item, as far as it is known."""
        texts = [*self.parts, "".join(self.pieces)] if self.pieces else self.parts
        summary = [shapes.SummaryText(text) for text in texts]
        return shapes.ReasoningItem(
            id=self.id, summary=summary, encrypted_content=self.encrypted or None, status=status
        )


@dataclass(slots=True)
class _Message:
    """What the model says.

    Attributes:
        id: the item's.
        at: its number among the items.
        pieces: of its text.
        log_probs: of its tokens.
    """

    id: str
    at: int
    pieces: list[str] = field(default_factory=list)
    log_probs: list[LogProb] = field(default_factory=list)

    def text(self) -> shapes.OutputText:
        """Its text, as far as it is known."""
        return shapes.OutputText(text="".join(self.pieces), logprobs=list(self.log_probs))

    def item(self, status: str) -> shapes.MessageItem:
        """The item, as far as it is known."""
        return shapes.MessageItem(id=self.id, content=[self.text()], status=status)


@dataclass(slots=True)
class _Result:
    """What a tool of the server's gave.

    Attributes:
        pieces: of its text.
        calls: what it is the result of.
    """

    pieces: list[str] = field(default_factory=list)
    calls: list[shapes.CallItem] = field(default_factory=list)

    def whole(self) -> shapes.ServerToolResult:
        """As far as it is known."""
        return shapes.ServerToolResult(text="".join(self.pieces), calls=self.calls)


@dataclass(slots=True)
class _Output:
    """What is open of one of the contract's outputs; there are several where the server runs tools.

    It is either a result, or what the model thinks and says.
    """

    result: _Result | None = None
    thought: _Thought | None = None
    message: _Message | None = None


class EventWriter:
    """Makes the events of one stream.

    Attributes:
        usage: the last one that came; it counts from the beginning.
    """

    def __init__(self, settings: chat_pb2.RequestSettings, request: ResponsesRequest) -> None:
        """Begin.

        Args:
            settings: what is asked for.
            request: the same in REST's words.
        """
        self.usage: usage_pb2.SamplingUsage | None = None
        self._settings = settings
        self._request = request
        self._labels = mcp_labels(settings.tools)
        self._response: shapes.Response | None = None
        self._citations: list[str] = []
        self._outputs: dict[int, _Output] = {}
        self._items: list[shapes.OutputItem] = []
        self._results: list[_Result] = []
        self._reason = 0
        self._sequence = -1
        self._thoughts = self._messages = 0

    def chunk(self, chunk: chat_pb2.GetChatCompletionChunk) -> Iterator[events.StreamEvent]:
        """The events of a chunk."""
        if self._response is None:
            self._response = shapes.Response(
                id=chunk.id,
                created_at=unix(chunk.created),
                status="in_progress",
                model=chunk.model,
                output=[],
                system_fingerprint=chunk.system_fingerprint,
                **what_was_asked(self._settings, self._request),
            )
            for name in ("response.created", "response.in_progress"):
                yield self._of_response(name, self._response)
        if chunk.usage is not None:
            self.usage = chunk.usage
        self._citations.extend(chunk.citations)
        for output in chunk.outputs:
            yield from self._output(output, self._response.id)

    def end(self) -> Iterator[events.StreamEvent]:
        """The events at the end of a stream.

        Raises:
            ApiError: 502, nothing came.
        """
        if self._response is None:
            raise ApiError(502, "the server ended the stream without an answer; try again", code="empty_stream")
        for state in self._outputs.values():
            yield from self._finish(state)
        incomplete = outcome(self._reason)
        native = native_reason(self._reason)
        whole = replace(self._whole(self._response), incomplete_details=incomplete, native_finish_reason=native)
        if incomplete is None:
            yield self._of_response("response.completed", replace(whole, status="completed"))
        else:
            yield self._of_response("response.incomplete", replace(whole, status="incomplete"))

    def failed(self, error: ApiError) -> Iterator[events.StreamEvent]:
        """The events of a stream that broke off."""
        yield events.ErrorEvent(
            sequence_number=self._next(), code=error.code or error.kind, message=error.message, param=error.param
        )
        if self._response is None:
            return
        for state in self._outputs.values():
            for each in (state.thought, state.message):
                if each is not None:
                    self._items[each.at] = each.item("incomplete")
        code = "rate_limit_exceeded" if error.status == 429 else "server_error"
        failure = shapes.ResponseFailure(code, error.message)
        whole = replace(self._whole(self._response), status="failed", error=failure)
        yield self._of_response("response.failed", whole)

    # The response.

    def _whole(self, begun: shapes.Response) -> shapes.Response:
        return replace(
            begun,
            output=self._items,
            usage=response_usage(self.usage),
            citations=self._citations,
            server_side_tool_results=[result.whole() for result in self._results],
        )

    def _of_response(self, name: Any, response: shapes.Response) -> events.ResponseEvent:  # noqa: ANN401 - one of five
        return events.ResponseEvent(type=name, sequence_number=self._next(), response=response)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    # Outputs.

    def _output(self, output: chat_pb2.CompletionOutputChunk, response_id: str) -> Iterator[events.StreamEvent]:
        state = self._outputs.setdefault(output.index, _Output())
        delta = output.delta
        if delta is not None and is_result(delta.role) and state.result is None:
            state.result = _Result()
            self._results.append(state.result)
        if state.result is not None:
            if delta is not None:
                state.result.pieces.append(delta.content)
                state.result.calls.extend(call_item(call, self._labels) for call in delta.tool_calls)
            return
        if delta is not None:
            if delta.reasoning_content:
                yield from self._think(state, response_id, delta.reasoning_content)
            if delta.content or output.logprobs is not None:
                yield from self._pause(state)
                yield from self._say(state, response_id, delta, output.logprobs)
            if delta.tool_calls:
                yield from self._pause(state)
                for call in delta.tool_calls:
                    yield from self._call(call)
            if delta.encrypted_content:
                thought = yield from self._thought(state, response_id)
                thought.encrypted += delta.encrypted_content
        if output.finish_reason:
            self._reason = output.finish_reason
            yield from self._finish(state)

    def _finish(self, state: _Output) -> Iterator[events.StreamEvent]:
        """An output is whole."""
        status = "completed" if outcome(self._reason) is None else "incomplete"
        thought, message = state.thought, state.message
        state.thought = state.message = None
        if thought is not None:
            yield from self._end_part(thought)
            yield self._done(thought.at, thought.item(status if message is None else "completed"))
        if message is not None:
            part = message.text()
            yield events.TextDone(
                sequence_number=self._next(),
                item_id=message.id,
                output_index=message.at,
                text=part.text,
                logprobs=part.logprobs,
            )
            yield events.PartEvent(
                type="response.content_part.done",
                sequence_number=self._next(),
                item_id=message.id,
                output_index=message.at,
                part=part,
            )
            yield self._done(message.at, message.item(status))

    def _added(self, item: shapes.OutputItem) -> events.ItemEvent:
        self._items.append(item)
        return events.ItemEvent(
            type="response.output_item.added",
            sequence_number=self._next(),
            output_index=len(self._items) - 1,
            item=item,
        )

    def _done(self, at: int, item: shapes.OutputItem) -> events.ItemEvent:
        self._items[at] = item
        return events.ItemEvent(
            type="response.output_item.done", sequence_number=self._next(), output_index=at, item=item
        )

    # What is thought.

    def _thought(self, state: _Output, response_id: str) -> Generator[events.StreamEvent, None, _Thought]:
        """What is open of the model's thoughts; begun where nothing is."""
        if state.thought is None:
            state.thought = _Thought(item_id("rs", response_id, self._thoughts), len(self._items))
            self._thoughts += 1
            yield self._added(state.thought.item("in_progress"))
        return state.thought

    def _think(self, state: _Output, response_id: str, text: str) -> Iterator[events.StreamEvent]:
        thought = yield from self._thought(state, response_id)
        if not thought.pieces:
            yield events.SummaryPartEvent(
                type="response.reasoning_summary_part.added",
                sequence_number=self._next(),
                item_id=thought.id,
                output_index=thought.at,
                summary_index=len(thought.parts),
                part=shapes.SummaryText(""),
            )
        thought.pieces.append(text)
        yield events.SummaryDelta(
            sequence_number=self._next(),
            item_id=thought.id,
            output_index=thought.at,
            summary_index=len(thought.parts),
            delta=text,
        )

    def _end_part(self, thought: _Thought) -> Iterator[events.StreamEvent]:
        if not thought.pieces:
            return
        text = "".join(thought.pieces)
        at = len(thought.parts)
        thought.pieces.clear()
        thought.parts.append(text)
        yield events.SummaryDone(
            sequence_number=self._next(), item_id=thought.id, output_index=thought.at, summary_index=at, text=text
        )
        yield events.SummaryPartEvent(
            type="response.reasoning_summary_part.done",
            sequence_number=self._next(),
            item_id=thought.id,
            output_index=thought.at,
            summary_index=at,
            part=shapes.SummaryText(text),
        )

    def _pause(self, state: _Output) -> Iterator[events.StreamEvent]:
        """Something else than thoughts comes."""
        thought = state.thought
        if thought is None:
            return
        yield from self._end_part(thought)
        if not self._settings.use_encrypted_content:
            state.thought = None
            yield self._done(thought.at, thought.item("completed"))

    # What is said and called.

    def _say(
        self, state: _Output, response_id: str, delta: chat_pb2.Delta, found: chat_pb2.LogProbs | None
    ) -> Iterator[events.StreamEvent]:
        message = state.message
        if message is None:
            identity = item_id("msg", response_id, self._messages)
            message = state.message = _Message(identity, len(self._items))
            self._messages += 1
            yield self._added(shapes.MessageItem(id=message.id, content=[], status="in_progress"))
            yield events.PartEvent(
                type="response.content_part.added",
                sequence_number=self._next(),
                item_id=message.id,
                output_index=message.at,
                part=shapes.OutputText(text=""),
            )
        converted = log_probs(found)
        probabilities = converted.content if converted is not None else []
        message.pieces.append(delta.content)
        message.log_probs.extend(probabilities)
        yield events.TextDelta(
            sequence_number=self._next(),
            item_id=message.id,
            output_index=message.at,
            delta=delta.content,
            logprobs=probabilities,
        )

    def _call(self, call: chat_pb2.ToolCall) -> Iterator[events.StreamEvent]:
        """A call; the contract gives it in one piece."""
        item = call_item(call, self._labels)
        at = len(self._items)
        if isinstance(item, shapes.FunctionCallItem):
            yield self._added(replace(item, arguments="", status="in_progress"))
            if item.arguments:
                yield events.ArgumentsDelta(
                    sequence_number=self._next(), item_id=item.id, output_index=at, delta=item.arguments
                )
            yield events.ArgumentsDone(
                sequence_number=self._next(),
                item_id=item.id,
                output_index=at,
                name=item.name,
                arguments=item.arguments,
            )
        else:
            yield self._added(replace(item, status="in_progress"))
        yield self._done(at, item)
