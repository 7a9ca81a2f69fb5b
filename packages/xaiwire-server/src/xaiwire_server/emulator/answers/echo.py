"""The engine that says what it was told: the same question always has the same answer."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2
from xaiwire_server.emulator.answers.function_calls import function_calls
from xaiwire_server.emulator.answers.model import Delta, last_question, message_text
from xaiwire_server.emulator.answers.schema_instance import SchemaError, instance
from xaiwire_server.emulator.answers.words import words
from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xaiwire_server.emulator.answers.model import Task

__all__ = ["EchoEngine", "paced"]

_Role = chat_pb2.MessageRole
_Format = chat_pb2.FormatType


class EchoEngine:
    """Repeats the user's last message, or the results of tools; calls functions that the message names.

    Attributes:
        name: `echo`.
        any_model: it keeps to the catalogue.
    """

    name = "echo"
    any_model = False

    def __init__(self, pace: float = 0.0) -> None:
        """Begin.

        Args:
            pace: seconds between two words.
        """
        self._pace = pace

    async def answer(self, task: Task) -> AsyncIterator[Delta]:
        """Answer, word by word."""
        if task.thinks:
            async for delta in paced(_thought(task), self._pace, reasoning=True):
                yield delta
        calls = function_calls(task)
        if calls:
            yield Delta(tool_calls=calls)
            return
        async for delta in paced(_answer(task), self._pace):
            yield delta

    async def close(self) -> None:
        """Nothing is open."""


async def paced(text: str, pace: float, *, reasoning: bool = False) -> AsyncIterator[Delta]:
    """A text word by word, with a pause before each."""
    for word in words(text):
        if pace:
            await asyncio.sleep(pace)
        yield Delta(reasoning=word) if reasoning else Delta(text=word)


def _thought(task: Task) -> str:
    text, _ = last_question(task.messages)
    effort = task.request.reasoning_effort if task.request.has_field("reasoning_effort") else None
    count = len(text.split())
    thought = f"The last message has {count} {'word' if count == 1 else 'words'}. I repeat it."
    if effort == chat_pb2.ReasoningEffort.EFFORT_HIGH:
        thought += f" The conversation has {len(task.messages)} messages; none of them asks for anything else."
    return thought


def _answer(task: Task) -> str:
    form = task.request.response_format
    said = _said(task)
    if form is not None and form.format_type == _Format.JSON_SCHEMA:
        try:
            return json.dumps(instance(json.loads(form.schema or "{}")), ensure_ascii=False)
        except (SchemaError, ValueError) as error:
            raise invalid("response_format.schema", str(error)) from error
    if form is not None and form.format_type == _Format.JSON_OBJECT:
        return json.dumps({"answer": said}, ensure_ascii=False)
    return said


def _said(task: Task) -> str:
    results: list[str] = []
    for message in reversed(task.messages):
        if message.role not in (_Role.ROLE_TOOL, _Role.ROLE_FUNCTION):
            break
        results.append(message_text(message))
    text, at = last_question(task.messages)
    if results:
        said = "\n".join(reversed(results))
    elif text or at < 0:
        said = text or message_text(task.messages[-1])
    else:
        kinds = [part.content.field for part in task.messages[at].content if part.content is not None]
        said = " ".join(f"[{'image' if kind == 'image_url' else kind}]" for kind in kinds)
    return said if task.choice == 0 else f"{said} ({task.choice + 1})"
