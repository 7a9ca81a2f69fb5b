"""The items of a request for a response, as messages of the contract.

OpenAI has what a model thinks, says and calls as items side by side; in the contract they are parts of one message. So
items of the assistant are gathered until something else comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.chat_request import file_content, image_content, text_content
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.convert.tool_results import ordered_results
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.shapes import responses as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["SERVER_ITEMS", "response_messages"]

_Role = chat_pb2.MessageRole
_Type = chat_pb2.ToolCallType

SERVER_ITEMS = {
    "web_search_call": _Type.WEB_SEARCH_TOOL,
    "x_search_call": _Type.X_SEARCH_TOOL,
    "code_interpreter_call": _Type.CODE_EXECUTION_TOOL,
    "file_search_call": _Type.COLLECTIONS_SEARCH_TOOL,
    "document_search_call": _Type.DOCUMENT_SEARCH_TOOL,
    "mcp_call": _Type.MCP_TOOL,
}
"""The items for calls that the server makes itself, with their types in the contract."""

_ROLES = {
    "user": _Role.ROLE_USER,
    "system": _Role.ROLE_SYSTEM,
    "developer": _Role.ROLE_SYSTEM,
    "assistant": _Role.ROLE_ASSISTANT,
}
_TOLD_BY_ARGUMENTS = frozenset({"action", "queries", "code", "container_id", "server_label", "call_id"})
_FIELDS = {
    "message": frozenset({"role", "content", "name"}),
    "reasoning": frozenset({"summary", "content", "encrypted_content"}),
    "function_call": frozenset({"call_id", "name", "arguments"}),
    "function_call_output": frozenset({"call_id", "output"}),
    **dict.fromkeys(SERVER_ITEMS, frozenset({"name", "arguments"}) | _TOLD_BY_ARGUMENTS),
}
"""The fields that each type of item has."""

_NAMES = tuple(name for name in shapes.InputItem.__struct_fields__ if name not in ("type", "id", "status"))
"""The fields that depend on the type; what an item says of its own state is of no use to the model."""

_FOUND = ("results", "outputs", "output", "error", "approval_request_id")
"""What calls of other servers gave: it would change the answer, and the contract has no place for it."""


def response_messages(
    items: str | list[shapes.InputItem], leave_out: Callable[[str, str], None], before: Sequence[str]
) -> list[chat_pb2.Message]:
    """The messages of a request.

    Args:
        items: its `input`.
        leave_out: is told of what is not passed on.
        before: the calls of the response that the request goes on with.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    if isinstance(items, str):
        return [chat_pb2.Message(role=_Role.ROLE_USER, content=[text_content(items)])]
    gathering = _Gathering()
    for at, item in enumerate(items):
        param = f"input[{at}]"
        _check_fields(item, param, leave_out)
        if item.type == "reasoning":
            gathering.think(_thought(item, at, leave_out))
        elif item.type == "function_call":
            gathering.call(_call(item, item.call_id, param, "call_id"), at)
        elif item.type in SERVER_ITEMS:
            gathering.call(_call(item, item.id, param, "id"), at)
        elif item.type == "function_call_output":
            gathering.add(_result(item, param, leave_out), at, item.call_id)
        else:
            message = _message(item, param, leave_out)
            if message.role == _Role.ROLE_ASSISTANT:
                gathering.say(message, at)
            else:
                gathering.add(message, at, None)
    gathering.end()
    places = gathering.places
    return ordered_results(
        gathering.messages,
        gathering.call_ids,
        leave_out,
        path=lambda number: f"input[{places[number]}]",
        field="call_id",
        before=before,
    )


