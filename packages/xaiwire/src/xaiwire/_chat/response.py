"""What a model answers: whole responses, and the chunks of a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from xaiwire._chat.accumulate import Accumulator
from xaiwire._chat.messages import text
from xaiwire._chat.tool_calls import ToolCall
from xaiwire._choices import enum_name
from xaiwire._gen.xai.api.v1 import chat_pb, usage_pb
from xaiwire._gen.xai.api.v1.sample_pb import FinishReason

__all__ = ["Chunk", "CompletionOutputChunk", "Response"]

ASSISTANT = chat_pb.MessageRole.ROLE_ASSISTANT


class Response:
    """The answer to a request; of a streamed one, as far as it has come.

    Args:
        response: the message, which can hold several answers.
        index: which of them this is; None for the last one of the model, where a server that runs tools itself gives
            an output for each turn.
    """

    __slots__ = ("_accumulator", "_index")

    def __init__(self, response: chat_pb.GetChatCompletionResponse, index: int | None) -> None:
        self._accumulator = Accumulator.of(response)
        self._index = index

    @classmethod
    def streamed(cls, accumulator: Accumulator, index: int | None) -> Response:
        """The answer that a stream's chunks are put together to."""
        response = cls.__new__(cls)
        response._accumulator = accumulator
        response._index = index
        return response

    @property
    def proto(self) -> chat_pb.GetChatCompletionResponse:
        """The message, with all answers."""
        return self._accumulator.proto

    @property
    def index(self) -> int | None:
        """Which answer this is; None for the last one of the model."""
        return self._index

    @property
    def id(self) -> str:
        """What the server calls the response."""
        return self.proto.id

    @property
    def model(self) -> str:
        """The model that answered."""
        return self.proto.model

    @property
    def content(self) -> str:
        """The text."""
        return self._message.content

    @property
    def reasoning_content(self) -> str:
        """What the model thought before, if it shows that."""
        return self._message.reasoning_content

    @property
    def encrypted_content(self) -> str:
        """What the model thought before, for it alone to read: append the response to give it back."""
        return self._message.encrypted_content

    @property
    def role(self) -> str:
        """Whose answer this is, such as `ROLE_ASSISTANT`."""
        return enum_name(self._message.role)

    @property
    def finish_reason(self) -> str:
        """Why the answer ended, such as `REASON_STOP`."""
        return enum_name(self._output.finish_reason)

    @property
    def logprobs(self) -> chat_pb.LogProbs:
        """The log probabilities of the tokens, if they were asked for."""
        return self._output.logprobs or chat_pb.LogProbs()

    @property
    def usage(self) -> usage_pb.SamplingUsage:
        """How many tokens it took."""
        return self.proto.usage or usage_pb.SamplingUsage()

    @property
    def system_fingerprint(self) -> str:
        """The configuration of the server."""
        return self.proto.system_fingerprint

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        """The calls of tools; those of several answers together, as in the official client."""
        return [
            ToolCall.of(call)
            for output in self.proto.outputs
            if output.message is not None and output.message.role == ASSISTANT
            for call in output.message.tool_calls
        ]

    @property
    def citations(self) -> Sequence[str]:
        """The URLs of what the model found."""
        return self.proto.citations

    @property
    def server_side_tool_usage(self) -> dict[str, int]:
        """How often the server ran which tool, such as `SERVER_SIDE_TOOL_WEB_SEARCH`."""
        return _tool_usage(self.proto.usage)

    @property
    def request_settings(self) -> chat_pb.RequestSettings:
        """The request's settings as the server understood them."""
        return self.proto.settings or chat_pb.RequestSettings()

    @property
    def debug_output(self) -> chat_pb.DebugOutput:
        """What servers tell to those who test them."""
        return self.proto.debug_output or chat_pb.DebugOutput()

    def process_chunk(self, chunk: chat_pb.GetChatCompletionChunk) -> None:
        """Add a chunk of a stream.

        Args:
            chunk: the chunk.
        """
        self._accumulator.take(chunk)

    def messages(self) -> list[chat_pb.Message]:
        """The answer as messages of a conversation; several where a server that ran tools gave several outputs."""
        if self._index is None:
            return [_as_message(output.message) for output in self.proto.outputs if output.message is not None]
        message = _as_message(self._message)
        message.tool_calls = [call.proto for call in self.tool_calls]
        return [message]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.proto!r}, {self._index!r})"

    def __str__(self) -> str:
        return self.content

    @property
    def _output(self) -> chat_pb.CompletionOutput:
        """The last output of the model that is this answer's."""
        for output in reversed(self.proto.outputs):
            message = output.message
            if (
                message is not None
                and message.role == ASSISTANT
                and (self._index is None or output.index == self._index)
            ):
                return output
        return chat_pb.CompletionOutput(finish_reason=FinishReason.REASON_INVALID)

    @property
    def _message(self) -> chat_pb.CompletionMessage:
        return self._output.message or chat_pb.CompletionMessage()


