"""Requests of Anthropic's Messages API, as the contract has them."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.convert.aliases import either
from xaiwire_server.gateway.convert.chat_request import EFFORTS, file_content, image_content, text_content
from xaiwire_server.gateway.convert.messages_tools import message_tool_choice, message_tools
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.convert.tool_results import ordered_results
from xaiwire_server.gateway.convert.tools import SERVER_TOOLS, json_schema_text
from xaiwire_server.gateway.http.failures import ApiError, invalid, not_carried
from xaiwire_server.gateway.shapes import messages as shapes
from xaiwire_server.gateway.shapes.base import is_neutral, raw_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["countable_text", "messages_fields"]

_Role = chat_pb2.MessageRole
_Type = chat_pb2.ToolCallType

_REFUSED = (
    "top_k",
    "billing_policy",
    "compaction",
    "container",
    "context_management",
    "fallbacks",
    "inference_geo",
)
"""Fields of Anthropic's that change the answer, where it is made or who pays for it."""

_LABELS = ("diagnostics", "fallback_credit_token", "service_tier", "speed", "user_profile_id", "workspace_id")
"""Fields of Anthropic's that leave the answer as it is, so that they are named in a warning."""

_NOT_COUNTED = ("thinking", "speed", "user_profile_id", "workspace_id")
"""Fields of Anthropic's that leave the number of tokens as it is, so that they are named in a warning, too."""

_NO_PLACE = "xAI's API has no place for it"
_DIRECT = {"type": "direct"}


