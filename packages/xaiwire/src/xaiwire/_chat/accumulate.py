"""A response that is put together out of the chunks of a stream."""

from __future__ import annotations

from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire._gen.xai.api.v1.sample_pb import FinishReason

__all__ = ["Accumulator"]

Role = chat_pb.MessageRole


class _Output:
    """One output as far as it has come. Texts are kept in pieces: joining them each time would take square time."""

    __slots__ = ("content", "encrypted", "finish_reason", "logprobs", "reasoning", "role", "tool_calls")

    def __init__(self) -> None:
        self.role = Role.INVALID_ROLE
        self.finish_reason = FinishReason.REASON_INVALID
        self.content: list[str] = []
        self.reasoning: list[str] = []
        self.encrypted: list[str] = []
        self.tool_calls: dict[str, _Call] = {}
        self.logprobs: list[chat_pb.LogProb] | None = None

    def take(self, piece: chat_pb.CompletionOutputChunk) -> None:
        """Add what a chunk has. What it leaves out stays as it was."""
        delta = piece.delta
        if delta is not None:
            if delta.content:
                self.content.append(delta.content)
            if delta.reasoning_content:
                self.reasoning.append(delta.reasoning_content)
            if delta.encrypted_content:
                self.encrypted.append(delta.encrypted_content)
            if delta.role:
                self.role = delta.role
            for call in delta.tool_calls:
                self._take_call(call)
        if piece.finish_reason:
            self.finish_reason = piece.finish_reason
        if piece.logprobs is not None:
            self.logprobs = [*(self.logprobs or ()), *piece.logprobs.content]

    def message(self, index: int) -> chat_pb.CompletionOutput:
        """The output as a message of the contract."""
        self.content, self.reasoning, self.encrypted = (
            ["".join(parts)] for parts in (self.content, self.reasoning, self.encrypted)
        )
        return chat_pb.CompletionOutput(
            index=index,
            finish_reason=self.finish_reason,
            message=chat_pb.CompletionMessage(
                # What has no role is the model's.
                role=self.role or Role.ROLE_ASSISTANT,
                content=self.content[0],
                reasoning_content=self.reasoning[0],
                encrypted_content=self.encrypted[0],
                tool_calls=[call.message() for call in self.tool_calls.values()],
            ),
            logprobs=chat_pb.LogProbs(content=list(self.logprobs)) if self.logprobs is not None else None,
        )

    def _take_call(self, piece: chat_pb.ToolCall) -> None:
        """Add a call, or a piece of one: a piece has the id of a call that began before, or none."""
        known = self.tool_calls.get(piece.id)
        if not piece.id and self.tool_calls:
            known = next(reversed(self.tool_calls.values()))
        if known is None:
            self.tool_calls[piece.id] = _Call(piece)
        else:
            known.take(piece)


class _Call:
    """One call of a tool as far as it has come. Its arguments are kept in pieces, as texts are."""

    __slots__ = ("_arguments", "_length", "_proto")

    def __init__(self, piece: chat_pb.ToolCall) -> None:
        self._proto = chat_pb.ToolCall.from_binary(piece.to_binary())
        self._arguments = [piece.tool.value.arguments] if piece.tool is not None else []
        self._length = sum(map(len, self._arguments))

    def take(self, piece: chat_pb.ToolCall) -> None:
        """Add a piece. A call that comes a second time, whole, is not doubled."""
        if piece.type:
            self._proto.type = piece.type
        if piece.tool is None:
            return
        more = piece.tool.value
        if self._proto.tool is None:
            self._proto.tool = chat_pb.ToolCall.from_binary(piece.to_binary()).tool
        else:
            function = self._proto.tool.value
            function.name = function.name or more.name
        if self._length == len(more.arguments) and self._joined() == more.arguments and _is_json(more.arguments):
            return
        self._arguments.append(more.arguments)
        self._length += len(more.arguments)

    def message(self) -> chat_pb.ToolCall:
        """The call as a message of the contract."""
        if self._proto.tool is not None:
            self._proto.tool.value.arguments = self._joined()
        return self._proto

    def _joined(self) -> str:
        self._arguments = ["".join(self._arguments)]
        return self._arguments[0]


def _is_json(text: str) -> bool:
    """Whether a text is a whole value: what is not is a piece, also where it equals the piece before."""
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class Accumulator:
    """The response to a streamed request, as far as it has come.

    Args:
        outputs: how many outputs there are at least.
    """

    __slots__ = ("_base", "_outputs", "_whole")

    def __init__(self, outputs: int = 1) -> None:
        self._base = chat_pb.GetChatCompletionResponse()
        self._outputs: dict[int, _Output] = {index: _Output() for index in range(outputs)}
        self._whole: chat_pb.GetChatCompletionResponse | None = None

    @classmethod
    def of(cls, response: chat_pb.GetChatCompletionResponse) -> Accumulator:
        """A response that came whole."""
        accumulator = cls(0)
        accumulator._whole = response
        return accumulator

    @property
    def proto(self) -> chat_pb.GetChatCompletionResponse:
        """The response so far."""
        if self._whole is None:
            whole = self._base
            whole.outputs = [output.message(index) for index, output in sorted(self._outputs.items())]
            self._whole = whole
        return self._whole

    def role(self, index: int) -> chat_pb.MessageRole:
        """Whose an output is; the model's where nobody said otherwise."""
        output = self._outputs.get(index)
        return (output.role if output is not None else Role.INVALID_ROLE) or Role.ROLE_ASSISTANT

    def take(self, chunk: chat_pb.GetChatCompletionChunk) -> None:
        """Add a chunk. What it leaves out stays as it was."""
        self._whole = None
        base = self._base
        if chunk.id:
            base.id = chunk.id
        if chunk.model:
            base.model = chunk.model
        if chunk.created is not None:
            base.created = chunk.created
        if chunk.system_fingerprint:
            base.system_fingerprint = chunk.system_fingerprint
        if chunk.usage is not None:
            base.usage = chunk.usage
        if chunk.citations:
            base.citations = [*base.citations, *chunk.citations]
        for piece in chunk.outputs:
            output = self._outputs.get(piece.index)
            if output is None:
                output = self._outputs[piece.index] = _Output()
            output.take(piece)
