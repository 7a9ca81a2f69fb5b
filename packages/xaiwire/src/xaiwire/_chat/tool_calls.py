"""Calls of tools by a model, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from protobuf import Oneof

from xaiwire._gen.xai.api.v1 import chat_pb

__all__ = ["FunctionCall", "ToolCall"]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """What is called with what.

    Attributes:
        name: the function's name.
        arguments: the arguments as JSON text; models write it, so it can be wrong.
    """

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool.

    Attributes:
        id: what the call is called.
        type: whether the function is yours (`TOOL_CALL_TYPE_CLIENT_SIDE_TOOL`), or the server ran it.
        function: what is called with what.
    """

    id: str
    type: chat_pb.ToolCallType
    function: FunctionCall

    @classmethod
    def of(cls, call: chat_pb.ToolCall) -> ToolCall:
        """The view of a message of the contract."""
        function = call.tool.value if call.tool is not None else chat_pb.FunctionCall()
        return cls(call.id, call.type, FunctionCall(function.name, function.arguments))

    @property
    def proto(self) -> chat_pb.ToolCall:
        """The call as a message of the contract."""
        function = chat_pb.FunctionCall(name=self.function.name, arguments=self.function.arguments)
        piece: Oneof[Literal["function"], chat_pb.FunctionCall] = Oneof("function", function)
        return chat_pb.ToolCall(id=self.id, type=self.type, tool=piece)

    @property
    def on_client(self) -> bool:
        """Whether the function is yours to run; servers before the type existed do not say."""
        return self.type in (chat_pb.ToolCallType.CLIENT_SIDE_TOOL, chat_pb.ToolCallType.INVALID)