def messages_fields(request: shapes.MessagesRequest, leave_out: Callable[[str, str], None]) -> dict[str, Any]:
    """The fields of the contract's GetCompletionsRequest.

    Args:
        request: as it came.
        leave_out: is told of what is not passed on: its path, and why.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    _check_thread(request)
    for name in _REFUSED:
        if not is_neutral(getattr(request, name)):
            raise not_carried(name)
    for name in _LABELS:
        if not is_neutral(getattr(request, name), "auto", "standard"):
            leave_out(name, _NO_PLACE)
    _name_marks(request, leave_out)
    fields: dict[str, Any] = {"model": request.model, "max_tokens": request.max_tokens}
    fields["messages"] = _messages(request, leave_out)
    for name in ("temperature", "top_p"):
        value = getattr(request, name)
        if value is not None:
            fields[name] = value
    if request.stop_sequences:
        fields["stop"] = request.stop_sequences
    if request.metadata is not None and request.metadata.user_id:
        fields["user"] = request.metadata.user_id
    tools = message_tools(request.tools or [], request.mcp_servers or [], leave_out)
    if tools:
        fields["tools"] = tools
    if request.tool_choice is not None:
        fields["tool_choice"] = message_tool_choice(request.tool_choice)
        if request.tool_choice.disable_parallel_tool_use is not None:
            fields["parallel_tool_calls"] = not request.tool_choice.disable_parallel_tool_use
    if request.thinking is not None and _wants_signatures(request.thinking, leave_out):
        fields["use_encrypted_content"] = True
    fields.update(_output_fields(request))
    return fields


def countable_text(request: shapes.CountTokensRequest, leave_out: Callable[[str, str], None]) -> str:
    """The texts of a conversation, one below the other.

    Args:
        request: as it came.
        leave_out: is told of what is not looked at: its path, and why.

    Raises:
        ApiError: 400, there is something in it whose tokens cannot be known from its text.
    """
    reason = "TokenizeText counts the tokens of texts alone, and a wrong count would be worse than none"
    _check_thread(request)
    for name in ("tools", "mcp_servers", "context_management", "output_format"):
        if not is_neutral(getattr(request, name)):
            raise not_carried(name, reason)
    if not is_neutral(request.tool_choice, {"type": "auto"}, {"type": "none"}):
        raise not_carried("tool_choice", reason)
    config = request.output_config or shapes.OutputConfig()
    for name in ("format", "task_budget"):
        if not is_neutral(getattr(config, name)):
            raise not_carried(f"output_config.{name}", reason)
    asked = [(name, getattr(request, name)) for name in _NOT_COUNTED]
    for name, value in (*asked, ("output_config.effort", config.effort)):
        if not is_neutral(value, "standard", {"type": "disabled"}):
            leave_out(name, "the texts have as many tokens with it as without")
    _name_marks(request, leave_out)
    texts = [text for text in _texts(request.system, leave_out) if text]
    for at, message in enumerate(request.messages):
        if isinstance(message.content, str):
            texts.append(message.content)
            continue
        for number, block in enumerate(message.content):
            if not isinstance(block, shapes.TextBlock):
                raise not_carried(f"messages[{at}].content[{number}]", reason)
            texts.append(_text(block, f"messages[{at}].content[{number}]", leave_out))
    return "\n".join(texts)


def _check_thread(request: shapes.MessagesRequest | shapes.CountTokensRequest) -> None:
    if is_neutral(request.thread):
        return
    # By this code, Anthropic's clients know that they are to send whole conversations.
    raise ApiError(
        400,
        "thread: xAI's API keeps messages without their tools, which makes no thread; send the whole conversation",
        code="thread_unsupported_request",
        param="thread",
    )


def _texts(system: str | list[shapes.TextBlock] | None, leave_out: Callable[[str, str], None]) -> list[str]:
    if system is None:
        return []
    if isinstance(system, str):
        return [system]
    return [_text(block, f"system[{at}]", leave_out) for at, block in enumerate(system)]


def _text(block: shapes.TextBlock, param: str, leave_out: Callable[[str, str], None]) -> str:
    if not is_neutral(block.citations):
        leave_out(f"{param}.citations", "xAI's API takes the text alone")
    return block.text


def _name_marks(
    request: shapes.MessagesRequest | shapes.CountTokensRequest, leave_out: Callable[[str, str], None]
) -> None:
    if any(not is_neutral(each.cache_control) for each in _cacheable(request)):
        leave_out("cache_control", "xAI's API finds by itself what of a prompt it has seen before")


def _cacheable(request: shapes.MessagesRequest | shapes.CountTokensRequest) -> Iterator[Any]:
    """What may have a mark that it is to be cached."""
    yield request
    if isinstance(request.system, list):
        yield from request.system
    yield from request.tools or ()
    for message in request.messages:
        if isinstance(message.content, str):
            continue
        for block in message.content:
            if not isinstance(block, shapes.ThinkingBlock | shapes.RedactedThinkingBlock):
                yield block
            if isinstance(block, shapes.ToolResultBlock) and isinstance(block.content, list):
                yield from block.content


def _wants_signatures(thinking: shapes.ThinkingConfig, leave_out: Callable[[str, str], None]) -> bool:
    """Whether the answer is to have what the model thought in the form that it reads again, as Anthropic's have."""
    if thinking.type in ("enabled", "between_tools"):
        param = "thinking.budget_tokens" if thinking.type == "enabled" else "thinking.type"
        raise not_carried(param, "use the type adaptive, and output_config.effort: low, medium or high")
    if not is_neutral(thinking.budget_tokens):
        raise invalid("thinking.budget_tokens", f"the type {thinking.type} has none")
    if thinking.display == "omitted":
        leave_out("thinking.display", "what the model thought is shown where the API shows it")
    return thinking.type == "adaptive"


def _output_fields(request: shapes.MessagesRequest) -> dict[str, Any]:
    config = request.output_config or shapes.OutputConfig()
    fields: dict[str, Any] = {}
    if not is_neutral(config.task_budget):
        raise not_carried("output_config.task_budget")
    if config.effort is not None:
        if config.effort not in EFFORTS:
            raise not_carried("output_config.effort", "its efforts are low, medium and high")
        fields["reasoning_effort"] = EFFORTS[config.effort]
    schema = either(
        ("output_config.format", _schema_text(config.format, "output_config.format.schema")),
        ("output_format", _schema_text(request.output_format, "output_format.schema")),
    )
    if schema is not None:
        fields["response_format"] = chat_pb2.ResponseFormat(
            format_type=chat_pb2.FormatType.JSON_SCHEMA, schema=schema or None
        )
    return fields


