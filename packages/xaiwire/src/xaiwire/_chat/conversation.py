"""A conversation: its messages and settings, and how answers to it are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from xaiwire._chat.accumulate import Accumulator
from xaiwire._chat.history import messages_from_dicts, messages_to_dicts
from xaiwire._chat.request import completions_request, function_tools, request_for, schema_format
from xaiwire._chat.response import Chunk, Response
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire.errors import StructuredOutputError, ValidationError

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._chat.request import ChatSettings, ToolLike
    from xaiwire._chat.shapes import Shape
    from xaiwire._options import PollOptions

__all__ = ["BaseChat", "StreamedAnswer", "StreamedAnswers", "messages_of", "read_shape", "response_of"]


class BaseChat:
    """A conversation with a model, without what makes the calls.

    Args:
        model: the model's name.
        messages: the conversation so far.
        conversation_id: groups the spans of the conversation's calls; it is not sent.
        settings: what else is said of the answers.
    """

    def __init__(
        self,
        model: str,
        messages: Iterable[chat_pb.Message] | None,
        conversation_id: str | None,
        settings: ChatSettings,
    ) -> None:
        self._proto = completions_request(model, messages or (), settings)
        self._functions = function_tools(settings.get("tools"))
        self._conversation_id = conversation_id

    @property
    def proto(self) -> chat_pb.GetCompletionsRequest:
        """The request as it would be sent now."""
        return self._proto

    @property
    def messages(self) -> Sequence[chat_pb.Message]:
        """The messages so far."""
        return self._proto.messages

    def append(self, message: chat_pb.Message | Response) -> Self:
        """Add a message, or a response of the model.

        Args:
            message: what `chat.user` and its like make, or what `sample` and its like give.

        Returns:
            The conversation itself, so that calls can be chained.

        Raises:
            ValidationError: it is neither.
        """
        if isinstance(message, Response):
            self._proto.messages.extend(message.messages())
        elif isinstance(message, chat_pb.Message):
            self._proto.messages.append(message)
        else:
            raise ValidationError(
                f"append takes a message, such as chat.user('…'), or a response, and not a {type(message).__name__}"
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """The conversation as plain data, which can be written as JSON; `from_dict` of the client reads it.

        Functions of tools are not in it: give them again.
        """
        request = self._proto.to_json()
        data: dict[str, Any] = _parsed(request)
        data["messages"] = messages_to_dicts(self._proto.messages)
        return data

    def _restore(self, data: Mapping[str, Any], tools: Sequence[ToolLike] | None) -> None:
        """Become the conversation that `to_dict` wrote down; the tools given take the place of those in it."""
        import json

        messages = messages_from_dicts(data.get("messages", ()))
        rest = {name: value for name, value in data.items() if name != "messages"}
        try:
            self._proto = chat_pb.GetCompletionsRequest.from_json(json.dumps(rest))
        except (ValueError, TypeError) as error:
            raise ValidationError(f"the data is no conversation: {error}") from None
        self._proto.messages.extend(messages)
        if tools is not None:
            self._proto.tools = completions_request("", (), {"tools": tools}).tools
            self._functions = function_tools(tools)

    def _request(self, n: int = 1) -> chat_pb.GetCompletionsRequest:
        return request_for(self._proto, n)

    def _shaped_request(self, shape: Shape) -> chat_pb.GetCompletionsRequest:
        request = self._request()
        request.response_format = schema_format(shape)
        return request

    def _options(self, given: CallOptions) -> CallOptions:
        if self._conversation_id is not None and "conversation_id" not in given:
            given["conversation_id"] = self._conversation_id
        return given

    def _poll_options(self, given: PollOptions) -> PollOptions:
        if self._conversation_id is not None and "conversation_id" not in given:
            given["conversation_id"] = self._conversation_id
        return given

    def _first_index(self) -> int | None:
        """Which answer is read: of a server that runs tools, the last of all outputs."""
        only_functions = all(tool.tool is not None and tool.tool.field == "function" for tool in self._proto.tools)
        return 0 if only_functions else None

    def _response(self, proto: chat_pb.GetChatCompletionResponse) -> Response:
        return Response(proto, several_outputs(self._first_index(), proto.outputs))


def several_outputs(
    index: int | None, outputs: Sequence[chat_pb.CompletionOutput | chat_pb.CompletionOutputChunk]
) -> int | None:
    """None where one answer was asked for and the server gives several outputs, as it does when it adds tools."""
    if index == 0 and len(outputs) and outputs[-1].index + outputs[0].index:
        return None
    return index


class StreamedAnswer:
    """One answer as its chunks come.

    Args:
        index: which answer it is; None for the last of several outputs.
    """

    __slots__ = ("_accumulator", "response")

    def __init__(self, index: int | None) -> None:
        self._accumulator = Accumulator()
        self.response = Response.streamed(self._accumulator, index)

    def take(self, chunk: chat_pb.GetChatCompletionChunk) -> tuple[Response, Chunk]:
        """Add a chunk.

        Returns:
            The response so far, and the chunk.
        """
        index = several_outputs(self.response.index, chunk.outputs)
        if index != self.response.index:
            self.response = Response.streamed(self._accumulator, index)
        self._accumulator.take(chunk)
        return self.response, Chunk(chunk, index, self._accumulator)


class StreamedAnswers:
    """Several answers as their chunks come.

    Args:
        n: how many.
    """

    __slots__ = ("_accumulator", "_responses")

    def __init__(self, n: int) -> None:
        self._accumulator = Accumulator(n)
        self._responses = [Response.streamed(self._accumulator, index) for index in range(n)]

    def take(self, chunk: chat_pb.GetChatCompletionChunk) -> tuple[Sequence[Response], Sequence[Chunk]]:
        """Add a chunk.

        Returns:
            The responses so far, and what the chunk has of each.
        """
        self._accumulator.take(chunk)
        return self._responses, [Chunk(chunk, index, self._accumulator) for index in range(len(self._responses))]


def read_shape(shape: Shape, response: Response) -> Any:  # noqa: ANN401 - whatever the shape says
    """What an answer says in a shape.

    Raises:
        StructuredOutputError: it is not in that shape.
    """
    try:
        return shape.read(response.content)
    except ValueError as error:
        raise StructuredOutputError(
            f"the answer is not a {shape.name}: {error}", text=response.content, response=response
        ) from error


def response_of(proto: chat_pb.GetChatCompletionResponse) -> Response:
    """The response to a request that is not known any more; its `proto` has all answers."""
    return Response(proto, several_outputs(0, proto.outputs))


def messages_of(prompt: str | chat_pb.Message | Iterable[chat_pb.Message]) -> list[chat_pb.Message]:
    """The messages of a call in one: a text is what the user says."""
    from xaiwire._chat.messages import user

    if isinstance(prompt, str):
        return [user(prompt)]
    return [prompt] if isinstance(prompt, chat_pb.Message) else list(prompt)


def _parsed(text: str) -> dict[str, Any]:
    import json

    parsed: dict[str, Any] = json.loads(text)
    return parsed