@dataclass(slots=True)
class _Turn:
    """A message of the assistant's in the making. A long one may have as many items as a request: none is read twice.

    Attributes:
        at: the number of its first item.
        thoughts: what was thought, piece by piece.
        encrypted: the same, encrypted.
        content: what was said.
        name: who said it.
        calls: what was called.
        has_spoken: whether something was said, or the caller was asked for something.
    """

    at: int
    thoughts: list[str] = field(default_factory=list)
    encrypted: str = ""
    content: list[chat_pb2.Content] = field(default_factory=list)
    name: str = ""
    calls: list[chat_pb2.ToolCall] = field(default_factory=list)
    has_spoken: bool = False

    def take(self, thought: _Turn) -> bool:
        """Add what was thought; not where both have it encrypted, for of that a message has one."""
        if self.encrypted and thought.encrypted:
            return False
        self.thoughts.extend(thought.thoughts)
        self.encrypted = self.encrypted or thought.encrypted
        return True

    def message(self) -> chat_pb2.Message:
        """The whole of it."""
        return chat_pb2.Message(
            role=_Role.ROLE_ASSISTANT,
            reasoning_content="".join(self.thoughts) if self.thoughts else None,
            encrypted_content=self.encrypted,
            content=self.content,
            name=self.name,
            tool_calls=self.calls,
        )


class _Gathering:
    """Messages in the making.

    Attributes:
        messages: those that are whole.
        call_ids: for each, the call that it is the result of.
        places: for each, the number of its first item.
    """

    def __init__(self) -> None:
        self.messages: list[chat_pb2.Message] = []
        self.call_ids: list[str | None] = []
        self.places: list[int] = []
        self._open: _Turn | None = None
        self._late: _Turn | None = None

    def add(self, message: chat_pb2.Message, at: int, call_id: str | None) -> None:
        """A message that is none of the assistant's."""
        self.end()
        self._keep(message, at, call_id)

    def think(self, thought: _Turn) -> None:
        """What the model thought. It goes with what follows; where nothing does, with what was said before."""
        if self._late is not None:
            if not self._late.take(thought):
                self.end()
                self._open = thought
        elif self._open is None:
            self._open = thought
        elif self._open.has_spoken or not self._open.take(thought):
            self._late = thought

    def say(self, message: chat_pb2.Message, at: int) -> None:
        """A message of the assistant's."""
        made = self._for_more(at)
        if made.content:
            self.end()
            made = self._for_more(at)
        made.content = list(message.content)
        made.name = message.name
        made.has_spoken = made.has_spoken or bool(made.content)

    def call(self, call: chat_pb2.ToolCall, at: int) -> None:
        """A call of the assistant's."""
        made = self._for_more(at)
        made.calls.append(call)
        made.has_spoken = made.has_spoken or call.type == _Type.CLIENT_SIDE_TOOL

    def end(self) -> None:
        """The assistant says no more, for now."""
        if self._open is not None and self._late is not None and self._open.take(self._late):
            self._late = None
        for each in (self._open, self._late):
            if each is not None:
                self._keep(each.message(), each.at, None)
        self._open = self._late = None

    def _for_more(self, at: int) -> _Turn:
        """The message that the next item of the assistant's is a part of."""
        if self._late is not None:
            late, self._late = self._late, None
            self.end()
            self._open = late
        if self._open is None:
            self._open = _Turn(at)
        return self._open

    def _keep(self, message: chat_pb2.Message, at: int, call_id: str | None) -> None:
        self.messages.append(message)
        self.call_ids.append(call_id)
        self.places.append(at)


def _check_fields(item: shapes.InputItem, param: str, leave_out: Callable[[str, str], None]) -> None:
    """See that an item has what its type has."""
    if item.type == "item_reference":
        raise not_carried(param, "give the item itself, or go on with its response by previous_response_id")
    known = _FIELDS[item.type]
    for name in _NAMES:
        if name in known or is_neutral(getattr(item, name)):
            continue
        if name in _FOUND and item.type in SERVER_ITEMS:
            raise not_carried(f"{param}.{name}", "leave the item out, and say in a message what was found")
        leave_out(f"{param}.{name}", f"an item of the type {item.type} has no such field")


