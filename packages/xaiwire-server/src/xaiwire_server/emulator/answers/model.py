"""What an engine is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from protobuf import Oneof

from xaiwire.proto import chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from xaiwire.proto import sample_pb2

__all__ = ["Delta", "Engine", "Task", "last_question", "message_text", "text_message"]

_Role = chat_pb2.MessageRole


@dataclass(frozen=True, slots=True)
class Task:
    """One answer that is wanted.

    Attributes:
        request: the request, checked.
        messages: the whole conversation, with what was said before the request's own messages.
        choice: which of the request's answers this is, from 0.
        thinks: reasoning is wanted before the answer.
    """

    request: chat_pb2.GetCompletionsRequest
    messages: Sequence[chat_pb2.Message]
    choice: int
    thinks: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """A part of an answer.

    Attributes:
        text: what is said.
        reasoning: what is thought.
        tool_calls: calls, each whole.
        finish: why the answer ends here; None if the shape of the request decides.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[chat_pb2.ToolCall, ...] = ()
    finish: sample_pb2.FinishReason | None = None


class Engine(Protocol):
    """Makes answers.

    Attributes:
        name: what it is chosen by.
        any_model: it answers for models that the catalogue does not have.
    """

    name: str
    any_model: bool

    def answer(self, task: Task) -> AsyncIterator[Delta]:
        """Answer, part by part.

        Raises:
            Refusal: there is no answer.
        """

    async def close(self) -> None:
        """Close what is open."""


def text_message(role: chat_pb2.MessageRole, text: str) -> chat_pb2.Message:
    """A message that is a text; without content where the text is empty."""
    part: Oneof[Literal["text"], str] = Oneof("text", text)
    return chat_pb2.Message(role=role, content=[chat_pb2.Content(content=part)] if text else [])


def message_text(message: chat_pb2.Message) -> str:
    """The texts of a message."""
    parts = [part.content.value for part in message.content if part.content is not None]
    return "\n".join(part for part in parts if isinstance(part, str))


def last_question(messages: Sequence[chat_pb2.Message]) -> tuple[str, int]:
    """The text of the user's last message, and its position; -1 if there is none."""
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].role == _Role.ROLE_USER:
            return message_text(messages[at]), at
    return "", -1
