"""The engine that says what a file tells it to.

The file is YAML: a list `replies`, each with what it is for (`when`) and what is said. The first that fits is taken.
docs/how-to/emulate.md has an example of everything.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import yaml

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, sample_pb2
from xaiwire_server.emulator.answers.echo import EchoEngine, paced
from xaiwire_server.emulator.answers.function_calls import call_of
from xaiwire_server.emulator.answers.model import Delta, last_question, message_text
from xaiwire_server.rpc.refusal import Refusal, waiting_trailers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from re import Match

    from xaiwire_server.emulator.answers.model import Task

__all__ = ["Script", "ScriptEngine", "ScriptError", "read_script"]

MAX_BYTES = 4 << 20
_ROLES = {
    "user": chat_pb2.MessageRole.ROLE_USER,
    "assistant": chat_pb2.MessageRole.ROLE_ASSISTANT,
    "system": chat_pb2.MessageRole.ROLE_SYSTEM,
    "tool": chat_pb2.MessageRole.ROLE_TOOL,
}
_FINISHES = {
    "stop": sample_pb2.FinishReason.REASON_STOP,
    "length": sample_pb2.FinishReason.REASON_MAX_LEN,
    "context": sample_pb2.FinishReason.REASON_MAX_CONTEXT,
    "tool_calls": sample_pb2.FinishReason.REASON_TOOL_CALLS,
    "time_limit": sample_pb2.FinishReason.REASON_TIME_LIMIT,
}


class ScriptError(ValueError):
    """A script cannot be used; the text says where and why."""


class _When(msgspec.Struct, forbid_unknown_fields=True):
    contains: str | None = None
    matches: str | None = None
    model: str | None = None
    role: Literal["user", "assistant", "system", "tool"] | None = None
    tool: str | None = None
    messages: int | None = None


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: dict[str, Any] = {}


class _Error(msgspec.Struct, forbid_unknown_fields=True):
    status: str
    message: str = ""
    retry_after: float | None = None


class _Reply(msgspec.Struct, forbid_unknown_fields=True):
    when: _When = msgspec.field(default_factory=_When)
    reply: str = ""
    reasoning: str = ""
    tool_calls: list[_Call] = []
    finish: Literal["stop", "length", "context", "tool_calls", "time_limit"] | None = None
    error: _Error | None = None
    delay: float = 0.0
    pace: float | None = None
    times: int | None = None


class Script(msgspec.Struct, forbid_unknown_fields=True):
    """What a file says.

    Attributes:
        replies: what is said, and when.
        otherwise: what happens where none fits: the last message is repeated, or the call is refused.
    """

    replies: list[_Reply]
    otherwise: Literal["echo", "refuse"] = "echo"


def read_script(text: str, name: str) -> Script:
    """Read a script.

    Args:
        text: YAML.
        name: what the text is called in errors.

    Raises:
        ScriptError: it is not YAML, or not a script; with the line.
    """
    if len(text) > MAX_BYTES:
        raise ScriptError(f"{name}: it has more than {MAX_BYTES:,} characters")
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise ScriptError(f"{name}: aliases (*name) are not taken")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ScriptError(f"{where}: this is not YAML: {problem}") from error
    except RecursionError as error:
        raise ScriptError(f"{name}: it is nested too deeply") from error
    try:
        script = msgspec.convert(content, type=Script)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        raise ScriptError(f"{name}:{_line(root, path.rstrip('`'))}: {problem}") from error
    for number, reply in enumerate(script.replies):
        problem = _problem(reply)
        if problem:
            raise ScriptError(f"{name}:{_line(root, f'$.replies[{number}]')}: {problem}")
    return script


def _problem(reply: _Reply) -> str:
    if reply.error is not None and (reply.error.status not in StatusCode.__members__ or reply.error.status == "OK"):
        return f"`{reply.error.status}` is no status of an error"
    if reply.error is None and not (reply.reply or reply.reasoning or reply.tool_calls):
        return "a reply has one of reply, reasoning, tool_calls and error"
    if reply.error is not None and (reply.reply or reply.reasoning or reply.tool_calls):
        return "a reply that is an error has nothing to say besides"
    if reply.delay < 0 or (reply.pace or 0) < 0 or (reply.times is not None and reply.times < 1):
        return "delay and pace are not negative, and times is at least 1"
    if reply.when.matches is not None:
        try:
            re.compile(reply.when.matches)
        except re.error as error:
            return f"matches: this is no regular expression: {error}"
    return ""


def _line(root: yaml.Node | None, path: str) -> int:
    """The line of what msgspec calls `$.replies[0].when`; of the nearest part that there is."""
    node = root
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if name and isinstance(node, yaml.MappingNode):
            following = next((value for key, value in node.value if key.value == name), None)
        elif index and isinstance(node, yaml.SequenceNode) and int(index) < len(node.value):
            following = node.value[int(index)]
        else:
            following = None
        if following is None:
            break
        node = following
    return node.start_mark.line + 1 if node is not None else 1


class ScriptEngine:
    """Says what a script tells it to.

    Attributes:
        name: `script`.
        any_model: it answers for all models.
    """

    name = "script"
    any_model = True

    def __init__(self, script: Script, pace: float = 0.0) -> None:
        """Begin.

        Args:
            script: what is said.
            pace: seconds between two words where a reply does not say.
        """
        self._script = script
        self._pace = pace
        self._used = [0] * len(script.replies)
        self._echo = EchoEngine(pace)
        self._numbers = itertools.count(1)

    async def answer(self, task: Task) -> AsyncIterator[Delta]:
        """Answer, word by word."""
        found = self._find(task)
        if found is None:
            if self._script.otherwise == "refuse":
                raise Refusal(StatusCode.FAILED_PRECONDITION, "the script has no reply for this request")
            async for delta in self._echo.answer(task):
                yield delta
            return
        reply, match = found
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.error is not None:
            raise Refusal(
                StatusCode[reply.error.status],
                reply.error.message or "the script says so",
                trailers=waiting_trailers(reply.error.retry_after),
            )
        pace = self._pace if reply.pace is None else reply.pace
        async for delta in paced(_filled(reply.reasoning, match), pace, reasoning=True):
            yield delta
        async for delta in paced(_filled(reply.reply, match), pace):
            yield delta
        calls = [call_of(call.name, call.arguments, (next(self._numbers),)) for call in reply.tool_calls]
        finish = _FINISHES[reply.finish] if reply.finish is not None else None
        if calls or finish is not None:
            yield Delta(tool_calls=tuple(calls), finish=finish)

    async def close(self) -> None:
        """Nothing is open."""

    def _find(self, task: Task) -> tuple[_Reply, Match[str] | None] | None:
        for number, reply in enumerate(self._script.replies):
            if reply.times is not None and self._used[number] >= reply.times:
                continue
            fits, match = _fits(reply.when, task)
            if fits:
                self._used[number] += 1
                return reply, match
        return None


def _fits(when: _When, task: Task) -> tuple[bool, Match[str] | None]:
    last = task.messages[-1]
    text = message_text(last) if when.role is not None else last_question(task.messages)[0]
    match = re.search(when.matches, text) if when.matches is not None else None
    offered = {
        tool.tool.value.name
        for tool in task.request.tools
        if tool.tool is not None and isinstance(tool.tool.value, chat_pb2.Function)
    }
    fits = (
        (when.contains is None or when.contains.lower() in text.lower())
        and (when.matches is None or match is not None)
        and (when.model is None or when.model == task.request.model)
        and (when.role is None or last.role == _ROLES[when.role])
        and (when.tool is None or when.tool in offered)
        and (when.messages is None or when.messages == len(task.messages))
    )
    return fits, match


def _filled(text: str, match: Match[str] | None) -> str:
    """A text in which `{name}` stands for what a group of the expression has matched."""
    if match is None:
        return text
    groups = {name: value or "" for name, value in match.groupdict().items()}
    return re.sub(r"\{(\w+)\}", lambda found: groups.get(found[1], found[0]), text)