class CompletionOutputChunk:
    """A piece of one answer.

    Args:
        proto: the message.
    """

    __slots__ = ("proto",)

    def __init__(self, proto: chat_pb.CompletionOutputChunk) -> None:
        self.proto = proto

    @property
    def content(self) -> str:
        """The piece of the text."""
        return self._delta.content

    @property
    def reasoning_content(self) -> str:
        """The piece of what the model thinks."""
        return self._delta.reasoning_content

    @property
    def role(self) -> chat_pb.MessageRole:
        """Whose answer this is."""
        return self._delta.role

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        """The calls of tools, or pieces of them."""
        return [ToolCall.of(call) for call in self._delta.tool_calls]

    @property
    def finish_reason(self) -> FinishReason:
        """Why the answer ended; REASON_INVALID as long as it has not."""
        return self.proto.finish_reason

    @property
    def _delta(self) -> chat_pb.Delta:
        return self.proto.delta or chat_pb.Delta()


class Chunk:
    """What arrived at once of a stream.

    Args:
        proto: the message.
        index: which answer this is about; None for all of the model's.
        accumulator: what came before: whose an output is, chunks need not repeat.
    """

    __slots__ = ("_accumulator", "_index", "proto")

    def __init__(
        self, proto: chat_pb.GetChatCompletionChunk, index: int | None, accumulator: Accumulator | None = None
    ) -> None:
        self.proto = proto
        self._index = index
        self._accumulator = accumulator

    @property
    def choices(self) -> Sequence[CompletionOutputChunk]:
        """The pieces of the answer."""
        return [CompletionOutputChunk(output) for output in self._outputs()]

    @property
    def output(self) -> str:
        """The piece of the text, with what the model thinks behind it."""
        return "".join(choice.content + choice.reasoning_content for choice in self.choices)

    @property
    def content(self) -> str:
        """The piece of the text."""
        return "".join([output.delta.content for output in self._outputs() if output.delta is not None])

    @property
    def reasoning_content(self) -> str:
        """The piece of what the model thinks."""
        return "".join([output.delta.reasoning_content for output in self._outputs() if output.delta is not None])

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        """The calls of tools, or pieces of them; the response has them whole."""
        return [call for choice in self.choices for call in choice.tool_calls]

    @property
    def citations(self) -> Sequence[str]:
        """The URLs of what the model found."""
        return self.proto.citations

    @property
    def server_side_tool_usage(self) -> dict[str, int]:
        """How often the server ran which tool so far."""
        return _tool_usage(self.proto.usage)

    def __str__(self) -> str:
        return self.output

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.proto!r}, {self._index!r})"

    def _outputs(self) -> Iterable[chat_pb.CompletionOutputChunk]:
        for output in self.proto.outputs:
            if self._index is not None and output.index != self._index:
                continue
            role = output.delta.role if output.delta is not None else None
            if not role:
                role = self._accumulator.role(output.index) if self._accumulator is not None else ASSISTANT
            if role == ASSISTANT:
                yield output


def _as_message(message: chat_pb.CompletionMessage) -> chat_pb.Message:
    return chat_pb.Message(
        role=message.role,
        content=[text(message.content)],
        reasoning_content=message.reasoning_content,
        encrypted_content=message.encrypted_content,
        tool_calls=list(message.tool_calls),
    )


def _tool_usage(usage: usage_pb.SamplingUsage | None) -> dict[str, int]:
    used = usage.server_side_tools_used if usage is not None else ()
    return dict(Counter(enum_name(tool, "SERVER_SIDE_TOOL_") for tool in used))