def _schema_text(form: shapes.JsonOutputFormat | None, param: str) -> str | None:
    return json_schema_text(form.schema, param) if form is not None else None


@dataclass(slots=True)
class _Conversation:
    """The contract's messages as they are made: with the path of each, and the call that it is the result of."""

    messages: list[chat_pb2.Message] = field(default_factory=list)
    call_ids: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def add(self, message: chat_pb2.Message, path: str, call_id: str | None = None) -> chat_pb2.Message:
        self.messages.append(message)
        self.call_ids.append(call_id)
        self.paths.append(path)
        return message


def _messages(request: shapes.MessagesRequest, leave_out: Callable[[str, str], None]) -> list[chat_pb2.Message]:
    made = _Conversation()
    if request.system:
        content = [text_content(text) for text in _texts(request.system, leave_out)]
        made.add(chat_pb2.Message(role=_Role.ROLE_SYSTEM, content=content), "system")
    for at, message in enumerate(request.messages):
        path = f"messages[{at}]"
        if isinstance(message.content, str):
            made.add(chat_pb2.Message(role=_ROLES[message.role], content=[text_content(message.content)]), path)
        elif message.role == "assistant":
            _add_assistant(made, message.content, path, leave_out)
        else:
            _add_given(made, message, message.content, path, leave_out)
    return ordered_results(
        made.messages, made.call_ids, leave_out, path=made.paths.__getitem__, field="tool_use_id", before=()
    )


_ROLES = {"user": _Role.ROLE_USER, "assistant": _Role.ROLE_ASSISTANT, "system": _Role.ROLE_SYSTEM}


def _add_given(
    made: _Conversation,
    message: shapes.InputMessage,
    blocks: list[shapes.InputBlock],
    path: str,
    leave_out: Callable[[str, str], None],
) -> None:
    """A message of the user's or the system's: the results of tools in it are messages of their own, before it."""
    content: list[chat_pb2.Content] = []
    only_results = bool(blocks)
    for number, block in enumerate(blocks):
        param = f"{path}.content[{number}]"
        if isinstance(block, shapes.ToolResultBlock) and message.role == "user":
            if content:
                raise invalid(param, "results of tools come before all other blocks of a message")
            made.add(_result(block, param, leave_out), param, block.tool_use_id)
            continue
        only_results = False
        if isinstance(block, shapes.TextBlock) or (
            isinstance(block, shapes.ImageBlock | shapes.DocumentBlock) and message.role == "user"
        ):
            content.append(_content(block, param, leave_out))
        else:
            raise _misplaced(block, param, message.role)
    if not only_results:
        made.add(chat_pb2.Message(role=_ROLES[message.role], content=content), path)


def _add_assistant(
    made: _Conversation, blocks: list[shapes.InputBlock], path: str, leave_out: Callable[[str, str], None]
) -> None:
    """A message of the model's: what it thought before it went on, begins a message of its own."""
    message = made.add(chat_pb2.Message(role=_Role.ROLE_ASSISTANT), path)
    encrypted: list[str] = []
    is_new = True
    for number, block in enumerate(blocks):
        param = f"{path}.content[{number}]"
        match block:
            case shapes.ThinkingBlock():
                if not is_new:
                    message.encrypted_content = "".join(encrypted)
                    message = made.add(chat_pb2.Message(role=_Role.ROLE_ASSISTANT), path)
                message.reasoning_content = block.thinking
                encrypted = [block.signature]
            case shapes.RedactedThinkingBlock():
                encrypted.append(block.data)
            case shapes.TextBlock():
                message.content.append(_content(block, param, leave_out))
            case shapes.ToolUseBlock():
                _check_call(block, param)
                if not is_neutral(block.toolset_name):
                    raise not_carried(f"{param}.toolset_name")
                message.tool_calls.append(_call(block, _Type.CLIENT_SIDE_TOOL, param))
            case shapes.ServerToolUseBlock():
                _check_call(block, param)
                kind = SERVER_TOOLS.get(block.tool or block.name)
                if kind is None:
                    raise invalid(f"{param}.name", "xAI's servers have no such tool; `tool` names its kind")
                message.tool_calls.append(_call(block, kind, param))
            case _:
                raise _misplaced(block, param, "assistant")
        is_new = False
    message.encrypted_content = "".join(encrypted)


