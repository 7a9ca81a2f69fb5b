"""Answers of a model, for tests."""

from __future__ import annotations

from protobuf import Oneof

from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire._gen.xai.api.v1.sample_pb import FinishReason

ASSISTANT = pb.MessageRole.ROLE_ASSISTANT


def call(name, arguments="{}", *, id="c1", type=pb.ToolCallType.CLIENT_SIDE_TOOL):
    return pb.ToolCall(id=id, type=type, tool=Oneof("function", pb.FunctionCall(name=name, arguments=arguments)))


def whole(*texts, calls=(), **more):
    """A response with one output for each text."""
    return pb.GetChatCompletionResponse(
        id="r1",
        model="grok-4",
        outputs=[
            pb.CompletionOutput(
                index=index,
                finish_reason=FinishReason.REASON_STOP,
                message=pb.CompletionMessage(role=ASSISTANT, content=text, tool_calls=list(calls)),
            )
            for index, text in enumerate(texts)
        ],
        **more,
    )


def chunk(content="", *, index=0, role=pb.MessageRole.INVALID_ROLE, calls=(), end=None, logprobs=None, **more):
    """A chunk with a piece of one output; other fields of the delta and of the chunk by name."""
    delta = {name: more.pop(name) for name in ("reasoning_content", "encrypted_content") if name in more}
    return pb.GetChatCompletionChunk(
        id="r1",
        model="grok-4",
        outputs=[
            pb.CompletionOutputChunk(
                index=index,
                delta=pb.Delta(content=content, role=role, tool_calls=list(calls), **delta),
                finish_reason=FinishReason.REASON_INVALID if end is None else end,
                logprobs=logprobs,
            )
        ],
        **more,
    )
