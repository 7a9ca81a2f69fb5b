"""Chat completions of the contract, as REST has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xaiwire.proto import chat_pb2, sample_pb2, usage_pb2
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.convert.tools import split_calls
from xaiwire_server.gateway.http.exchange import Usage
from xaiwire_server.gateway.shapes import chat as shapes

if TYPE_CHECKING:
    from protobuf import Message

__all__ = [
    "ChunkWriter",
    "chat_completion",
    "chat_usage",
    "count_usage",
    "finish_reason",
    "log_probs",
    "proto_json",
    "server_tools_used",
]

_Role = chat_pb2.MessageRole
_Reason = sample_pb2.FinishReason
_Tool = usage_pb2.ServerSideTool

_ROLES = {
    _Role.ROLE_USER: "user",
    _Role.ROLE_ASSISTANT: "assistant",
    _Role.ROLE_SYSTEM: "system",
    _Role.ROLE_FUNCTION: "function",
    _Role.ROLE_TOOL: "tool",
}
_REASONS = {
    _Reason.REASON_STOP: ("stop", ""),
    _Reason.REASON_MAX_LEN: ("length", ""),
    _Reason.REASON_TOOL_CALLS: ("tool_calls", ""),
    _Reason.REASON_MAX_CONTEXT: ("length", "REASON_MAX_CONTEXT"),
    _Reason.REASON_TIME_LIMIT: ("length", "REASON_TIME_LIMIT"),
    _Reason.REASON_INVALID: (None, ""),
}
_SERVER_TOOLS = {tool: tool.name.lower().removeprefix("server_side_tool_") for tool in _Tool}


def chat_completion(response: chat_pb2.GetChatCompletionResponse) -> shapes.ChatCompletion:
    """A completion."""
    return shapes.ChatCompletion(
        id=response.id,
        object="chat.completion",
        created=unix(response.created),
        model=response.model,
        choices=[_choice(output) for output in response.outputs],
        usage=chat_usage(response.usage),
        system_fingerprint=response.system_fingerprint,
        citations=response.citations,
        settings=proto_json(response.settings),
        debug_output=proto_json(response.debug_output),
    )


def finish_reason(reason: int) -> tuple[str | None, str]:
    """Why an answer ended: OpenAI's word, and the contract's where that says more."""
    known = _REASONS.get(reason)  # type: ignore[call-overload]
    return known if known is not None else ("stop", f"REASON_{int(reason)}")


def chat_usage(usage: usage_pb2.SamplingUsage | None) -> shapes.ChatUsage | None:
    """What an answer took; None where the API did not say."""
    if usage is None:
        return None
    return shapes.ChatUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
        prompt_tokens_details=shapes.PromptDetails(
            usage.prompt_text_tokens, usage.prompt_image_tokens, usage.cached_prompt_text_tokens
        ),
        completion_tokens_details=shapes.CompletionDetails(usage.reasoning_tokens),
        num_sources_used=usage.num_sources_used,
        server_side_tools_used=server_tools_used(usage),
    )


def server_tools_used(usage: usage_pb2.SamplingUsage) -> list[str]:
    """The server's own tools that were used, as often as they were."""
    return [_SERVER_TOOLS.get(tool, str(int(tool))) for tool in usage.server_side_tools_used]


def count_usage(usage: usage_pb2.SamplingUsage | None, counted: Usage) -> None:
    """Note what an answer took so far."""
    if usage is not None:
        counted.prompt = max(usage.prompt_tokens, 0)
        counted.completion = max(usage.completion_tokens, 0) + max(usage.reasoning_tokens, 0)
        counted.total = max(usage.total_tokens, counted.prompt + counted.completion)