def _misplaced(block: shapes.InputBlock, param: str, role: str) -> Exception:
    kind = type(block).__struct_config__.tag
    return invalid(f"{param}.type", f"a message of the role {role} has no {kind}")


def _check_call(block: shapes.ToolUseBlock | shapes.ServerToolUseBlock, param: str) -> None:
    if not is_neutral(block.caller, _DIRECT):
        raise not_carried(f"{param}.caller")


def _call(
    block: shapes.ToolUseBlock | shapes.ServerToolUseBlock, kind: chat_pb2.ToolCallType, param: str
) -> chat_pb2.ToolCall:
    arguments = raw_text(block.input)
    if not arguments.startswith("{"):
        raise invalid(f"{param}.input", "it is no JSON object")
    function = chat_pb2.FunctionCall(name=block.name, arguments=arguments)
    return chat_pb2.ToolCall(id=block.id, type=kind, tool=one("function", function))


def _result(block: shapes.ToolResultBlock, param: str, leave_out: Callable[[str, str], None]) -> chat_pb2.Message:
    if not is_neutral(block.toolset_name):
        raise not_carried(f"{param}.toolset_name")
    if block.is_error:
        if not block.content:
            raise not_carried(f"{param}.is_error", "say in the content what went wrong")
        leave_out(f"{param}.is_error", f"{_NO_PLACE}, and the content says what went wrong")
    if isinstance(block.content, list) and block.content:
        content = [_content(part, f"{param}.content[{at}]", leave_out) for at, part in enumerate(block.content)]
    else:
        # A function that gave back nothing has a result all the same.
        content = [text_content(block.content if isinstance(block.content, str) else "")]
    return chat_pb2.Message(role=_Role.ROLE_TOOL, content=content)


def _content(
    block: shapes.TextBlock | shapes.ImageBlock | shapes.DocumentBlock,
    param: str,
    leave_out: Callable[[str, str], None],
) -> chat_pb2.Content:
    match block:
        case shapes.TextBlock():
            return text_content(_text(block, param, leave_out))
        case shapes.ImageBlock():
            if not is_neutral(block.transformations):
                raise not_carried(f"{param}.transformations")
            return _image(block.source, f"{param}.source")
        case shapes.DocumentBlock(source=source):
            for name in ("context", "title"):
                if not is_neutral(getattr(block, name)):
                    raise not_carried(f"{param}.{name}", "say it in a text block")
            if not is_neutral(block.citations, {"enabled": False}):
                raise not_carried(f"{param}.citations")
            if source.type != "file":
                raise not_carried(f"{param}.source.type", "upload the document to /v1/files, and give its file_id")
            if not source.file_id:
                raise invalid(f"{param}.source.file_id", "the type file wants one")
            return file_content(source.file_id)


def _image(
    source: shapes.Base64ImageSource | shapes.UrlImageSource | shapes.FileImageSource, param: str
) -> chat_pb2.Content:
    match source:
        case shapes.UrlImageSource():
            return image_content(source.url, None, f"{param}.url")
        case shapes.Base64ImageSource():
            try:
                binascii.a2b_base64(source.data, strict_mode=True)
            except ValueError:
                raise invalid(f"{param}.data", "it is no base64") from None
            return image_content(f"data:{source.media_type};base64,{source.data}", None, f"{param}.data")
        case shapes.FileImageSource():
            raise not_carried(f"{param}.type", "send the image as base64, or its url")