def _message(item: shapes.InputItem, param: str, leave_out: Callable[[str, str], None]) -> chat_pb2.Message:
    if item.role is None:
        raise invalid(f"{param}.role", "it is missing")
    if item.content is None:
        raise invalid(f"{param}.content", "it is missing")
    return chat_pb2.Message(
        role=_ROLES[item.role], content=_contents(item.content, f"{param}.content", leave_out), name=item.name or ""
    )


def _result(item: shapes.InputItem, param: str, leave_out: Callable[[str, str], None]) -> chat_pb2.Message:
    if item.call_id is None:
        raise invalid(f"{param}.call_id", "it is missing")
    if item.output is None:
        raise invalid(f"{param}.output", "it is missing")
    return chat_pb2.Message(role=_Role.ROLE_TOOL, content=_contents(item.output, f"{param}.output", leave_out))


def _call(item: shapes.InputItem, identity: str | None, param: str, field: str) -> chat_pb2.ToolCall:
    for name, value in ((field, identity), ("name", item.name), ("arguments", item.arguments)):
        if value is None:
            advice = "; give the item back as the answer had it" if item.type in SERVER_ITEMS else ""
            raise invalid(f"{param}.{name}", f"it is missing{advice}")
    function = chat_pb2.FunctionCall(name=item.name or "", arguments=item.arguments or "")
    kind = SERVER_ITEMS.get(item.type, _Type.CLIENT_SIDE_TOOL)
    return chat_pb2.ToolCall(id=identity or "", type=kind, tool=one("function", function))


def _thought(item: shapes.InputItem, at: int, leave_out: Callable[[str, str], None]) -> _Turn:
    summary = [part.text for part in item.summary or ()]
    content: list[str] = []
    for number, part in enumerate(item.content or ()):
        if not isinstance(part, shapes.ReasoningPart):
            raise invalid(f"input[{at}].content[{number}].type", "what a model thought is of the type reasoning_text")
        content.append(part.text)
    if content and summary:
        leave_out(f"input[{at}].summary", "the item's content says more, and xAI's API has one place for both")
    return _Turn(at, content or summary, item.encrypted_content or "")


def _contents(
    content: str | list[shapes.InputPart | shapes.ReasoningPart] | list[shapes.InputPart],
    param: str,
    leave_out: Callable[[str, str], None],
) -> list[chat_pb2.Content]:
    if isinstance(content, str):
        return [text_content(content)]
    made = (_content(part, f"{param}[{at}]", leave_out) for at, part in enumerate(content))
    return [each for each in made if each is not None]


def _content(
    part: shapes.InputPart | shapes.ReasoningPart, param: str, leave_out: Callable[[str, str], None]
) -> chat_pb2.Content | None:
    """A part of a message; None for one that says nothing."""
    match part:
        case shapes.InputText():
            return text_content(part.text)
        case shapes.PriorText():
            for name in ("annotations", "logprobs"):
                if not is_neutral(getattr(part, name)):
                    leave_out(f"{param}.{name}", "xAI's API has no place for it, and the text is passed on")
            return text_content(part.text)
        case shapes.InputImage():
            if not is_neutral(part.file_id):
                raise not_carried(f"{param}.file_id", "give the image's address or a data URL in image_url")
            if not part.image_url:
                raise invalid(f"{param}.image_url", "it is missing")
            return image_content(part.image_url, part.detail, f"{param}.image_url")
        case shapes.InputFile():
            for name in ("file_data", "file_url"):
                if not is_neutral(getattr(part, name)):
                    raise not_carried(f"{param}.{name}", "upload the file to /v1/files, and give its file_id")
            if not part.file_id:
                raise invalid(f"{param}.file_id", "it is missing")
            if not is_neutral(part.filename):
                leave_out(f"{param}.filename", "the file has the name that it was uploaded with")
            return file_content(part.file_id)
        case shapes.InputRefusal():
            if not is_neutral(part.refusal):
                raise not_carried(f"{param}.refusal", "give it as a part of the type output_text")
            return None
        case shapes.ReasoningPart():
            raise invalid(f"{param}.type", "an item of the type reasoning has such parts")