def _choice(output: chat_pb2.CompletionOutput) -> shapes.ChatChoice:
    message = output.message or chat_pb2.CompletionMessage()
    reason, native = finish_reason(output.finish_reason)
    own, servers = split_calls(message.tool_calls)
    return shapes.ChatChoice(
        index=output.index,
        message=shapes.ChatResponseMessage(
            role=_ROLES.get(message.role, "assistant"),
            # With calls and without words, OpenAI's API has null here.
            content=message.content if message.content or not own else None,
            refusal=None,
            reasoning_content=message.reasoning_content,
            tool_calls=own,
            server_side_tool_calls=servers,
            encrypted_content=message.encrypted_content,
        ),
        finish_reason=reason,
        native_finish_reason=native,
        logprobs=log_probs(output.logprobs),
    )


def log_probs(found: chat_pb2.LogProbs | None) -> shapes.ChatLogProbs | None:
    """How likely the tokens of an answer were; None where the API did not say."""
    if found is None:
        return None
    return shapes.ChatLogProbs(
        [
            shapes.LogProb(
                each.token,
                each.logprob,
                list(each.bytes),
                [shapes.TopLogProb(top.token, top.logprob, list(top.bytes)) for top in each.top_logprobs],
            )
            for each in found.content
        ]
    )


def proto_json(message: Message[Any] | None) -> msgspec.Raw | msgspec.UnsetType:
    """A message of the contract in protobuf's JSON; unset where there is none."""
    if message is None:
        return msgspec.UNSET
    return msgspec.Raw(message.to_json(use_proto_field_name=True))


class ChunkWriter:
    """Makes the chunks of one stream: what is said once for an answer, it says once.

    Attributes:
        usage: the last one that came; it counts from the beginning.
    """

    __slots__ = ("_calls", "_last", "_with_usage", "usage")

    def __init__(self, *, with_usage: bool) -> None:
        """Begin.

        Args:
            with_usage: whether the stream ends with a chunk that has the usage.
        """
        self._with_usage = with_usage
        self._calls: dict[int, int] = {}
        self._last: chat_pb2.GetChatCompletionChunk | None = None
        self.usage: usage_pb2.SamplingUsage | None = None

    def chunk(self, chunk: chat_pb2.GetChatCompletionChunk) -> shapes.ChatChunk:
        """A chunk."""
        self._last = chunk
        if chunk.usage is not None:
            self.usage = chunk.usage
        return shapes.ChatChunk(
            id=chunk.id,
            object="chat.completion.chunk",
            created=unix(chunk.created),
            model=chunk.model,
            choices=[self._choice(output) for output in chunk.outputs],
            system_fingerprint=chunk.system_fingerprint,
            citations=chunk.citations,
        )

    def last(self) -> shapes.ChatChunk | None:
        """The chunk behind the last one, which has the usage; None where it was not asked for, or is not known."""
        last = self._last
        if not self._with_usage or last is None or self.usage is None:
            return None
        return shapes.ChatChunk(
            id=last.id,
            object="chat.completion.chunk",
            created=unix(last.created),
            model=last.model,
            choices=[],
            system_fingerprint=last.system_fingerprint,
            usage=chat_usage(self.usage),
        )

    def _choice(self, output: chat_pb2.CompletionOutputChunk) -> shapes.ChatChunkChoice:
        index = output.index
        delta = output.delta
        said = shapes.ChatDelta()
        calls = self._calls.get(index)
        if calls is None:
            # Clients put deltas together by adding texts: a role that came twice would be "assistantassistant".
            calls = self._calls[index] = 0
            said.role = _ROLES.get(delta.role, "assistant") if delta is not None else "assistant"
        if delta is not None:
            said.content = delta.content
            if delta.reasoning_content:
                said.reasoning_content = delta.reasoning_content
            if delta.encrypted_content:
                said.encrypted_content = delta.encrypted_content
            if delta.tool_calls:
                own, servers = split_calls(delta.tool_calls, first_index=calls)
                said.tool_calls, said.server_side_tool_calls = own, servers
                self._calls[index] = calls + len(own)
        reason, native = finish_reason(output.finish_reason)
        return shapes.ChatChunkChoice(
            index=index,
            delta=said,
            finish_reason=reason,
            native_finish_reason=native,
            logprobs=log_probs(output.logprobs),
        )
